import type { OperatorFunction } from 'rxjs';
import { promptFunction, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { StateBatch } from '../core/batch/StateBatch.ts';
import type { Milliseconds } from '../core/durations.ts';
import { KeyFault } from '../core/keys/KeyFault.ts';
import { keyFailure } from '../core/keys/keyFailure.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { operatorError } from '../core/operatorError.ts';
import { scanBatches } from '../core/state/BatchScan.ts';
import { BEFORE_RECORDS } from '../core/state/Deadlines.ts';
import { eachPlaced } from '../core/state/eachPlaced.ts';
import { initialState } from '../core/state/initialState.ts';
import { type KeyState, OpenKeyState } from '../core/state/KeyState.ts';
import type { KeyStates } from '../core/state/KeyStates.ts';
import { NOWHERE } from '../core/state/PlaceIndex.ts';
import { PlainStates } from '../core/state/PlainStates.ts';
import { STATE_OPTIONS, type StateOptions, stateShape } from '../core/state/StateOptions.ts';
import { STATE_VALUES_OPTIONS, type StateValuesOptions, stateValues } from '../core/state/StateValues.ts';
import { TouchedStates } from '../core/state/TouchedStates.ts';

/** Options of {@link mapWithState}. */
export interface MapWithStateOptions<K, S> extends KeyOptions<K>, StateOptions<S>, StateValuesOptions {
  /** The state before the very first batch. Default: none. */
  readonly initial?: Iterable<readonly [K, S]>;
  /**
   * Forgets a key that has had no record for longer than this, by batch times: in the first batch later than that, after the
   * records of it, the function is called once more, with `state.isTimingOut()`. Default: never.
   */
  readonly timeout?: Milliseconds;
}

const OPTIONS: KnownOptions<MapWithStateOptions<unknown, unknown>> = {
  ...KEY_OPTIONS,
  ...STATE_OPTIONS,
  ...STATE_VALUES_OPTIONS,
  initial: true,
  timeout: true,
};

/**
 * Calls `fn` for each record, in order of arrival, with the state of its key, which it may update or remove; what it gives is
 * the mapped record. Only keys with records cost anything. Spark's `mapWithState`.
 *
 * ```text
 * source                   -([a,1] [b,1] [a,1])---([a,2])---( )---|
 * mapWithState(countUp)    -(1 1 2)---------------(4)-------( )---|
 * ```
 *
 * - `fn` gives `undefined` for no record. It sees what it did to the state earlier in the batch.
 * - A state is never changed in place: `state.update` a new value.
 * - With a `timeout` each record keeps its key alive, also if the state was not updated. When the time has run out `fn` gets no value
 *   (`undefined`), `state.isTimingOut()` is true, and the state is removed after the call; what `fn` gives is given. Such calls come
 *   after the records of the batch, in the order in which the keys were last touched.
 * - `stateSnapshots()` after it gives the states of all keys.
 * - **Errors**: a throwing `fn` fails the run with `OPERATOR_FAILED`, naming the record; the state stays as before the batch.
 *   Misuse of the state throws where it happens: `get` without a state, `update` or `remove` after `remove` or while timing out.
 * - **Offsets** and state move together: after a failure the state is as if each record had been applied once.
 * - **Holds** one entry a key, with a `timeout` also when it was touched: in memory, and in the checkpoint under `name`. With `values` the
 *   states lie on disk, as far as they do not fit into its cache.
 */
export function mapWithState<T extends Pair<unknown, unknown> | MakePairsFirst, S, U>(
  fn: (key: KeyOf<T>, value: Widen<ValueOf<T>> | undefined, state: KeyState<S>, batchTime: number) => U | undefined,
  options: MapWithStateOptions<KeyOf<T>, S> = {},
): OperatorFunction<Batch<T>, StateBatch<U, KeyOf<T>, S>> {
  const operator = 'mapWithState';
  promptFunction(`${operator}(fn)`, fn);
  knownOptions(operator, options, OPTIONS);
  const identify = keyIdentity(operator, options);
  const timeout =
    options.timeout === undefined ? undefined : wholeNumber(`${operator}({ timeout })`, options.timeout, 1);
  const shape = stateShape(operator, options);
  const values = stateValues(operator, options);
  const begin = initialState(operator, options.initial);
  type Key = KeyOf<T>;
  type Value = Widen<ValueOf<T>>;
  const scan = scanBatches<Pair<Key, Value>, U>({
    operator,
    name: options.name,
    shape,
    open(claimed, { time: now }) {
      const states: KeyStates<Key, S> =
        timeout === undefined
          ? new PlainStates(claimed, identify, values)
          : new TouchedStates(claimed, identify, timeout, now, values);
      let begun = BEFORE_RECORDS;
      begin(claimed, (key, state) => states.set(key, states.finder.find(key), state, now, begun++));
      const state = new OpenKeyState<S>();
      return (batch) => {
        const { time, scope } = batch;
        const mapped: U[] = [];
        let at = 0;
        try {
          eachPlaced(states.finder, batch.body, (key, value, place) => {
            if (place === NOWHERE) state.openWithout();
            else state.openWith(states.stateAt(place));
            const given = fn(key, value, state, time);
            state.close();
            if (given !== undefined) mapped.push(given);
            if (state.outcome === 'updated') states.set(key, place, state.left, time, at);
            else if (place !== NOWHERE) {
              if (state.outcome === 'removed') states.deleteAt(place);
              else states.touchAt(place, time, at);
            }
            at++;
          });
        } catch (error) {
          throw operatorError(operator, error, scope, at);
        }
        states.takeDue(time, (place) => {
          const key = states.keyAt(place);
          state.openWith(states.stateAt(place), true);
          let given: U | undefined;
          try {
            given = fn(key, undefined, state, time);
          } catch (error) {
            throw keyFailure(operator, new KeyFault(key, error), batch, identify);
          }
          state.close();
          if (given !== undefined) mapped.push(given);
          states.deleteAt(place);
        });
        return new StateBatch<U, Key, S>(batch, mapped, (visit) => states.visit(visit));
      };
    },
  });
  return scan as unknown as OperatorFunction<Batch<T>, StateBatch<U, Key, S>>;
}
