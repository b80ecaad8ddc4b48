import type { OperatorFunction } from 'rxjs';
import { functionArgument } from '../core/arguments.ts';
import type { Batch } from '../core/Batch.ts';
import { scanBatches } from '../core/BatchScan.ts';
import { combineInto } from '../core/combineInto.ts';
import { initialState } from '../core/initialState.ts';
import { KeyFault } from '../core/KeyFault.ts';
import { keyFailure } from '../core/keyFailure.ts';
import { type KeyOptions, keyIdentity } from '../core/keyIdentity.ts';
import { liveBody } from '../core/liveBody.ts';
import { onPairs } from '../core/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/Pair.ts';

/** Options of {@link updateStateByKey}. */
export interface UpdateStateByKeyOptions<K, S> extends KeyOptions<K> {
  /** The name the state has in a checkpoint. Needed under a durable one. */
  readonly name?: string;
  /** The state before the very first batch: passed to `update` and given, also without data. */
  readonly initial?: Iterable<readonly [K, S]>;
}

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
 * - **Errors**: a throwing `update` fails the run with `OPERATOR_FAILED`; the state stays as before the batch.
 * - **Offsets** and state move together: after a failure the state is as if each record had been applied once.
 * - **Holds** one entry a key: in memory, and in the checkpoint under `name`.
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
  functionArgument(`${operator}(update)`, update);
  const identify = keyIdentity(operator, options);
  const begin = initialState(operator, options.initial);
  type Key = KeyOf<T>;
  type Value = Widen<ValueOf<T>>;
  const grouping = {
    create: (value: ValueOf<T>): Value[] => [value as Value],
    merge(values: Value[], value: ValueOf<T>): Value[] {
      values.push(value as Value);
      return values;
    },
  };
  return onPairs(
    scanBatches<Pair<Key, ValueOf<T>>, Pair<Key, S>>({
      operator,
      name: options.name,
      open(state) {
        const keys = state.collection<Key, S>('keys', identify);
        begin(state, (key, value) => keys.set(key, value));
        return (batch) => {
          const { time, scope } = batch;
          const groups = combineInto(operator, scope, batch.body, grouping, identify);
          let at: Key | undefined;
          try {
            for (const cell of keys.cells()) {
              const { key, value: before } = cell;
              at = key;
              const identity = identify(key);
              const after = update(groups.get(identity)?.[1] ?? [], before, key, time);
              groups.delete(identity);
              if (after === undefined) keys.delete(key);
              else keys.replace(cell, after);
            }
            for (const [key, values] of groups.values()) {
              at = key;
              const after = update(values, undefined, key, time);
              if (after !== undefined) keys.set(key, after);
            }
          } catch (error) {
            throw keyFailure(operator, new KeyFault(at as Key, error), batch, identify);
          }
          return batch.derive(
            liveBody<Pair<Key, S>>(scope, (visit) => {
              for (const { key, value } of keys.cells()) if (visit([key, value]) === false) return;
            }),
          );
        };
      },
    }),
  );
}
