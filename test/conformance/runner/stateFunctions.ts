import { namedFunction, type Vocabulary } from './vocabulary.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of vectors have no type
type Any = any;

/** What `updateStateByKey` is given. */
export type StateUpdate = (values: readonly Any[], state: Any, key: unknown, batchTime: number) => unknown;

const STATE_UPDATE: Vocabulary<StateUpdate> = {
  runningSum:
    () =>
    (values, state = 0) =>
      values.reduce((sum, value) => sum + value, state),
  appendValues:
    () =>
    (values, state = []) => [...state, ...values],
  addBatchTimeIfValues:
    () =>
    (values, state = 0, _key, batchTime) =>
      values.length > 0 ? state + batchTime : state,
  countDroppedAfterTwoIdleBatches:
    () =>
    (values, state = { count: 0, idle: 0 }) => {
      if (values.length > 0) return { count: values.reduce((sum, value) => sum + value, state.count), idle: 0 };
      return state.idle + 1 < 2 ? { count: state.count, idle: state.idle + 1 } : undefined;
    },
};

/** A function of new values and old state. */
export const stateFunction = (named: unknown): StateUpdate => namedFunction('updateStateByKey', named, STATE_UPDATE);
