import type { KeyColumns } from '../keys/KeyColumns.ts';
import { type Lists, listOf } from '../pairing/joinedLists.ts';
import type { Touched } from './TouchedStates.ts';

/** What each of the user's values becomes; `key` is for messages. */
export type EachValue = (value: unknown, key: unknown) => unknown;

/** Where the user's values are in what a collection keeps of one key: gives the same with each of them replaced. */
export type ValuesIn<K, C> = (kept: C, key: K, each: EachValue) => unknown;

/** All of it is the user's value. */
export const wholeValue: ValuesIn<unknown, unknown> = (kept, key, each) => each(kept, key);

/** The state, beside the time of its last record. */
export const touchedState: ValuesIn<unknown, Touched<unknown>> = ({ state, time, at }, key, each) => ({
  state: each(state, key),
  time,
  at,
});

/** One reduced value for each key of a batch. */
export const columnValues: ValuesIn<unknown, KeyColumns<unknown, unknown>> = ({ keys, values }, _time, each) => ({
  keys,
  values: values.map((value, n) => each(value, keys[n])),
});

/** A list of values for each key of a batch. */
export const columnLists: ValuesIn<unknown, KeyColumns<unknown, Lists<unknown>>> = ({ keys, values }, _time, each) => ({
  keys,
  values: values.map((list, n) => listOf(list).map((value) => each(value, keys[n]))),
});

/** The records of a batch. */
export const recordValues: ValuesIn<unknown, readonly unknown[]> = (records, time, each) =>
  records.map((record) => each(record, time));
