import type { Subscription } from 'rxjs';
import { type Answer, finallyAnswer, isPending, promised, thenAnswer } from '../../../core/Answer.ts';
import { shown } from '../../../core/arguments.ts';
import { isStreamError, StreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import type { Receiver, ReceiverHost } from '../Receiver.ts';
import { BlockGenerator } from './BlockGenerator.ts';
import { LeaveLimit } from './LeaveLimit.ts';
import type { ReceiveAnswer, Receiving } from './Receiving.ts';
import { WaitingBlocks } from './WaitingBlocks.ts';

/** What a {@link CustomReceiver} is made with. */
export interface CustomSettings<T> {
  readonly name: string;
  readonly receive: (receiving: Receiving<T>) => ReceiveAnswer;
  readonly encode: (records: readonly T[]) => Uint8Array;
  readonly decode: (block: Uint8Array) => Iterable<T>;
  readonly blockIntervalMs: number;
  readonly maxWaitingBytes: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
  readonly stopTimeoutMs: number;
}

/** One call of the user's function. */
interface Attempt {
  readonly end: AbortController;
  /** Its promise, while it has not answered. */
  running: Promise<void> | undefined;
  leave: (() => Answer<void>) | undefined;
  isOver: boolean;
  /** Nothing of it is stored any more. */
  hasFailed: boolean;
  /** While the outside is being left for another attempt. */
  leaving: Promise<void> | undefined;
}

/** @internal A function of the user as a receiver: calls it, and again when it fails. */
export class CustomReceiver<T> implements Receiver<T> {
  readonly #settings: CustomSettings<T>;
  #host!: ReceiverHost;
  #blocks!: WaitingBlocks;
  #singles!: BlockGenerator<T>;
  #attempt: Attempt | undefined;
  #failures = 0;
  #timer: Subscription | undefined;
  #note: unknown;
  readonly #storing = new Set<Promise<void>>();
  #isStopping = false;
  #hasEnded = false;
  #lastSaid = '';

  constructor(settings: CustomSettings<T>) {
    this.#settings = settings;
  }

  start(host: ReceiverHost): void {
    const { name, blockIntervalMs, maxWaitingBytes } = this.#settings;
    this.#host = host;
    this.#note = host.note;
    this.#blocks = new WaitingBlocks(host, maxWaitingBytes);
    this.#singles = new BlockGenerator({
      name,
      blockIntervalMs,
      scheduler: host.scheduler,
      store: (records) => this.#store(records),
    });
    this.#begin();
  }

  stop(): Answer<void> {
    this.#isStopping = true;
    this.#timer?.unsubscribe();
    const attempt = this.#attempt;
    attempt?.end.abort();
    this.#singles.flush();
    return finallyAnswer(
      // What has come is acknowledged before its outside is left.
      () =>
        thenAnswer(this.#unlessOver(this.#stored()), () =>
          thenAnswer(this.#leave(attempt), () => this.#unlessOver(attempt?.running)),
        ),
      () => {
        this.#singles.stop();
        return this.#blocks.pending;
      },
    );
  }

  /** Waits for this, but no longer than the run: whoever does not heed its end is not waited for, as nothing that he stores is taken any more. */
  #unlessOver(work: Promise<void> | undefined): Answer<void> {
    const { signal } = this.#host;
    if (work === undefined || signal.aborted) return;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return Promise.race([work, aborted]);
  }

  /** Ends when what is being stored now has been answered for. */
  #stored(): Promise<void> | undefined {
    return this.#storing.size === 0 ? undefined : Promise.allSettled(this.#storing).then(() => {});
  }

  decode(block: Uint8Array): Iterable<T> {
    return this.#settings.decode(block);
  }

  // ---- the user's function -------------------------------------------------------------------------------------------

  #begin(): void {
    const attempt: Attempt = {
      end: new AbortController(),
      running: undefined,
      leave: undefined,
      isOver: false,
      hasFailed: false,
      leaving: undefined,
    };
    this.#attempt = attempt;
    let answer: ReceiveAnswer;
    try {
      answer = this.#settings.receive(this.#receiving(attempt));
    } catch (error) {
      return this.#failed(attempt, error);
    }
    if (!isPending(answer as Answer<unknown>)) return this.#answered(attempt, answer, false);
    attempt.running = promised(() => answer as PromiseLike<unknown>).then(
      (given) => {
        attempt.running = undefined;
        this.#answered(attempt, given, true);
      },
      (error) => {
        attempt.running = undefined;
        this.#failed(attempt, error);
      },
    );
  }

  #answered(attempt: Attempt, given: unknown, isLate: boolean): void {
    if (typeof given === 'function') {
      attempt.leave = given as () => Answer<void>;
      // It took so long that nobody wants it any more.
      if (attempt.isOver) void promised(attempt.leave).catch((error) => this.#told(error));
      return;
    }
    if (attempt.isOver) return;
    if (isLate && given === undefined) return this.#end(attempt);
    const got = shown(given);
    const message = `${this.#settings.name}: receive() is to answer a function that stops receiving, or a promise, got ${got}.`;
    this.#end(attempt, new StreamError('INVALID_ARGUMENT', message));
  }

  #failed(attempt: Attempt, error: unknown): void {
    if (attempt.isOver || this.#isStopping || this.#hasEnded) return;
    const { firstDelayMs, maxDelayMs } = this.#settings;
    if (isStreamError(error) && !error.retriable) return this.#end(attempt, error);
    attempt.hasFailed = true;
    const left = promised(() => this.#leave(attempt)).catch((reason) => this.#told(reason));
    attempt.leaving = left;
    const delayMs = Math.min(maxDelayMs, firstDelayMs * 2 ** this.#failures++);
    const message = `receiving failed and begins again in ${delayMs} ms: ${reasonOf(error)}.`;
    const details = { attempt: this.#failures, delayMs };
    this.#host.report('RECONNECTING', message, { cause: error, count: this.#failures, details });
    this.#timer = this.#host.scheduler.schedule(() => {
      void left.then(() => {
        if (!this.#isStopping) this.#begin();
      });
    }, delayMs);
  }

  #end(attempt: Attempt, error?: unknown): void {
    if (attempt.isOver) return;
    this.#hasEnded = true;
    this.#singles.flush();
    const { pending } = this.#blocks;
    const end = (): void => this.#host.end(error);
    if (pending === undefined) end();
    else void pending.then(end);
  }

  /** Tells the outside that this attempt is over. */
  #leave(attempt: Attempt | undefined): Answer<void> {
    if (attempt === undefined || attempt.isOver) return attempt?.leaving;
    attempt.isOver = true;
    attempt.end.abort();
    const leaving = attempt.leave?.();
    return isPending(leaving) ? this.#limit().wait(promised(() => leaving)) : undefined;
  }

  #limit(): LeaveLimit {
    const { scheduler, signal } = this.#host;
    const left = (ms: number): void => {
      const what = `what receive() gave to stop it has not ended after ${ms} ms and is not waited for any more`;
      const todo = 'Have it end when the outside is left, or at the latest after a while; or raise stopTimeoutMs.';
      this.#host.report('SOURCE_FAILED', `${what}; nothing that it stores from now on is taken. ${todo}`);
    };
    return new LeaveLimit({
      scheduler,
      signal,
      maxMs: this.#settings.stopTimeoutMs,
      left,
      failed: (error) => this.#told(error),
    });
  }

  #told(error: unknown): void {
    this.#host.report('SOURCE_FAILED', `what receive() gave to stop it failed: ${reasonOf(error)}.`, { cause: error });
  }

  // ---- records -------------------------------------------------------------------------------------------------------

  #receiving(attempt: Attempt): Receiving<T> {
    const host = this.#host;
    const current = (call: () => Promise<void>): Promise<void> => {
      const when = host.signal.aborted ? 'after its run had ended' : 'from a receive() that has failed';
      const isStale = host.signal.aborted || attempt.hasFailed;
      const stored = isStale ? Promise.reject(this.#stale(when)) : call();
      // Whoever does not look at the answer does not end the process by that: he finds it among the reports.
      stored.catch((error: unknown) => this.#lookedOver(error));
      return stored;
    };
    return {
      signal: attempt.end.signal,
      scheduler: host.scheduler,
      note: this.#note,
      store: (records, note) =>
        current(() => {
          this.#singles.flush();
          return this.#store(records, note);
        }),
      add: (record) => current(() => this.#singles.add(record)),
      report: (code, message, more) => host.report(code, message, more),
      restart: (reason) => this.#failed(attempt, reason),
      end: (error) => this.#end(attempt, error),
    };
  }

  #store(records: readonly T[], note?: unknown): Promise<void> {
    if (!Array.isArray(records))
      return Promise.reject(this.#refused(`expected an array of records, got ${shown(records)}`));
    if (records.length === 0) return Promise.resolve();
    let bytes: Uint8Array;
    try {
      bytes = this.#settings.encode(records);
    } catch (error) {
      return Promise.reject(this.#refused(`${records.length} records cannot be encoded: ${reasonOf(error)}`, error));
    }
    const block = { parts: [bytes], records: records.length, ...(note === undefined ? {} : { note }) };
    const stored = this.#blocks.store(block).then(() => {
      if (note !== undefined) this.#note = note;
      if (this.#failures === 0) return;
      const count = this.#failures;
      this.#failures = 0;
      this.#host.report('RECONNECTED', `receives again after ${count} ${count === 1 ? 'failure' : 'failures'}.`, {
        count,
      });
    });
    this.#storing.add(stored);
    const done = (): void => void this.#storing.delete(stored);
    stored.then(done, done);
    return stored;
  }

  #stale(when: string): StreamError {
    const message = `${this.#settings.name}: a record came ${when}; it is not stored.`;
    return new StreamError('SOURCE_FAILED', message);
  }

  /** Refused for want of room, and a failed log, are told elsewhere. */
  #lookedOver(error: unknown): void {
    if (isStreamError(error, 'BUFFER_FULL') || isStreamError(error, 'LOG_FAILED')) return;
    const message = reasonOf(error);
    if (message === this.#lastSaid) return;
    this.#lastSaid = message;
    const name = `${this.#settings.name}: `;
    // A report has the name of its source already.
    const told = message.startsWith(name) ? message.slice(name.length) : message;
    this.#host.report(isStreamError(error) ? error.code : 'SOURCE_FAILED', told, { cause: error });
  }

  #refused(what: string, cause?: unknown): StreamError {
    return new StreamError('INVALID_ARGUMENT', `${this.#settings.name}: store: ${what}.`, { cause });
  }
}
