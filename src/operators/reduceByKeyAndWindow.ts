import type { OperatorFunction } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/Batch.ts';
import { scanBatches } from '../core/BatchScan.ts';
import { checked } from '../core/checked.ts';
import { onPairs } from '../core/onPairs.ts';
import type { MakePairsFirst, Pair, Widen } from '../core/Pair.ts';
import { plainWindowReduction } from '../core/plainWindowReduction.ts';
import { slidingWindowReduction } from '../core/slidingWindowReduction.ts';
import { type WindowOptions, windowSpan } from '../core/windowSpan.ts';

/** Options of {@link reduceByKeyAndWindow}. */
export interface ReduceByKeyAndWindowOptions<K, V> extends WindowOptions {
  /**
   * Undoes `reduce`: `inverse(reduce(a, b), b)` is `a`. With it a slide costs what entered and left the window, not what it
   * holds. It must undo exactly: floating-point sums drift, and are better off without.
   */
  readonly inverse?: (reduced: V, left: V) => V;
  /** With `inverse`: a pair for which it answers false is not given, and its key is forgotten once no batch of the window has it. */
  readonly filter?: (pair: Pair<K, V>) => boolean;
}

/**
 * Reduces the values of each key over the last `window` milliseconds, every `slide` milliseconds. Spark's
 * `reduceByKeyAndWindow`.
 *
 * ```text
 * source, interval 1s                                  -([a,1])-([a,2] [b,1])-( )------|
 * reduceByKeyAndWindow(add, { window: 2s })            -([a,1])-([a,3] [b,1])-([a,2] [b,1])|
 * ```
 *
 * - Without `inverse` a key disappears with its last record. With `inverse` it stays, as in Spark, with what is left of its
 *   value (0 for sums), unless `filter` drops it.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`; a throwing function
 *   fails the run with `OPERATOR_FAILED`.
 * - **Offsets**: committed as each batch settles.
 * - **Holds** one value a key and batch of the window, and with `inverse` one a key: in memory, and in the checkpoint under
 *   `name`.
 */
export function reduceByKeyAndWindow<K, V>(
  reduce: (left: Widen<V>, right: Widen<V>) => Widen<V>,
  options: ReduceByKeyAndWindowOptions<K, Widen<V>>,
): OperatorFunction<Batch<Pair<K, V> | MakePairsFirst>, Batch<Pair<K, Widen<V>>>> {
  functionArgument('reduceByKeyAndWindow(reduce)', reduce);
  const span = windowSpan('reduceByKeyAndWindow', options);
  const { inverse, filter } = options;
  if (inverse !== undefined) functionArgument('reduceByKeyAndWindow({ inverse })', inverse);
  if (filter !== undefined) functionArgument('reduceByKeyAndWindow({ filter })', filter);
  const open =
    inverse === undefined
      ? plainWindowReduction<K, Widen<V>>(span, reduce, filter)
      : slidingWindowReduction<K, Widen<V>>(span, reduce, inverse, filter);
  const operator = scanBatches<Pair<K, Widen<V>>, Pair<K, Widen<V>>>({
    operator: span.operator,
    name: options.name,
    ...(span.slide === undefined ? {} : { slide: span.slide }),
    check: span.check,
    open,
  });
  return onPairs(checked(span.check, operator) as OperatorFunction<Batch<Pair<K, V>>, Batch<Pair<K, Widen<V>>>>);
}
