import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { STATE_OPTIONS, type StateOptions } from '../core/state/StateOptions.ts';
import { columnValues } from '../core/state/ValuesIn.ts';
import { plainWindowReduction } from '../core/windows/plainWindowReduction.ts';
import { slidingWindowReduction } from '../core/windows/slidingWindowReduction.ts';
import { windowOperator } from '../core/windows/windowOperator.ts';
import { WINDOW_OPTIONS, type WindowOptions, windowSpan } from '../core/windows/windowSpan.ts';

/** Options of {@link reduceByKeyAndWindow}. */
export interface ReduceByKeyAndWindowOptions<K, V> extends WindowOptions, KeyOptions<K>, StateOptions<V> {
  /**
   * Undoes `reduce`: `inverse(reduce(a, b), b)` is `a`. It must do so exactly: sums of fractions drift, and are better off
   * without. A slide costs what entered and left the window, with it or without. Default: none.
   */
  readonly inverse?: (reduced: V, left: V) => V;
  /** A pair for which it answers false is not given. With `inverse` its key is forgotten once no batch of the window has it. Default: all are given. */
  readonly filter?: (pair: Pair<K, V>) => boolean;
}

const OPTIONS: KnownOptions<ReduceByKeyAndWindowOptions<unknown, unknown>> = {
  ...WINDOW_OPTIONS,
  ...KEY_OPTIONS,
  ...STATE_OPTIONS,
  inverse: true,
  filter: true,
};

/**
 * Reduces the values of each key over the last `window` milliseconds, every `slide` milliseconds. Spark's
 * `reduceByKeyAndWindow`.
 *
 * ```text
 * source, interval 1s                                  -([a,1])-([a,2] [b,1])-( )------|
 * reduceByKeyAndWindow(add, { window: 2s })            -([a,1])-([a,3] [b,1])-([a,2] [b,1])|
 * ```
 *
 * - Without `inverse` a key disappears with its last record; `reduce` has to be associative. With `inverse` a key stays, as in
 *   Spark, with what is left of its value (0 for sums), unless `filter` drops it.
 * - A slide costs what entered and left the window, a reading the keys it reads, whatever the window's length.
 * - Equal keys are those equal as `Map` keys or, in tuples, element by element; objects by `keyOf`.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`; a throwing function
 *   fails the run with `OPERATOR_FAILED`, naming the record or, between batches, the key.
 * - **Offsets**: committed as each batch settles.
 * - **Holds** one value a key and batch of the window, and with `inverse` one a key: in memory, and in the checkpoint under
 *   `name`.
 */
export function reduceByKeyAndWindow<T extends Pair<unknown, unknown> | MakePairsFirst>(
  reduce: (left: Widen<ValueOf<T>>, right: Widen<ValueOf<T>>) => Widen<ValueOf<T>>,
  options: ReduceByKeyAndWindowOptions<KeyOf<T>, Widen<ValueOf<T>>>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, Widen<ValueOf<T>>>>> {
  promptFunction('reduceByKeyAndWindow(reduce)', reduce);
  knownOptions('reduceByKeyAndWindow', options, OPTIONS);
  const span = windowSpan('reduceByKeyAndWindow', options);
  const identify = keyIdentity('reduceByKeyAndWindow', options);
  const { inverse, filter } = options;
  if (inverse !== undefined) promptFunction('reduceByKeyAndWindow({ inverse })', inverse);
  if (filter !== undefined) promptFunction('reduceByKeyAndWindow({ filter })', filter);
  type Reduced = Pair<KeyOf<T>, Widen<ValueOf<T>>>;
  const combiner = { create: (value: Reduced[1]): Reduced[1] => value, merge: reduce };
  return windowOperator<Reduced, Reduced>(
    span,
    inverse === undefined
      ? plainWindowReduction(span, { part: 'batches', combiner, reduce, identify, filter, valuesIn: columnValues })
      : slidingWindowReduction(span, { part: 'batches', reduce, inverse, filter, identify }),
  ) as unknown as OperatorFunction<Batch<T>, Batch<Reduced>>;
}
