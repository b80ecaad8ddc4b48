import type { KeyState } from 'rx-dstream';
import { namedFunction, type Vocabulary } from './vocabulary.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of vectors have no type
type Any = any;

/** What `mapWithState` is given. */
export type StateMapping = (key: Any, value: Any, state: KeyState<Any>) => unknown;

const runningSum =
  (give: (key: Any, sum: number) => unknown): (() => StateMapping) =>
  () =>
  (key, value = 0, state) => {
    const sum = (state.getOption() ?? 0) + value;
    state.update(sum);
    return give(key, sum);
  };

const STATE_MAPPING: Vocabulary<StateMapping> = {
  stateRunningSum: runningSum((_key, sum) => sum),
  stateRunningSumEmitKeyTwice: runningSum((key) => key + key),
  stateRunningSumEmitPair: runningSum((key, sum) => [key, sum]),
  stateRunningSumEmitNothing: runningSum(() => undefined),
  stateToggleRemoveEmitKey: () => (key, value, state) => {
    if (!state.exists()) return state.update(value);
    state.remove();
    return key;
  },
  stateEmitKeyOnTimeout: () => (key, _value, state) => (state.isTimingOut() ? key : state.update(1)),
  stateCommand: () => (_key, command, state) => {
    if (command === 1) state.update(state.exists() ? state.get() + 1 : 0);
    if (command === 2) state.remove();
    return undefined;
  },
};

/** A function of a record and the state of its key. */
export const stateMapping = (named: unknown): StateMapping => namedFunction('mapWithState', named, STATE_MAPPING);
