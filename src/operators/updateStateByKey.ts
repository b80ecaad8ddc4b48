import type { OperatorFunction } from 'rxjs';
import { promptFunction } from '../core/arguments.ts';
import type { Batch, BatchBody } from '../core/batch/Batch.ts';
import { liveBody } from '../core/batch/liveBody.ts';
import { groupInState } from '../core/keys/groupInState.ts';
import { KeyFault } from '../core/keys/KeyFault.ts';
import { keyFailure } from '../core/keys/keyFailure.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { scanBatches } from '../core/state/BatchScan.ts';
import { initialState } from '../core/state/initialState.ts';
import { NOWHERE } from '../core/state/PlaceIndex.ts';
import { STATE_OPTIONS, type StateOptions, stateShape } from '../core/state/StateOptions.ts';
import { STATE_VALUES_OPTIONS, type StateValuesOptions, stateValues } from '../core/state/StateValues.ts';
import { wholeValue } from '../core/state/ValuesIn.ts';

/** What a key without records in the batch is given. */
const NO_VALUES: readonly never[] = Object.freeze([]);

/** Options of {@link updateStateByKey}. */
export interface UpdateStateByKeyOptions<K, S> extends KeyOptions<K>, StateOptions<S>, StateValuesOptions {
  /** The state before the very first batch: passed to `update` and given, also without data. Default: none. */
  readonly initial?: Iterable<readonly [K, S]>;
}

const OPTIONS: KnownOptions<UpdateStateByKeyOptions<unknown, unknown>> = {
  ...KEY_OPTIONS,
  ...STATE_OPTIONS,
  ...STATE_VALUES_OPTIONS,
  initial: true,
};

/**
 * Keeps a state for each key: `update` gets the batch's values of the key and its state, and gives the new state, or
 * `undefined` to drop the key. The result holds every key. Spark's `updateStateByKey`.
 *
 * ```text
 * source                      -([a,1] [b,1])-([a,2])---------( )-------------|
 * updateStateByKey(addTo)     -([a,1] [b,1])-([a,3] [b,1])---([a,3] [b,1])---|
 * ```
 *
 * - `update` is called for every key with values or state, in every batch: the cost of a batch follows all keys.
 * - A state is never changed in place: give a new value; the same reference means unchanged.
 * - **Errors**: a throwing `update` fails the run with `OPERATOR_FAILED`, naming the key and its first record in the batch, if
 *   it has one; the state stays as before the batch.
 * - **Offsets** and state move together: after a failure the state is as if each record had been applied once.
 * - **Holds** one entry a key: in memory, and in the checkpoint under `name`. With `values` the states lie on disk, as far as they do not
 *   fit into its cache, and every batch reads all of them.
 */
export function updateStateByKey<T extends Pair<unknown, unknown> | MakePairsFirst, S>(
  update: (
    values: readonly Widen<ValueOf<T>>[],
    state: S | undefined,
    key: KeyOf<T>,
    batchTime: number,
  ) => S | undefined,
  options: UpdateStateByKeyOptions<KeyOf<T>, S> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, S>>> {
  const operator = 'updateStateByKey';
  promptFunction(`${operator}(update)`, update);
  knownOptions(operator, options, OPTIONS);
  const identify = keyIdentity(operator, options);
  const shape = stateShape(operator, options);
  const values = stateValues(operator, options);
  const begin = initialState(operator, options.initial);
  type Key = KeyOf<T>;
  type Value = Widen<ValueOf<T>>;
  return onPairs(
    scanBatches<Pair<Key, ValueOf<T>>, Pair<Key, S>>({
      operator,
      name: options.name,
      shape,
      open(state) {
        const keys = state.collection<Key, S>('keys', { identify, valuesIn: wholeValue, values });
        begin(state, (key, value) => keys.set(key, value));
        return (batch) => {
          const { time, scope } = batch;
          const body = batch.body as BatchBody<Pair<Key, Value>>;
          const { known, others } = groupInState(operator, scope, body, keys, identify);
          let key: Key | undefined;
          try {
            for (let at = keys.first; at !== NOWHERE; at = keys.next(at)) {
              key = keys.keyAt(at);
              const tag = keys.tagAt(at);
              let values: readonly Value[] = NO_VALUES;
              if (tag > 0) {
                values = known[tag - 1] as Value[];
                keys.setTagAt(at, 0);
              }
              const before = keys.valueAt(at);
              const after = update(values, before, key, time);
              if (after === undefined) keys.deleteAt(at);
              else if (after !== before) keys.replaceAt(at, after);
            }
            for (const [other, values] of others.values()) {
              key = other;
              const after = update(values, undefined, key, time);
              if (after !== undefined) keys.put(key, after);
            }
          } catch (error) {
            throw keyFailure(operator, new KeyFault(key as Key, error), batch, identify);
          }
          return batch.derive(
            liveBody<Pair<Key, S>>(scope, (visit) => {
              for (let at = keys.first; at !== NOWHERE; at = keys.next(at)) {
                if (visit([keys.keyAt(at), keys.valueAt(at)]) === false) return;
              }
            }),
          );
        };
      },
    }),
  );
}
