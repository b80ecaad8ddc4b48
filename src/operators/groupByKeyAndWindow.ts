import { type OperatorFunction, pipe } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { joinLists, type Lists, listOf } from '../core/pairing/joinedLists.ts';
import { STATE_OPTIONS, type StateOptions } from '../core/state/StateOptions.ts';
import { columnLists } from '../core/state/ValuesIn.ts';
import { plainWindowReduction } from '../core/windows/plainWindowReduction.ts';
import { windowOperator } from '../core/windows/windowOperator.ts';
import { WINDOW_OPTIONS, type WindowOptions, windowSpan } from '../core/windows/windowSpan.ts';

/** Options of {@link groupByKeyAndWindow}. */
export interface GroupByKeyAndWindowOptions<K, V = unknown> extends WindowOptions, KeyOptions<K>, StateOptions<V> {}

const OPTIONS: KnownOptions<GroupByKeyAndWindowOptions<unknown>> = {
  ...WINDOW_OPTIONS,
  ...KEY_OPTIONS,
  ...STATE_OPTIONS,
};

/**
 * Collects the values of each key over the last `window` milliseconds, in order of arrival, every `slide` milliseconds. Spark's
 * `groupByKeyAndWindow`.
 *
 * ```text
 * source, interval 1s                   -([a,1])---([a,2] [b,3])-------( )---------------|
 * groupByKeyAndWindow({ window: 2s })   -([a,[1]])-([a,[1,2]] [b,[3]])-([a,[2]] [b,[3]])-|
 * ```
 *
 * To sum or count, `reduceByKeyAndWindow` keeps one value a key and batch instead of all.
 *
 * - A key disappears with its last record.
 * - Equal keys are those equal as `Map` keys or, in tuples, element by element; objects by `keyOf`.
 * - A slide costs what entered and left the window, a reading the values it gives.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`; a key that is an object,
 *   without `keyOf`, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets**: committed as each batch settles.
 * - **Holds** all values of one window: in memory, and in the checkpoint under `name`.
 */
export function groupByKeyAndWindow<T extends Pair<unknown, unknown> | MakePairsFirst>(
  options: GroupByKeyAndWindowOptions<KeyOf<T>, ValueOf<T>>,
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, ValueOf<T>[]>>> {
  const operator = 'groupByKeyAndWindow';
  knownOptions(operator, options, OPTIONS);
  const span = windowSpan(operator, options);
  const identify = keyIdentity(operator, options);
  type Key = KeyOf<T>;
  type Value = ValueOf<T>;
  /** What is kept of a batch is plain lists; joined ones are made of them and never kept. */
  const combiner = {
    create: (value: Value): Lists<Value> => [value],
    merge(values: Lists<Value>, value: Value): Lists<Value> {
      (values as Value[]).push(value);
      return values;
    },
  };
  return onPairs(
    pipe(
      windowOperator<Pair<Key, Value>, Pair<Key, Lists<Value>>>(
        span,
        plainWindowReduction(span, { part: 'groups', combiner, reduce: joinLists, identify, valuesIn: columnLists }),
      ),
      wide<Pair<Key, Lists<Value>>, Pair<Key, Value[]>>(operator, (body) => ({
        run(visit) {
          body.run(([key, lists]) => visit([key, listOf(lists)]));
        },
      })),
    ),
  );
}
