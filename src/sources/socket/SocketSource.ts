import { StreamError } from '../../core/errors.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening, SourceReport } from '../Source.ts';
import { type FeedListener, SocketFeed, type SocketSettings } from './SocketFeed.ts';
import { UnsettledRecords } from './UnsettledRecords.ts';

interface Position {
  readonly session: string;
  readonly next: number;
}

interface CutData {
  readonly session: string;
  readonly from: number;
  readonly until: number;
}

/**
 * The memory of a socket: what has come and has not settled. It outlives the runs of its process, so that a retry repeats
 * exactly the batches that had not settled, and goes on with what nobody had cut.
 */
export class SocketMemory<T> {
  readonly session: string = crypto.randomUUID();
  readonly records: UnsettledRecords<T> = new UnsettledRecords();
}

/** Where the memory of a socket is while no run has it. */
export interface Parking<T> {
  memory?: SocketMemory<T> | undefined;
}

/** @internal The contract's side of `socketText` and `socketFrames` without a log: what has come and has not settled is in memory. */
export class SocketSource<T> implements Source<T>, FeedListener<T> {
  readonly name: string;
  readonly replayable = false;
  readonly wakes = true;
  readonly #settings: SocketSettings<T>;
  readonly #parking: Parking<T>;
  #memory: SocketMemory<T> = new SocketMemory();
  #opening!: SourceOpening;
  #feed: SocketFeed<T> | undefined;
  #next = 0;
  #ended: { readonly error?: unknown } | undefined;

  constructor(settings: SocketSettings<T>, parking: Parking<T>) {
    this.name = settings.name;
    this.#settings = settings;
    this.#parking = parking;
  }

  open(opening: SourceOpening): void {
    this.#memory = this.#parking.memory ?? new SocketMemory();
    this.#parking.memory = undefined;
    const { session, records } = this.#memory;
    const position = opening.position as Position | undefined;
    this.#opening = opening;
    this.#ended = undefined;
    this.#next = position?.session === session ? Math.max(position.next, records.settled) : records.settled;
    if (position !== undefined && position.session !== session) {
      const message =
        'what had come and was not settled when the process before ended is gone: a socket cannot be read again';
      this.report('POSITION_RESET', `${message}.`);
    }
    if (records.end > this.#next) opening.wake();
    this.#feed = new SocketFeed(this.#settings, opening.scheduler, this);
    this.#applyBound();
  }

  cut(_time: number, { maxRecords }: CutLimit): CutAnswer {
    const { session, records } = this.#memory;
    const from = this.#next;
    const until = Math.min(records.end, from + maxRecords);
    this.#next = until;
    const data: CutData = { session, from, until };
    const position: Position = { session, next: until };
    const more = until < records.end;
    const answer = { cut: { data, records: until - from, position }, empty: until === from, more };
    return this.#ended === undefined || more ? answer : { ...answer, last: true, ...this.#ended };
  }

  read(cut: Cut): RecordRun<T> | readonly T[] {
    const { session, from, until } = cut.data as CutData;
    const { records } = this.#memory;
    if (from === until) return [];
    if (session === this.#memory.session && from >= records.settled && until <= records.end)
      return records.range(from, until);
    const count = until - from;
    const what = `${count} records of a batch that had not settled were in the memory of a process that is gone`;
    if (this.#settings.onLost === 'skip') {
      this.report('RECORDS_DROPPED', `${what}; the batch runs without them.`, { count });
      return [];
    }
    throw new StreamError(
      'DATA_LOST',
      `${this.name}: ${what}. A socket cannot be read again: say onLost: 'skip' to go on without them, or give it a log.`,
      { details: { from, until } },
    );
  }

  settled(cut: Cut): void {
    const { session, until } = cut.data as CutData;
    if (session !== this.#memory.session) return;
    this.#memory.records.settle(until);
    this.#applyBound();
  }

  /** Takes nothing more in from the peer. */
  drain(): void {
    this.#feed?.close();
    this.#feed = undefined;
  }

  close(): void {
    this.drain();
    this.#parking.memory = this.#memory;
  }

  // ---- what the feed tells -----------------------------------------------------------------------------------------

  records(records: readonly T[], wireBytes: number): void {
    this.#memory.records.add(records, wireBytes);
    this.#applyBound();
    this.#opening.wake();
  }

  ended(error?: unknown): void {
    this.#ended = error === undefined ? {} : { error };
    this.#opening.wake();
  }

  report(code: SourceReport['code'], message: string, more: Omit<SourceReport, 'code' | 'message'> = {}): void {
    this.#opening.report({ code, message: `${this.name}: ${message}`, ...more });
  }

  /** Stops reading while too much is held. */
  #applyBound(): void {
    this.#feed?.hold(this.#memory.records.bytes >= this.#settings.maxBufferedBytes);
  }
}
