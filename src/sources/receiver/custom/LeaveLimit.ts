import type { SchedulerLike, Subscription } from 'rxjs';

/** How long it may take at most once the run is over: the next one waits for it. */
const OVER_MS = 1000;

/** What a {@link LeaveLimit} is made with. */
export interface LeaveLimitSettings {
  readonly scheduler: SchedulerLike;
  /** Aborted when the run is over. */
  readonly signal: AbortSignal;
  readonly maxMs: number;
  /** It took longer than so many milliseconds, and is left alone. */
  readonly left: (ms: number) => void;
  /** It failed after that. */
  readonly failed: (error: unknown) => void;
}

/** How long the outside may take to be left: whoever stops waits no longer. */
export class LeaveLimit {
  readonly #settings: LeaveLimitSettings;
  #timer: Subscription | undefined;
  #isLeft = false;

  constructor(settings: LeaveLimitSettings) {
    this.#settings = settings;
  }

  /** Ends with `work`, or when that takes too long: from then on its failure is told. */
  wait(work: Promise<void>): Promise<void> {
    const { signal, maxMs, failed } = this.#settings;
    return new Promise((resolve, reject) => {
      const allow = (ms: number): void => this.#allow(ms, resolve);
      const hurry = (): void => allow(Math.min(OVER_MS, maxMs));
      const over = (): void => {
        this.#timer?.unsubscribe();
        signal.removeEventListener('abort', hurry);
      };
      work.then(resolve, (error: unknown) => (this.#isLeft ? failed(error) : reject(error))).finally(over);
      if (signal.aborted) return hurry();
      signal.addEventListener('abort', hurry, { once: true });
      allow(maxMs);
    });
  }

  #allow(ms: number, resolve: () => void): void {
    if (this.#isLeft) return;
    const { scheduler, left } = this.#settings;
    this.#timer?.unsubscribe();
    this.#timer = scheduler.schedule(() => {
      this.#isLeft = true;
      left(ms);
      resolve();
    }, ms);
  }
}
