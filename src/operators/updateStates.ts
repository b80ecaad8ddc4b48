import type { OperatorFunction } from 'rxjs';
import { promptFunction, shown } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { liveBody } from '../core/batch/liveBody.ts';
import { combineInto } from '../core/keys/combineInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import { onPairs } from '../core/keys/onPairs.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { scanBatches } from '../core/state/BatchScan.ts';
import { initialState } from '../core/state/initialState.ts';
import { STATE_OPTIONS, type StateOptions, stateShape } from '../core/state/StateOptions.ts';
import { wholeValue } from '../core/state/ValuesIn.ts';

/** Options of {@link updateStates}. */
export interface UpdateStatesOptions<K, S> extends KeyOptions<K>, StateOptions<S> {
  /** The state before the very first batch: passed to `update`, also without data. Default: none. */
  readonly initial?: Iterable<readonly [K, S]>;
}

const OPTIONS: KnownOptions<UpdateStatesOptions<unknown, unknown>> = {
  ...KEY_OPTIONS,
  ...STATE_OPTIONS,
  initial: true,
};

/** A key with what a batch brought for it and its state so far. */
export type KeyUpdate<K, V, S> = readonly [key: K, values: readonly V[], state: S | undefined];

/**
 * Keeps a state for each key, decided for all keys together: `update` gets every key with values or state, and gives the keys
 * and states that there are from then on. Spark's `updateStateByKey` with a function of iterators.
 *
 * ```text
 * source                       -([a,1] [b,5])---([a,2] [c,4])---|
 * updateStates(twoLargest)     -([b,5] [a,1])---([b,5] [c,4])---|
 * ```
 *
 * - Keys that are not given back are dropped; others may be new or renamed. Those that stay keep their place, others follow.
 * - A state is never changed in place: give a new value; the same reference means unchanged.
 * - The cost of a batch follows all keys. What looks at one key at a time is `updateStateByKey` or `mapWithState`.
 * - **Errors**: a throwing `update`, one that gives a key twice or a state that is `undefined`, fails the run with
 *   `OPERATOR_FAILED`; the state stays as before the batch.
 * - **Offsets** and state move together: after a failure the state is as if each record had been applied once.
 * - **Holds** one entry a key: in memory, and in the checkpoint under `name`.
 */
export function updateStates<T extends Pair<unknown, unknown> | MakePairsFirst, S>(
  update: (
    keys: Iterable<KeyUpdate<KeyOf<T>, Widen<ValueOf<T>>, S>>,
    batchTime: number,
  ) => Iterable<readonly [KeyOf<T>, S]>,
  options: UpdateStatesOptions<KeyOf<T>, S> = {},
): OperatorFunction<Batch<T>, Batch<Pair<KeyOf<T>, S>>> {
  const operator = 'updateStates';
  promptFunction(`${operator}(update)`, update);
  knownOptions(operator, options, OPTIONS);
  const identify = keyIdentity(operator, options);
  const shape = stateShape(operator, options);
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
      shape,
      open(claimed) {
        const keys = claimed.collection<Key, S>('keys', { identify, valuesIn: wholeValue });
        begin(claimed, (key, state) => keys.set(key, state));
        return (batch) => {
          const { time, scope } = batch;
          const groups = combineInto(operator, scope, batch.body, grouping, identify);
          const updates: Iterable<KeyUpdate<Key, Value, S>> = {
            *[Symbol.iterator]() {
              for (const { key, value: state } of keys.cells())
                yield [key, groups.get(identify(key))?.[1] ?? [], state];
              for (const [key, values] of groups.values()) if (!keys.has(key)) yield [key, values, undefined];
            },
          };
          const after = uniquely(identify, update(updates, time));
          for (const cell of keys.cells()) {
            const identity = identify(cell.key);
            const kept = after.get(identity);
            if (kept === undefined) keys.delete(cell.key);
            else keys.replace(cell, kept[1]);
            after.delete(identity);
          }
          for (const [key, state] of after.values()) keys.set(key, state);
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

/** What was given, by identity: taken in whole before anything changes. */
function uniquely<K, S>(
  identify: (key: K) => unknown,
  given: Iterable<readonly [K, S]>,
): Map<unknown, readonly [K, S]> {
  const after = new Map<unknown, readonly [K, S]>();
  for (const entry of given) {
    const [key, state] = entry;
    const identity = identify(key);
    if (after.has(identity)) {
      throw new TypeError(`expected each key once in what its function gives, got ${shown(key)} twice`);
    }
    if (state === undefined) {
      throw new TypeError(`expected a state for ${shown(key)}, got undefined: leave the key out to drop it`);
    }
    after.set(identity, entry);
  }
  return after;
}
