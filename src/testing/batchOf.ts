import { positiveNumber, refuse } from '../core/arguments.ts';
import { Batch, iterableBody } from '../core/batch/Batch.ts';
import { Scope } from '../core/batch/Scope.ts';
import type { Milliseconds } from '../core/durations.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import type { OffsetRange } from '../core/OffsetRange.ts';
import { type DetachedRun, detachedRun } from './detachedRun.ts';

/** Options of {@link batchOf}. */
export interface BatchOfOptions {
  /** The batch time, in milliseconds. Default: the interval. */
  readonly time?: number;
  /** The batch interval. Default 1000. */
  readonly interval?: Milliseconds;
  /** Positions of its source. Default: a source without positions. */
  readonly offsets?: readonly OffsetRange[];
  /** The run it belongs to. Default: a {@link detachedRun} of its own. */
  readonly run?: DetachedRun;
}

const OPTIONS: KnownOptions<BatchOfOptions> = { time: true, interval: true, offsets: true, run: true };

/**
 * A batch of these records, as if a source named `test` had given it: for tests of functions that take a batch. It stays
 * readable; nobody settles it.
 *
 * ```ts
 * save(batchOf(['a', 'b'], { time: 5000 }));
 * ```
 */
export function batchOf<T>(records: Iterable<T>, options: BatchOfOptions = {}): Batch<T> {
  if (typeof records?.[Symbol.iterator] !== 'function')
    refuse('batchOf(records)', 'an array or another iterable', records);
  knownOptions('batchOf', options, OPTIONS);
  const interval = positiveNumber('batchOf({ interval })', options.interval ?? 1000);
  const { time = interval, offsets, run = detachedRun() } = options;
  if (!Number.isFinite(time)) refuse('batchOf({ time })', 'a time in milliseconds', time);
  if (offsets !== undefined && !Array.isArray(offsets)) refuse('batchOf({ offsets })', 'an array of ranges', offsets);
  if (typeof run?.scopeReleased !== 'function') refuse('batchOf({ run })', 'a run, as detachedRun()', run);
  const scope = new Scope(run, time, interval, [{ source: 'test', offsets }]);
  return new Batch(scope, iterableBody(records), { origins: ['test'] });
}
