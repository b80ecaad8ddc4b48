import { optionsArgument, promptFunction, refuse, textArgument, wholeNumber } from '../arguments.ts';
import type { KnownOptions } from '../knownOptions.ts';

/**
 * Writes values of an own type as plain data and reads them again: what a checkpoint outside the process needs for classes, whose
 * methods and private fields it could not keep.
 *
 * ```ts
 * const money: StateCodec<Money> = {
 *   name: 'money',
 *   encode: (value) => value.cents,
 *   decode: (stored) => new Money(stored as bigint),
 * };
 * ```
 */
export interface StateCodec<V> {
  /** Is kept with the state: what one codec has written is given to no other one. */
  readonly name: string;
  /** Gives what `structuredClone` can copy. Answers at once and leaves the value as it is. */
  encode(value: V): unknown;
  /** Makes the value again of what `encode` gave; never `undefined`. Answers at once. */
  decode(stored: unknown): V;
}

/** What every operator that keeps values of the user's can be told about its state. */
export interface StateOptions<V> {
  /** The name the state has in a checkpoint. Needed under a durable one. */
  readonly name?: string;
  /** The version of the shape of the values: raise it when a value looks otherwise than before, or gets a `codec`. Default 0. */
  readonly version?: number;
  /**
   * Makes a value of this version of one that was kept under an earlier `version`: of what lay in the checkpoint, as the `codec` of
   * that time had written it; the parameter may be declared as that. Called for each value when the state is restored; answers at once,
   * never with `undefined`.
   */
  migrate?(stored: unknown, version: number): NoInfer<V>;
  /** Writes and reads values of an own type. Default: they are kept as they are, which plain data allows. */
  readonly codec?: StateCodec<NoInfer<V>>;
}

export const STATE_OPTIONS: KnownOptions<StateOptions<unknown>> = {
  name: true,
  version: true,
  migrate: true,
  codec: true,
};

/** The checked shape of an operator's values. */
export interface StateShape {
  readonly version: number;
  readonly migrate: ((stored: unknown, version: number) => unknown) | undefined;
  readonly codec: StateCodec<unknown> | undefined;
}

/** Values that are kept as they are, and always have been. */
export const PLAIN_SHAPE: StateShape = { version: 0, migrate: undefined, codec: undefined };

/** Checks the options of a state where they are written. */
export function stateShape(operator: string, options: StateOptions<unknown>): StateShape {
  const { migrate, codec } = options;
  const version = wholeNumber(`${operator}({ version })`, options.version ?? 0, 0);
  if (migrate !== undefined) {
    promptFunction(`${operator}({ migrate })`, migrate);
    if (version === 0) {
      const advice = 'Values without a version have version 0: raise it to 1, so that they are migrated.';
      refuse(`${operator}({ version })`, 'at least 1 beside { migrate }', options.version, advice);
    }
  }
  if (codec !== undefined) {
    optionsArgument(`${operator}({ codec })`, codec, '{ name, encode, decode }');
    textArgument(`${operator}({ codec: { name } })`, codec.name);
    promptFunction(`${operator}({ codec: { encode } })`, codec.encode);
    promptFunction(`${operator}({ codec: { decode } })`, codec.decode);
  }
  return { version, migrate: migrate?.bind(options), codec };
}
