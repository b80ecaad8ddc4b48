import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import type { Pair } from '../../../src/core/keys/Pair.ts';

export type Count = Pair<string, number>;

/** Makes a function of the user one that fails when the test says so. */
// biome-ignore lint/suspicious/noExplicitAny: whatever function the operator takes
export type Trap = <F extends (...args: any[]) => unknown>(fn: F) => F;

/** What an error says about where a function failed: the position of a record, a key, or neither. */
export interface Place {
  readonly record?: number;
  readonly key?: string;
  readonly side?: string;
}

/** One function of the user that an operator takes. */
export interface Fault {
  /** What the operator's page calls it. */
  readonly fn: string;
  /** The operator, with `trap` around that function. */
  make(trap: Trap): OperatorFunction<Batch<Count>, Batch<unknown>>;
  /** The second batch, in which the function fails. The first one is {@link BEFORE}. */
  readonly batch?: readonly Count[];
  /**
   * For each call of the function in the second batch, in order, what the error says when it fails there: a number is the position of a
   * record. Of a `keyOf` the first calls; it may be asked again for keys that it knows. `whole batch`: the error says neither record
   * nor key, however often the function is called.
   */
  readonly places: readonly (number | Place)[] | 'whole batch';
}

/** An operator that takes no function that could fail. */
export interface NoFault {
  takesNone(): OperatorFunction<Batch<Count>, Batch<unknown>>;
}

/** The batch before the one that fails. */
export const BEFORE: readonly Count[] = [
  ['a', 1],
  ['b', 2],
  ['x', 7],
  ['y', 8],
  ['z', 9],
  ['a', 3],
];

/** The batch that fails, where a row has none of its own: two keys with several records, and a new one. */
export const FAILING: readonly Count[] = [
  ['a', 1],
  ['b', 2],
  ['a', 3],
  ['b', 4],
  ['a', 5],
  ['c', 6],
];

/** The batch after it: old keys and new ones. */
export const AFTER: readonly Count[] = [
  ['b', 5],
  ['z', 1],
  ['d', 2],
];
