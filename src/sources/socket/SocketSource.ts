import { StreamError } from '../../core/errors.ts';
import type { Cut, CutAnswer, CutLimit, RecordRun, Source, SourceOpening, SourceReport } from '../Source.ts';
import { Connection, type ConnectionListener, type ConnectionSettings } from './Connection.ts';
import type { Framed, Framing } from './Framing.ts';
import { UnsettledRecords } from './UnsettledRecords.ts';

/** What a socket source needs besides the bytes. */
export interface SocketSettings<T> extends ConnectionSettings {
  readonly name: string;
  /** A framing for a new connection. */
  readonly framing: () => Framing<T>;
  /** Memory for records that have not settled; while there is more, nothing is read. */
  readonly maxBufferedBytes: number;
  readonly onEnd: 'reconnect' | 'complete';
  /** What a batch is whose records were in the memory of a process that is gone. */
  readonly onLost: 'fail' | 'skip';
  /** Whether a stream that cannot be read any further is an error. */
  readonly failsWhenBroken: boolean;
  /** Whether a record that is not valid is an error. */
  readonly failsWhenInvalid: boolean;
}

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

/** @internal The contract's side of `socketText` and `socketFrames`. */
export class SocketSource<T> implements Source<T>, ConnectionListener {
  readonly name: string;
  readonly replayable = false;
  readonly wakes = true;
  readonly #settings: SocketSettings<T>;
  readonly #parking: Parking<T>;
  #memory: SocketMemory<T> = new SocketMemory();
  #opening!: SourceOpening;
  #connection: Connection | undefined;
  #framing: Framing<T>;
  #next = 0;
  /** Tries that failed in a row. */
  #failures = 0;
  #ended: { readonly error?: unknown } | undefined;

  constructor(settings: SocketSettings<T>, parking: Parking<T>) {
    this.name = settings.name;
    this.#settings = settings;
    this.#parking = parking;
    this.#framing = settings.framing();
  }

  open(opening: SourceOpening): void {
    this.#memory = this.#parking.memory ?? new SocketMemory();
    this.#parking.memory = undefined;
    const { session, records } = this.#memory;
    const position = opening.position as Position | undefined;
    this.#opening = opening;
    this.#ended = undefined;
    this.#failures = 0;
    this.#next = position?.session === session ? Math.max(position.next, records.settled) : records.settled;
    if (position !== undefined && position.session !== session) {
      const message =
        'what had come and was not settled when the process before ended is gone: a socket cannot be read again';
      this.#report('POSITION_RESET', message);
    }
    if (records.end > this.#next) opening.wake();
    this.#connection = new Connection(this.#settings, opening.scheduler, this);
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
      this.#report('RECORDS_DROPPED', `${what}; the batch runs without them`, { count });
      return [];
    }
    throw new StreamError(
      'DATA_LOST',
      `${this.name}: ${what}. A socket cannot be read again: say onLost: 'skip' to go on without them, or use a source that can.`,
      { details: { from, until } },
    );
  }

  settled(cut: Cut): void {
    const { session, until } = cut.data as CutData;
    if (session !== this.#memory.session) return;
    this.#memory.records.settle(until);
    this.#applyBound();
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
    this.#dropHeld('the run has ended');
    this.#parking.memory = this.#memory;
  }

  // ---- what the connection tells -----------------------------------------------------------------------------------

  connected(): void {
    this.#framing = this.#settings.framing();
    const count = this.#failures;
    if (count > 0)
      this.#report('RECONNECTED', `connected after ${count} ${count === 1 ? 'failure' : 'failures'}`, { count });
    this.#failures = 0;
  }

  data(chunk: Buffer): void {
    const { broken, cutAway = 0, ...framed } = this.#framing.push(chunk);
    if (broken === undefined) return this.#take({ ...framed, cutAway }, chunk.length);
    this.#take({ ...framed, long: 0 }, chunk.length);
    if (this.#settings.failsWhenBroken) return this.#fail(new StreamError('DATA_CORRUPT', `${this.name}: ${broken}.`));
    this.#report('DATA_CORRUPT', `${broken}; ${cutAway} bytes were left out`, { count: cutAway });
    this.#connection?.giveUp(new Error(broken));
  }

  closed(_reason: Error, clean: boolean): boolean {
    if (clean) this.#take(this.#framing.end(), 0);
    this.#dropHeld('the connection broke');
    this.#framing = this.#settings.framing();
    if (this.#ended === undefined && clean && this.#settings.onEnd === 'complete') this.#end({});
    return this.#ended === undefined;
  }

  retries(reason: Error, attempt: number, delayMs: number): void {
    this.#failures = attempt;
    const message = `${reason.message}; connects again in ${delayMs} ms`;
    this.#report('RECONNECTING', message, { cause: reason, count: attempt, details: { attempt, delayMs } });
  }

  // ---- records -----------------------------------------------------------------------------------------------------

  #take({ records, invalid = 0, long = 0, cutAway = 0 }: Framed<T>, wireBytes: number): void {
    if (invalid > 0 && this.#settings.failsWhenInvalid) {
      const error = `${this.name}: ${invalid} lines are not valid text. Name the right charset, or say onInvalid: 'replace'.`;
      this.#fail(new StreamError('RECORD_UNDECODABLE', error, { details: { count: invalid } }));
      return;
    }
    if (invalid > 0) {
      const message = `${invalid} lines are not valid text; U+FFFD stands for what could not be read`;
      this.#report('RECORD_UNDECODABLE', message, { count: invalid });
    }
    if (long > 0)
      this.#report('RECORDS_DROPPED', `${cutAway} bytes of ${long} lines that are too long were left out`, {
        count: long,
      });
    else if (cutAway > 0)
      this.#report('RECORDS_DROPPED', `${cutAway} bytes of half a record were left out`, { count: cutAway });
    if (records.length === 0) return;
    this.#connection?.succeeded();
    this.#memory.records.add(records, wireBytes);
    this.#applyBound();
    this.#opening.wake();
  }

  /** Half a record that will never be completed. */
  #dropHeld(why: string): void {
    const { held } = this.#framing;
    if (held === 0) return;
    this.#framing = this.#settings.framing();
    this.#report('RECORDS_DROPPED', `${held} bytes of half a record were left out: ${why}`, { count: held });
  }

  /** Stops reading while too much is held; TCP then holds the peer up. */
  #applyBound(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const isFull = this.#memory.records.bytes >= this.#settings.maxBufferedBytes;
    if (isFull && !connection.isPaused) connection.pause();
    else if (!isFull && connection.isPaused) connection.resume();
  }

  #fail(error: unknown): void {
    this.#end({ error });
    this.#connection?.close();
  }

  #end(ended: { readonly error?: unknown }): void {
    this.#ended ??= ended;
    this.#opening.wake();
  }

  #report(code: SourceReport['code'], message: string, more: Omit<SourceReport, 'code' | 'message'> = {}): void {
    this.#opening.report({ code, message: `${this.name}: ${message}.`, ...more });
  }
}
