import type { Observable, OperatorFunction } from 'rxjs';
import { refuse, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { markBatchStream } from '../core/batch/batchStream.ts';
import type { Milliseconds } from '../core/durations.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { isSourceObservable, SOURCE } from '../sources/Source.ts';
import { plainSource } from './plainSource.ts';
import { StreamingContext } from './StreamingContext.ts';

/** Options of {@link batchInterval}. */
export interface BatchIntervalOptions {
  /**
   * Records of a plain Observable that may wait for a batch or for its outputs; one more fails the run with `BUFFER_FULL`.
   * Default 1 000 000.
   */
  readonly maxBuffered?: number;
}

const OPTIONS: KnownOptions<BatchIntervalOptions> = { maxBuffered: true };

/**
 * Cuts a stream of records into batches: one at each multiple of the interval, empty ones included, with what has come since
 * the one before.
 *
 * ```text
 * source              -a--b---c-------d--|
 * batchInterval(5ms)  -----p----q----r----s|    p = a b · q = c · r = (nothing) · s = d
 * ```
 *
 * - `batchInterval(1000)` means `batchInterval(new StreamingContext({ interval: 1000 }))`.
 * - **Completes** after the batch with the last records has settled. No batch is cut before its time, also then.
 * - **Errors** of the source come after what it delivered before has settled.
 * - **Offsets**: sources of this package keep their positions; a plain Observable has none.
 * - **Memory**: sources bound it; a plain Observable keeps up to `maxBuffered` records.
 */
export function batchInterval<T>(
  interval: Milliseconds | StreamingContext,
  options: BatchIntervalOptions = {},
): OperatorFunction<T, Batch<T>> {
  if (typeof interval === 'number') wholeNumber('batchInterval(milliseconds)', interval, 1);
  else if (!(interval instanceof StreamingContext))
    refuse('batchInterval', 'milliseconds or a StreamingContext', interval);
  knownOptions('batchInterval', options, OPTIONS);
  const maxBuffered = wholeNumber('batchInterval({ maxBuffered })', options.maxBuffered ?? 1_000_000, 1);
  return (source: Observable<T>) => {
    const context = typeof interval === 'number' ? new StreamingContext({ interval }) : interval;
    const batches = context.batchesOf<T>(source, (unnamed) =>
      isSourceObservable(source) ? source[SOURCE]() : plainSource(unnamed, source, maxBuffered),
    );
    return markBatchStream(batches, { context, slide: context.interval });
  };
}
