import type { SchedulerLike, Subscription } from 'rxjs';

/**
 * The grid of batch times: multiples of the interval from the epoch. Each tick is armed from the grid, so nothing drifts;
 * a timer that fires early is armed again, one that fires late makes up every time it missed, in order.
 */
export class Clock {
  readonly #scheduler: SchedulerLike;
  readonly #interval: number;
  readonly #due: (time: number) => void;
  readonly #setBack: (waitMs: number) => void;
  #isBehind = false;
  #next = 0;
  #timer: Subscription | undefined;

  /** `setBack` is told when the next time is more than an interval away: times never go back, so they wait for the clock. */
  constructor(
    scheduler: SchedulerLike,
    interval: number,
    due: (time: number) => void,
    setBack: (waitMs: number) => void = () => {},
  ) {
    this.#scheduler = scheduler;
    this.#interval = interval;
    this.#due = due;
    this.#setBack = setBack;
  }

  /** The time of the next tick. */
  get next(): number {
    return this.#next;
  }

  /** Starts after `last`: the first time is later than now and later than that. */
  start(last: number | undefined): void {
    const after = Math.max(this.#scheduler.now(), last ?? Number.NEGATIVE_INFINITY);
    this.#next = (Math.floor(after / this.#interval) + 1) * this.#interval;
    this.#arm();
  }

  stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #arm(): void {
    const wait = this.#next - this.#scheduler.now();
    const wasBehind = this.#isBehind;
    this.#isBehind = wait > this.#interval;
    if (this.#isBehind && !wasBehind) this.#setBack(wait);
    // Timers hold 31 bits of milliseconds; a longer wait is armed in pieces.
    this.#timer = this.#scheduler.schedule(() => this.#fired(), Math.max(0, Math.min(wait, 2 ** 31 - 1)));
  }

  #fired(): void {
    const now = this.#scheduler.now();
    while (this.#next <= now && this.#timer !== undefined) {
      const time = this.#next;
      this.#next += this.#interval;
      this.#due(time);
    }
    if (this.#timer !== undefined) this.#arm();
  }
}
