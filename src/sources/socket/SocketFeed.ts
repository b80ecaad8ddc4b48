import type { SchedulerLike } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import type { SourceReport } from '../Source.ts';
import { Connection, type ConnectionListener, type ConnectionSettings } from './Connection.ts';
import type { Framed, Framing } from './Framing.ts';

/** What a socket needs besides where it is. */
export interface SocketSettings<T> extends ConnectionSettings {
  readonly name: string;
  /** A framing for a new connection. */
  readonly framing: () => Framing<T>;
  /** Memory for records that have not settled, or are not in the log yet; while there is more, nothing is read. */
  readonly maxBufferedBytes: number;
  readonly onEnd: 'reconnect' | 'complete';
  /** What a batch is whose records are gone. */
  readonly onLost: 'fail' | 'skip';
  /** Whether a stream that cannot be read any further is an error. */
  readonly failsWhenBroken: boolean;
  /** Whether a record that is not valid is an error. */
  readonly failsWhenInvalid: boolean;
}

/** Whom a {@link SocketFeed} tells. */
export interface FeedListener<T> {
  /** These have come, in so many bytes of a chunk. */
  records(records: readonly T[], wireBytes: number): void;
  /** Nothing will come any more. */
  ended(error?: unknown): void;
  report(code: SourceReport['code'], message: string, more?: Omit<SourceReport, 'code' | 'message'>): void;
}

/** What a TCP peer sends, as records, over connections that are made again. */
export class SocketFeed<T> implements ConnectionListener {
  readonly #settings: SocketSettings<T>;
  readonly #listener: FeedListener<T>;
  readonly #connection: Connection;
  #framing: Framing<T>;
  /** Tries that failed in a row. */
  #failures = 0;
  #isOver = false;

  constructor(settings: SocketSettings<T>, scheduler: SchedulerLike, listener: FeedListener<T>) {
    this.#settings = settings;
    this.#listener = listener;
    this.#framing = settings.framing();
    this.#connection = new Connection(settings, scheduler, this);
  }

  /** Whether nothing is read: TCP then holds the peer up. */
  hold(isHeld: boolean): void {
    if (isHeld && !this.#connection.isPaused) this.#connection.pause();
    else if (!isHeld && this.#connection.isPaused) this.#connection.resume();
  }

  close(): void {
    this.#isOver = true;
    this.#connection.close();
    this.#dropHeld('the run has ended');
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
    if (this.#settings.failsWhenBroken) {
      return this.#fail(new StreamError('DATA_CORRUPT', `${this.#settings.name}: ${broken}.`));
    }
    this.#report('DATA_CORRUPT', `${broken}; ${cutAway} bytes were left out`, { count: cutAway });
    this.#connection.giveUp(new Error(broken));
  }

  closed(_reason: Error, clean: boolean): boolean {
    if (clean) this.#take(this.#framing.end(), 0);
    this.#dropHeld('the connection broke');
    this.#framing = this.#settings.framing();
    if (!this.#isOver && clean && this.#settings.onEnd === 'complete') this.#end();
    return !this.#isOver;
  }

  retries(reason: Error, attempt: number, delayMs: number): void {
    this.#failures = attempt;
    const message = `${reason.message}; connects again in ${delayMs} ms`;
    this.#report('RECONNECTING', message, { cause: reason, count: attempt, details: { attempt, delayMs } });
  }

  // ---- records -----------------------------------------------------------------------------------------------------

  #take({ records, invalid = 0, long = 0, cutAway = 0 }: Framed<T>, wireBytes: number): void {
    if (invalid > 0 && this.#settings.failsWhenInvalid) {
      const error = `${this.#settings.name}: ${invalid} lines are not valid text. Name the right charset, or say onInvalid: 'replace'.`;
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
    this.#connection.succeeded();
    this.#listener.records(records, wireBytes);
  }

  /** Half a record that will never be completed. */
  #dropHeld(why: string): void {
    const { held } = this.#framing;
    if (held === 0) return;
    this.#framing = this.#settings.framing();
    this.#report('RECORDS_DROPPED', `${held} bytes of half a record were left out: ${why}`, { count: held });
  }

  #fail(error: unknown): void {
    this.#end(error);
    this.#connection.close();
  }

  #end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.ended(error);
  }

  #report(code: SourceReport['code'], message: string, more: Omit<SourceReport, 'code' | 'message'> = {}): void {
    this.#listener.report(code, `${message}.`, more);
  }
}
