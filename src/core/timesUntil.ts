import { positiveNumber, refuse } from './arguments.ts';
import type { Milliseconds } from './durations.ts';

/**
 * The times from `from`, included, until `until`, not included, `step` apart: the times of batches in a stretch. Spark's
 * `time.until(that, interval)`. All in milliseconds.
 *
 * ```ts
 * timesUntil(1000, 1100, 30); // [1000, 1030, 1060, 1090]
 * ```
 */
export function timesUntil(from: number, until: number, step: Milliseconds): number[] {
  if (!Number.isFinite(from)) refuse('timesUntil(from)', 'a time in milliseconds', from);
  if (!Number.isFinite(until)) refuse('timesUntil(_, until)', 'a time in milliseconds', until);
  positiveNumber('timesUntil(_, _, step)', step);
  const count = Math.max(0, Math.ceil((until - from) / step));
  return Array.from({ length: count }, (_, at) => from + at * step);
}
