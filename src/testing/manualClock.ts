import { VirtualTimeScheduler } from 'rxjs';
import { refuse } from '../core/arguments.ts';
import type { Milliseconds } from '../core/durations.ts';

/** Made by {@link manualClock}. */
export class ManualClock extends VirtualTimeScheduler {
  constructor(start: number) {
    super();
    this.frame = start;
  }

  /** Runs everything that is due until so many milliseconds from now, in order, and leaves the clock there. */
  advanceBy(ms: Milliseconds): void {
    this.advanceTo(this.frame + ms);
  }

  /** Runs everything that is due until `time`, in order, and leaves the clock there. */
  advanceTo(time: number): void {
    if (!(time >= this.frame)) refuse('manualClock().advanceTo(time)', `a time not before ${this.frame}`, time);
    this.maxFrames = time;
    this.flush();
    this.frame = time;
  }
}

/**
 * A scheduler whose time moves only when told to: for a context that is to be looked at between its batches.
 *
 * ```ts
 * const clock = manualClock();
 * const stream = new StreamingContext({ interval: 1000, scheduler: clock });
 * // subscribe, then
 * clock.advanceBy(1000); // the batch of time 1000
 * ```
 *
 * Between two steps a test may wait for promises. `start` is the first time, in milliseconds; default 0.
 */
export function manualClock(start = 0): ManualClock {
  if (!Number.isFinite(start)) refuse('manualClock(start)', 'a time in milliseconds', start);
  return new ManualClock(start);
}
