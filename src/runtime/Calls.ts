import { type SchedulerLike, Subscription } from 'rxjs';
import { type Answer, answered, isPending } from '../core/Answer.ts';

/**
 * How a run asks contracts and waits. Nothing is awaited: an answer that is a value goes on in the same call. What has begun is
 * counted until it ends, also when the run is over, because the next run must not begin beside it.
 */
export class Calls {
  readonly #scheduler: SchedulerLike;
  readonly #failed: (error: unknown) => void;
  readonly #timers = new Subscription();
  #going = true;
  #inFlight = 0;
  #gone: (() => void) | undefined;

  /** `failed` is told what a contract, or the work after it, threw. */
  constructor(scheduler: SchedulerLike, failed: (error: unknown) => void) {
    this.#scheduler = scheduler;
    this.#failed = failed;
  }

  /** Whether the run is still going on. */
  get going(): boolean {
    return this.#going;
  }

  /**
   * Asks a contract and goes on with its answer. A failure ends the run unless `failed` handles it; the answer of a run that is
   * over is dropped.
   */
  ask<T>(call: () => Answer<T>, then: (value: T) => void, failed: (error: unknown) => void = rethrow): void {
    if (!this.#going) return;
    let answer: Answer<T>;
    try {
      answer = call();
    } catch (error) {
      return this.guard(() => failed(error));
    }
    if (!isPending(answer)) return this.guard(() => then(answer as T));
    const pending = answer;
    const ended = this.track();
    let value: T | undefined;
    // Not unsubscribed when the run ends: what has begun cannot be undone by looking away, and the next run waits for it.
    answered(() => pending).subscribe({
      next: (next) => {
        value = next;
      },
      error: (error) => {
        this.guard(() => failed(error));
        ended();
      },
      complete: () => {
        this.guard(() => then(value as T));
        ended();
      },
    });
  }

  /** Goes on after a while, if the run is still there. */
  wait(ms: number, then: () => void): void {
    const timer = this.#scheduler.schedule(() => {
      // An action that has run is not let go of by itself.
      this.#timers.remove(timer);
      timer.unsubscribe();
      this.guard(then);
    }, ms);
    this.#timers.add(timer);
  }

  /** Counts work that outlives the call it began in, until the returned function is called. */
  track(): () => void {
    this.#inFlight++;
    let going = true;
    return () => {
      if (!going) return;
      going = false;
      this.#inFlight--;
      this.#checkGone();
    };
  }

  /** Does work of the run; what it throws ends the run. */
  guard(work: () => void): void {
    if (!this.#going) return;
    try {
      work();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The run is over: timers are let go of, answers to come are dropped. */
  end(): void {
    this.#going = false;
    this.#timers.unsubscribe();
  }

  /** Calls `gone` once nothing is in flight any more. */
  whenGone(gone: () => void): void {
    this.#gone = gone;
    this.#checkGone();
  }

  #checkGone(): void {
    const gone = this.#gone;
    if (gone === undefined || this.#inFlight > 0) return;
    this.#gone = undefined;
    gone();
  }
}

function rethrow(error: unknown): never {
  throw error;
}
