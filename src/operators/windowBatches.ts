import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { detached } from '../core/keys/detached.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { STATE_OPTIONS, type StateOptions } from '../core/state/StateOptions.ts';
import { recordValues } from '../core/state/ValuesIn.ts';
import { forgetUpTo } from '../core/windows/forgetUpTo.ts';
import { windowOperator } from '../core/windows/windowOperator.ts';
import { WINDOW_OPTIONS, type WindowOptions, windowSpan } from '../core/windows/windowSpan.ts';

/** Options of {@link windowBatches}. */
export interface WindowBatchesOptions<T> extends WindowOptions, StateOptions<T> {}

const OPTIONS: KnownOptions<WindowBatchesOptions<unknown>> = { ...WINDOW_OPTIONS, ...STATE_OPTIONS };

/**
 * Joins the batches of the last `window` milliseconds into one, every `slide` milliseconds. Spark's `window`.
 *
 * ```text
 * source, interval 1s                       -(a)-(b)-(c)-(d)-|
 * windowBatches({ window: 3s, slide: 2s })  -----(ab)----(bcd)|
 * ```
 *
 * - A window holds the batches with times in `(time - window, time]`; early ones hold what exists. It fires when the time is a
 *   multiple of the slide, counted from the epoch.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`.
 * - **Offsets**: committed as each batch settles; a window repeats records, it does not hold offsets back longer than its slide.
 * - **Holds** the records of one window: in memory, and in the checkpoint under `name`.
 */
export function windowBatches<T>(options: WindowBatchesOptions<T>): OperatorFunction<Batch<T>, Batch<T>> {
  knownOptions('windowBatches', options, OPTIONS);
  const span = windowSpan('windowBatches', options);
  return windowOperator<T, T>(span, (state) => {
    const kept = state.collection<number, readonly T[]>('records', { valuesIn: recordValues });
    return (batch) => {
      const { time, scope } = batch;
      forgetUpTo(kept, time - span.window);
      const records = batch.records.map(detached);
      if (records.length > 0 && span.holds(time, batch.slide)) kept.set(time, records);
      if (!span.firesAt(time, batch.slide)) {
        scope.takenIn = true;
        return undefined;
      }
      const parts = [...kept.cells()].map(({ value }) => value);
      return batch.derive<T>(
        {
          run(visit) {
            for (const part of parts) for (const record of part) if (visit(record) === false) return;
          },
        },
        span.slide === undefined ? {} : { slide: span.slide },
      );
    };
  });
}
