import type { SchedulerLike, Subscription } from 'rxjs';
import { type Answer, isPending, promised } from '../../core/Answer.ts';
import { isStreamError, StreamError } from '../../core/errors.ts';
import type { SourceReport } from '../Source.ts';
import type { BlockLog, LogContents, NewBlock } from './BlockLog.ts';
import type { ReceiverHost } from './Receiver.ts';
import type { Reports } from './Reports.ts';

/** How often somebody who waits for room in a log on disk looks by himself: trimming may have been late. */
const LOOK_MS = 100;

/** What an {@link Intake} is made with. */
export interface IntakeSettings {
  readonly name: string;
  readonly log: BlockLog;
  readonly contents: LogContents;
  readonly scheduler: SchedulerLike;
  readonly signal: AbortSignal;
  readonly reports: Reports;
  /** Something has changed that a cut would show. */
  readonly changed: () => void;
}

interface Waiting {
  readonly bytes: number;
  readonly isPatient: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The way from a receiver into its log, in one run. */
export class Intake implements ReceiverHost {
  readonly scheduler: SchedulerLike;
  readonly signal: AbortSignal;
  readonly note: unknown;
  readonly #settings: IntakeSettings;
  #waiting: Waiting[] = [];
  readonly #writes = new Set<Promise<unknown>>();
  #look: Subscription | undefined;
  #safe: number;
  #door: 'open' | 'closing' | 'closed' = 'open';
  #ended: { readonly error?: unknown } | undefined;
  #failure: unknown;

  constructor(settings: IntakeSettings) {
    this.#settings = settings;
    this.scheduler = settings.scheduler;
    this.signal = settings.signal;
    this.note = settings.contents.note;
    this.#safe = settings.contents.next;
    this.signal.addEventListener('abort', () => this.#letGo(), { once: true });
  }

  /** The number of the next record to become safe. */
  get safe(): number {
    return this.#safe;
  }

  /** How it has ended, when nothing is being written any more. */
  get ended(): { readonly error?: unknown } | undefined {
    return this.#writes.size > 0 ? undefined : this.#ended;
  }

  // ---- for the receiver ----------------------------------------------------------------------------------------------

  store(block: NewBlock): Promise<void> {
    const refusal = this.#refusal(block);
    if (refusal !== undefined) return Promise.reject(refusal);
    let answer: Answer<number>;
    try {
      answer = this.#settings.log.append(block);
    } catch (error) {
      return Promise.reject(this.#refused(error, block));
    }
    if (!isPending(answer)) {
      this.#isSafe(answer, block);
      return Promise.resolve();
    }
    const pending = answer;
    const write = promised(() => pending).then(
      (first) => {
        this.#writes.delete(write);
        this.#isSafe(first, block);
        this.freed();
      },
      (error) => {
        this.#writes.delete(write);
        this.#settings.changed();
        throw this.#refused(error, block);
      },
    );
    this.#writes.add(write);
    return write;
  }

  hasRoom(bytes: number): boolean {
    return this.#settings.log.hasRoom(bytes);
  }

  room(bytes: number, patience: 'until stop' | 'until the end' = 'until stop'): Promise<void> {
    const { log, scheduler } = this.#settings;
    const isPatient = patience === 'until the end';
    const isTimeToStop = isPatient ? this.signal.aborted || this.#door === 'closed' : this.#door !== 'open';
    if (isTimeToStop || this.hasRoom(bytes)) return Promise.resolve();
    if (this.#neverFits(bytes)) return Promise.reject(this.#tooBig(bytes));
    if (log.durable) this.#look ??= scheduler.schedule(() => this.#lookAgain(), LOOK_MS);
    return new Promise((resolve, reject) => this.#waiting.push({ bytes, isPatient, resolve, reject }));
  }

  report(code: SourceReport['code'], message: string, more: Omit<SourceReport, 'code' | 'message'> = {}): void {
    const { reports, changed } = this.#settings;
    if (reports.tell(code, message, more)) changed();
  }

  end(error?: unknown): void {
    if (this.#ended !== undefined) return;
    this.#ended = error === undefined ? {} : { error };
    this.#settings.changed();
  }

  // ---- for the source ------------------------------------------------------------------------------------------------

  /** There may be room again: who waits for room may have it now, first come, first served. */
  freed(): void {
    let granted = 0;
    while (this.#waiting.length > 0) {
      const { bytes, resolve, reject } = this.#waiting[0] as Waiting;
      if (this.#neverFits(bytes)) reject(this.#tooBig(bytes));
      else if (this.hasRoom(granted + bytes)) resolve();
      else return;
      granted += bytes;
      this.#waiting.shift();
    }
  }

  /** The receiver is told to stop: nobody waits for room any more but those who can do nothing else. */
  closing(): void {
    if (this.#door === 'open') this.#door = 'closing';
    const waiting = this.#waiting;
    this.#waiting = waiting.filter(({ isPatient }) => isPatient);
    for (const { isPatient, resolve } of waiting) if (!isPatient) resolve();
    this.freed();
    if (this.#waiting.length === 0) this.#lookNoMore();
  }

  /** The receiver has stopped: nothing is stored any more. Answers when everything has been written. */
  closed(): Answer<void> {
    this.#door = 'closed';
    return this.#writes.size === 0 ? undefined : Promise.allSettled(this.#writes).then(() => {});
  }

  /** The run is over: nothing makes room any more. */
  #letGo(): void {
    this.#lookNoMore();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #lookAgain(): void {
    this.#look = undefined;
    this.freed();
    if (this.#waiting.length === 0) return;
    this.#look = this.#settings.scheduler.schedule(() => this.#lookAgain(), LOOK_MS);
  }

  #lookNoMore(): void {
    this.#look?.unsubscribe();
    this.#look = undefined;
  }

  /** Why a block is not even offered to the log. */
  #refusal({ records, parts }: NewBlock): unknown {
    const { name } = this.#settings;
    if (this.#failure !== undefined) return this.#failure;
    if (this.#door === 'closed' || this.#ended !== undefined) {
      const when = this.#door === 'closed' ? 'after the receiver had stopped' : 'after the end';
      return new StreamError('SOURCE_FAILED', `${name}: a block came ${when}; it is not stored.`);
    }
    if (Number.isSafeInteger(records) && records >= 1 && parts.every((part) => part instanceof Uint8Array)) return;
    const message = `${name}: expected a block of at least one record and parts that are bytes, got ${records} records.`;
    return new StreamError('INVALID_ARGUMENT', message);
  }

  #isSafe(first: number, { records }: NewBlock): void {
    this.#safe = Math.max(this.#safe, first + records);
    this.#settings.changed();
  }

  #refused(error: unknown, { records }: NewBlock): unknown {
    if (isStreamError(error, 'BUFFER_FULL')) {
      this.report('BLOCK_REFUSED', `a block of ${records} records found no room in the log and was refused.`);
      return error;
    }
    // The log is of no use any more. What was stored before is processed, then the run fails, and the next one opens the log anew.
    this.#failure ??= error;
    this.end(error);
    return error;
  }

  /** Whether there is no room although nothing is left that could be trimmed. */
  #neverFits(bytes: number): boolean {
    const { log } = this.#settings;
    return bytes > mostOf(log) || (log.bytes === 0 && !log.hasRoom(bytes));
  }

  #tooBig(bytes: number): StreamError {
    const { name, log } = this.#settings;
    const [most, option] = bytes > log.maxBytes ? [log.maxBytes, 'maxBytes'] : [mostOf(log), 'maxBlockBytes'];
    const what = option === 'maxBytes' ? `a log of ${most}` : `a block of at most ${most}`;
    const message = `${name}: ${bytes} bytes never fit into ${what}. Store fewer records at once, or raise ${option}.`;
    return new StreamError('BUFFER_FULL', message, { details: { bytes } });
  }
}

/** The bytes of the biggest block that it takes. */
function mostOf({ maxBytes, maxBlockBytes = maxBytes }: BlockLog): number {
  return Math.min(maxBytes, maxBlockBytes);
}
