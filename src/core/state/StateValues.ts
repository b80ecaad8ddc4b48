import { functionArgument, optionsArgument, wholeNumber } from '../arguments.ts';
import type { KnownOptions } from '../knownOptions.ts';

/**
 * Where the values of one keyed state lie while they are not in memory. A scratch: it is asked for what this process has written and
 * for nothing else, and whatever is in it may vanish with the process. All answers are prompt.
 */
export interface ValueStore {
  /** The value that was written last to a slot, equal to it, good for as long as its caller likes. Never asked of an unwritten one. */
  read(slot: number): unknown;
  /**
   * Puts values into slots, the n-th into the n-th, in place of what is there. A slot is a whole number from 0; not one is higher than
   * about as many values as there were at once. If it throws the run fails, and nothing is asked of it any more but to close.
   */
  write(slots: readonly number[], values: readonly unknown[]): void;
  /** Lets everything go. Does not throw. */
  close(): void;
}

/**
 * Keeps the values of a state outside the memory of the process, behind a cache: given to an operator as its option `values`. Its keys, and
 * how they are found and ordered, stay in memory. One may be given to several operators.
 */
export interface StateValues {
  /** How many values of a state are in memory at most. */
  readonly cachedValues: number;
  /** A new and empty store, for one state of one run; `state` is for messages. Throws if there can be none. */
  open(state: string): ValueStore;
}

/** Options of operators whose values may lie outside memory. */
export interface StateValuesOptions {
  /** Where the states lie: `lmdbValues(...)` for more than fits into memory. Default: all of them in memory. */
  readonly values?: StateValues;
}

export const STATE_VALUES_OPTIONS: KnownOptions<StateValuesOptions> = { values: true };

/** Checks the option where it is written. */
export function stateValues(operator: string, { values }: StateValuesOptions): StateValues | undefined {
  if (values === undefined) return undefined;
  optionsArgument(`${operator}({ values })`, values, "lmdbValues({ folder: './scratch', cachedValues: 100_000 })");
  wholeNumber(`${operator}({ values: { cachedValues } })`, values.cachedValues, 1);
  functionArgument(`${operator}({ values: { open } })`, values.open);
  return values;
}
