import { functionArgument, shown } from '../arguments.ts';
import type { KnownOptions } from '../knownOptions.ts';

/** What tells keys apart: primitives, compared as a `Map` compares them (`NaN` is itself, `-0` is `0`). */
export type KeyIdentity = string | number | bigint | boolean | symbol | null | undefined;

/** Options of the operators that bring records of one key together. */
export interface KeyOptions<K> {
  /**
   * What a key is told apart by, for keys that are objects. Without it strings, numbers, bigints, booleans, `null` and
   * `undefined` are themselves, tuples (arrays) of those are equal when their elements are, and other objects are refused.
   */
  readonly keyOf?: (key: K) => KeyIdentity;
}

export const KEY_OPTIONS: KnownOptions<KeyOptions<unknown>> = { keyOf: true };

/** Gives each key the primitive it is told apart by. */
export type Identify<K> = (key: K) => unknown;

/** Begins the identity of whatever is not its own, so that no string is taken for a tuple. */
const MARK = '\u0000';

/** How an operator tells its keys apart, checked where the option is written. */
export function keyIdentity<K>(operator: string, { keyOf }: KeyOptions<K>): Identify<K> {
  if (keyOf === undefined) return ownIdentity;
  functionArgument(`${operator}({ keyOf })`, keyOf);
  return (key) => {
    const identity: unknown = keyOf(key);
    if (isPrimitive(identity)) return identity;
    throw new TypeError(`expected a string, a number or another primitive from keyOf, got ${shown(identity)}`);
  };
}

/** The identity of keys that are not objects, or tuples. */
export function ownIdentity(key: unknown): unknown {
  if (typeof key === 'string') return key.charCodeAt(0) === 0 ? `${MARK}s${key}` : key;
  if (isPrimitive(key)) return key;
  return tupleIdentity(key, key);
}

function tupleIdentity(key: unknown, whole: unknown): string {
  if (!Array.isArray(key)) {
    throw new TypeError(
      `expected a key that is a string, a number, another primitive or a tuple of those, got ${shown(whole)}. ` +
        'Two objects are never the same key: say what tells them apart with { keyOf: (key) => ... }.',
    );
  }
  let identity = `${MARK}(`;
  for (const element of key as readonly unknown[]) identity += elementIdentity(element, whole);
  return `${identity})`;
}

/** Each kind with its own letter, texts with their length: elements can be told apart wherever one ends. */
function elementIdentity(element: unknown, whole: unknown): string {
  switch (typeof element) {
    case 'string':
      return `s${element.length}:${element}`;
    case 'number':
      return `n${element === 0 ? 0 : element};`;
    case 'bigint':
      return `i${element};`;
    case 'boolean':
      return element ? 't' : 'f';
    case 'undefined':
      return 'u';
    case 'object':
      return element === null ? 'l' : tupleIdentity(element, whole);
    default:
      throw new TypeError(
        `expected strings, numbers and other plain values in a tuple that is a key, got ${shown(element)}`,
      );
  }
}

function isPrimitive(value: unknown): boolean {
  return (typeof value !== 'object' && typeof value !== 'function') || value === null;
}
