import type { SchedulerLike } from 'rxjs';
import { StreamError } from '../../core/errors.ts';
import { Deadline } from '../../drivers/sql/Deadline.ts';
import { SqlFailure } from '../../drivers/sql/SqlFailure.ts';

/** One call of a store after the other, and one transaction at a time; a call meanwhile waits for its end. */
export class Turns {
  readonly #withinMs: number;
  readonly #scheduler: SchedulerLike;
  #last: Promise<unknown> = Promise.resolve();
  #isOpen = false;
  #done: (() => void) | undefined;

  constructor(withinMs: number, scheduler: SchedulerLike) {
    this.#withinMs = withinMs;
    this.#scheduler = scheduler;
  }

  /** Calls when it is its turn; rejects where that takes too long. */
  take<T>(call: () => Promise<T>): Promise<T> {
    return this.#inTurn(call, (done) => done());
  }

  /** Opens a transaction when it is its turn, which lasts until {@link end}; one that is open refuses another at once. */
  async begin<T>(store: string, open: () => Promise<T>): Promise<T> {
    if (this.#isOpen) {
      const message = `${store} begin: expected the transaction before to have ended, got that it is open. Give each context a store of its own.`;
      throw new StreamError('OFFSET_STORE_FAILED', message);
    }
    this.#isOpen = true;
    try {
      return await this.#inTurn(open, (done) => {
        this.#done = done;
      });
    } catch (error) {
      this.#isOpen = false;
      throw error;
    }
  }

  /** The transaction has ended. */
  end(): void {
    this.#isOpen = false;
    this.#done?.();
  }

  async #inTurn<T>(call: () => Promise<T>, succeeded: (done: () => void) => void): Promise<T> {
    const before = this.#last;
    let done = (): void => undefined;
    this.#last = new Promise<void>((resolve) => {
      done = resolve;
    });
    const waiting = new Deadline(this.#withinMs, this.#scheduler, () => {
      const why = `the transaction that is open has not ended within ${this.#withinMs} ms`;
      return new SqlFailure('unavailable', why);
    });
    try {
      await waiting.race(before);
      waiting.end();
      const answer = await call();
      succeeded(done);
      return answer;
    } catch (error) {
      waiting.end();
      // Whoever gives up waiting leaves those behind him waiting for the ones before.
      void before.then(done);
      throw error;
    }
  }
}
