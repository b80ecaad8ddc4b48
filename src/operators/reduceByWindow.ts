import { type OperatorFunction, pipe } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { ownIdentity } from '../core/keys/keyIdentity.ts';
import type { Pair, Widen } from '../core/keys/Pair.ts';
import { givingValues, withOneKey } from '../core/keys/withOneKey.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { STATE_OPTIONS, type StateOptions } from '../core/state/StateOptions.ts';
import { columnValues } from '../core/state/ValuesIn.ts';
import { plainWindowReduction } from '../core/windows/plainWindowReduction.ts';
import { slidingWindowReduction } from '../core/windows/slidingWindowReduction.ts';
import { windowOperator } from '../core/windows/windowOperator.ts';
import { WINDOW_OPTIONS, type WindowOptions, windowSpan } from '../core/windows/windowSpan.ts';

/** Options of {@link reduceByWindow}. */
export interface ReduceByWindowOptions<T> extends WindowOptions, StateOptions<T> {
  /** Undoes `reduce`: `inverse(reduce(a, b), b)` is `a`, exactly. Changes what an empty window gives. Default: none. */
  readonly inverse?: (reduced: T, left: T) => T;
}

const OPTIONS: KnownOptions<ReduceByWindowOptions<unknown>> = { ...WINDOW_OPTIONS, ...STATE_OPTIONS, inverse: true };

/**
 * Reduces all records of the last `window` milliseconds to one, every `slide` milliseconds. Spark's `reduceByWindow`.
 *
 * ```text
 * source, interval 1s                  -(1 2)-(4)-( )-( )-|
 * reduceByWindow(add, { window: 2s })  -(3)---(7)-(4)-( )-|
 * ```
 *
 * - Without `inverse` an empty window gives no record; `reduce` has to be associative. With `inverse` nothing is given before the
 *   first record ever, and from then on one in each window: for sums 0 where it is empty. Both as in Spark.
 * - A slide costs what entered and left the window, whatever its length.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`; a throwing function
 *   fails the run with `OPERATOR_FAILED`.
 * - **Offsets**: committed as each batch settles.
 * - **Holds** one value for each batch of the window: in memory, and in the checkpoint under `name`.
 */
export function reduceByWindow<T>(
  reduce: (left: Widen<T>, right: Widen<T>) => Widen<T>,
  options: ReduceByWindowOptions<Widen<T>>,
): OperatorFunction<Batch<T>, Batch<Widen<T>>> {
  const operator = 'reduceByWindow';
  promptFunction(`${operator}(reduce)`, reduce);
  knownOptions(operator, options, OPTIONS);
  const span = windowSpan(operator, options);
  const { inverse } = options;
  if (inverse !== undefined) promptFunction(`${operator}({ inverse })`, inverse);
  type Keyed = Pair<string, Widen<T>>;
  const combiner = { create: (value: Widen<T>): Widen<T> => value, merge: reduce };
  const identify = ownIdentity;
  return pipe(
    withOneKey<Widen<T>>(operator),
    windowOperator<Keyed, Keyed>(
      span,
      inverse === undefined
        ? plainWindowReduction<string, Widen<T>, Widen<T>>(span, {
            part: 'totals',
            combiner,
            reduce,
            identify,
            valuesIn: columnValues,
          })
        : slidingWindowReduction<string, Widen<T>>(span, {
            part: 'totals',
            reduce,
            inverse,
            identify,
            filter: undefined,
          }),
    ),
    givingValues<Widen<T>>(operator),
  ) as unknown as OperatorFunction<Batch<T>, Batch<Widen<T>>>;
}
