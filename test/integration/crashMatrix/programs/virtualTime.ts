import type { ManualClock } from '../../../../src/testing/index.ts';

/** A clock that ticks as soon as there is nothing left to wait for, and stands while nobody lives. */
export class VirtualTime {
  readonly #clock: ManualClock;
  readonly #interval: number;
  readonly #ahead: number;
  /** Planned and not processed. */
  #unsettled = 0;
  #lastPlanned = 0;
  #ended = false;

  /** `ahead`: how many batches are planned before the first of them has settled. */
  constructor(clock: ManualClock, interval: number, ahead: number) {
    this.#clock = clock;
    this.#interval = interval;
    this.#ahead = ahead;
  }

  loaded(lastTime: number | undefined, unsettled: number): void {
    this.#unsettled = unsettled;
    if (lastTime === undefined) return;
    this.#lastPlanned = lastTime;
    this.#clock.advanceTo(lastTime);
  }

  planned(time: number): void {
    this.#lastPlanned = time;
    this.#unsettled++;
  }

  processed(): void {
    this.#unsettled--;
  }

  /** Goes round and round, with a pause in which the disk and others have the processor. */
  run(isStarted: () => boolean): void {
    if (this.#ended) return;
    const isAllPlanned = this.#clock.now() <= this.#lastPlanned;
    this.#clock.advanceBy(isStarted() && isAllPlanned && this.#unsettled < this.#ahead ? this.#interval : 0);
    setTimeout(() => this.run(isStarted), 0);
  }

  end(): void {
    this.#ended = true;
  }
}
