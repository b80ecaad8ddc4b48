import { positiveNumber, refuse } from './arguments.ts';
import type { Milliseconds } from './durations.ts';

/**
 * The last multiple of `interval`, counted from the epoch, that is not later than `time`: the hour or the minute a batch is of.
 * Spark's `time.floor(interval)`. Both in milliseconds; days begin at midnight UTC.
 *
 * ```ts
 * floorTime(1350, 200); // 1200
 * saveTo(`by-hour/${floorTime(batch.time, hours(1))}`);
 * ```
 */
export function floorTime(time: number, interval: Milliseconds): number {
  if (!Number.isFinite(time)) refuse('floorTime(time)', 'a time in milliseconds', time);
  positiveNumber('floorTime(_, interval)', interval);
  return Math.floor(time / interval) * interval;
}
