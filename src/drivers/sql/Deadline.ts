import { type SchedulerLike, type Subscription, timer } from 'rxjs';

/** A time after which what is waited for counts as failed. */
export class Deadline {
  readonly #expired: Promise<never>;
  #timer: Subscription | undefined;

  constructor(withinMs: number, scheduler: SchedulerLike, failure: () => unknown) {
    this.#expired = new Promise((_, reject) => {
      this.#timer = timer(withinMs, scheduler).subscribe(() => reject(failure()));
    });
    this.#expired.catch(() => undefined); // whoever waits is told
  }

  /** What comes first: the answer, or the failure. */
  race<T>(answer: PromiseLike<T>): Promise<T> {
    return Promise.race([answer, this.#expired]);
  }

  end(): void {
    this.#timer?.unsubscribe();
  }
}
