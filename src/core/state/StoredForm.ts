import { shown } from '../arguments.ts';
import { StreamError } from '../errors.ts';
import { reasonOf } from '../reasonOf.ts';
import { isPlainData } from './plainData.ts';
import type { StateShape } from './StateOptions.ts';
import type { ValuesIn } from './ValuesIn.ts';

/** How what a keyed state has of a key is written down, and read again. */
export interface StoredForm<K, V> {
  encode(kept: V, key: K): unknown;
  decode(stored: unknown, key: K): V;
}

/** What the codec of a state makes of all values; `undefined` where values are kept as they are. */
export function storedForm<K, V>(
  state: string,
  { codec }: StateShape,
  valuesIn: ValuesIn<K, V>,
  restoredIn: ValuesIn<K, never> = valuesIn,
): StoredForm<K, V> | undefined {
  if (codec === undefined) return undefined;
  const called = (what: 'encode' | 'decode'): string => `${what} of the codec '${codec.name}'`;
  const encode = asked(state, called('encode'), (value) => prompt(codec.encode(value)));
  const decode = asked(state, called('decode'), (stored) => given(codec.decode(stored)));
  return {
    encode: (kept, key) => valuesIn(kept, key, encode),
    decode: (stored, key) => restoredIn(stored as never, key, decode) as V,
  };
}

/** Refuses what would come back as something else where it is written. */
export type CheckStored<K> = (stored: unknown, key: K) => void;

/** Sees to it that all values of the user's are plain data, as they are or as the codec has written them. */
export function plainValues<K>(state: string, { codec }: StateShape, valuesIn: ValuesIn<K, never>): CheckStored<K> {
  const todo =
    codec === undefined
      ? 'Keep plain data in the state, or give the operator a codec that makes some of it and reads it again.'
      : `What encode of the codec '${codec.name}' gives must be plain data.`;
  const check = (value: unknown, key: unknown): unknown => {
    if (isPlainData(value)) return value;
    throw new StreamError(
      'STATE_UNREADABLE',
      `The value of the key ${shownKey(key)} in the state '${state}', ${shown(value)}, is no plain data, or holds what is none: an instance of a class, or a function. ${todo}`,
      { details: { state, key } },
    );
  };
  return (stored, key) => void valuesIn(stored as never, key, check);
}

/** What `migrate` makes of values that were kept under this version. */
export function migrated<K, V>(
  state: string,
  migrate: (stored: unknown, version: number) => unknown,
  version: number,
  restoredIn: ValuesIn<K, never>,
): (stored: unknown, key: K) => V {
  const each = asked(state, `migrate from version ${version}`, (stored) => given(migrate(stored, version)));
  return (stored, key) => restoredIn(stored as never, key, each) as V;
}

/** A function of the user's; what goes wrong in it is told with the state and the key. */
function asked(
  state: string,
  what: string,
  call: (value: unknown) => unknown,
): (value: unknown, key: unknown) => unknown {
  return (value, key) => {
    try {
      return call(value);
    } catch (cause) {
      throw new StreamError(
        'STATE_UNREADABLE',
        `The value of the key ${shownKey(key)} in the state '${state}': ${what} failed: ${reasonOf(cause)}`,
        { cause, details: { state, key } },
      );
    }
  };
}

function given(value: unknown): unknown {
  if (value === undefined)
    throw new TypeError('expected a value, got undefined: it must give one for each it is given');
  return prompt(value);
}

function prompt(value: unknown): unknown {
  if (typeof (value as { readonly then?: unknown } | null | undefined)?.then !== 'function') return value;
  throw new TypeError('expected a value, got a promise: it must answer at once');
}

/** A tuple is shown with its elements: an array of 2 could be any. */
function shownKey(key: unknown): string {
  return Array.isArray(key) ? `[${key.map(shown).join(', ')}]` : shown(key);
}
