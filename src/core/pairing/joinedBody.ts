import type { BatchBody, Visit } from '../batch/Batch.ts';
import type { Scope } from '../batch/Scope.ts';
import { KeyIndex, Several } from '../keys/KeyIndex.ts';
import type { Identify } from '../keys/keyIdentity.ts';
import type { Pair } from '../keys/Pair.ts';
import { operatorError } from '../operatorError.ts';

/** One side of a join. */
export interface JoinSide<K, V> {
  readonly body: BatchBody<Pair<K, V>>;
  /** What a message calls it: `the other stream`. */
  readonly name: string;
}

/** What a join is called in messages, and how it tells its keys apart. */
export interface JoinKeys<K> {
  readonly operator: string;
  readonly scope: Scope;
  readonly identify: Identify<K>;
}

/** What a join gives besides the matches. */
export interface JoinKind {
  /** A pair with `undefined` for each walked record without a match. */
  readonly keepsWalked: boolean;
  /** A pair with `undefined` for each indexed record without a match; they come last. */
  readonly keepsIndexed: boolean;
  /** The indexed value stands first in the result. */
  readonly indexedFirst: boolean;
}

/** The values of two sides that have one key. */
export type Both<W, I> = readonly [W | I | undefined, W | I | undefined];

/** The records of one side, to be looked up by key. */
export interface Indexed<K, V> {
  readonly index: KeyIndex<V>;
  /** The records and what their keys are told apart by, for a join that keeps those without a match; else none. */
  readonly records: readonly Pair<K, V>[];
  readonly identities: readonly unknown[];
}

/** Reads a side into an index. */
export function indexOf<K, V>(
  { operator, scope, identify }: JoinKeys<K>,
  { body, name }: JoinSide<K, V>,
  { keepsIndexed }: JoinKind,
): Indexed<K, V> {
  const index = new KeyIndex<V>();
  const records = body.array ?? collected(body);
  const identities: unknown[] = [];
  let at = 0;
  try {
    for (; at < records.length; at++) {
      const record = records[at] as Pair<K, V>;
      const identity = identify(record[0]);
      index.add(identity, record[1]);
      if (keepsIndexed) identities.push(identity);
    }
  } catch (error) {
    throw operatorError(operator, error, scope, at, name);
  }
  return { index, records: keepsIndexed ? records : [], identities };
}

/**
 * The pairs of the records of `walked`, in their order, with each of their matches, in the order of those; then, if they are kept,
 * the indexed records without one. Can be read again; goes through `walked` each time, no further than the reader.
 */
export function joinedTo<K, W, I>(
  keys: JoinKeys<K>,
  indexed: Indexed<K, I>,
  walked: JoinSide<K, W>,
  kind: JoinKind,
): BatchBody<Pair<K, Both<W, I>>> {
  return {
    run: (visit) => visitMatches(keys, indexed, walked, kind, visit),
    collect: () => allMatches(keys, indexed, walked, kind),
  };
}

function visitMatches<K, W, I>(
  { operator, scope, identify }: JoinKeys<K>,
  indexed: Indexed<K, I>,
  walked: JoinSide<K, W>,
  { keepsWalked, keepsIndexed, indexedFirst }: JoinKind,
  visit: Visit<Pair<K, Both<W, I>>>,
): void {
  const { index } = indexed;
  const matched = keepsIndexed ? new Set<unknown>() : undefined;
  const give = (key: K, walkedValue: W | undefined, indexedValue: I | undefined): unknown =>
    visit([key, indexedFirst ? [indexedValue, walkedValue] : [walkedValue, indexedValue]]);
  let at = 0;
  let stopped = false;
  walked.body.run((record) => {
    let key: K;
    let identity: unknown;
    try {
      key = record[0];
      identity = identify(key);
    } catch (error) {
      throw operatorError(operator, error, scope, at, walked.name);
    }
    at++;
    const found = index.find(identity);
    if (found === undefined) {
      if (keepsWalked) stopped = give(key, record[1], undefined) === false;
    } else {
      matched?.add(identity);
      if (found instanceof Several) {
        for (const value of (found as Several<I>).values) {
          stopped = give(key, record[1], value) === false;
          if (stopped) break;
        }
      } else stopped = give(key, record[1], index.only(found)) === false;
    }
    return stopped ? false : undefined;
  });
  if (stopped || matched === undefined) return;
  for (const [key, value] of withoutMatch(indexed, matched)) if (give(key, undefined, value) === false) return;
}

/** The same for a reader that wants all of them: without a call for each, which costs as much as the rest. */
function allMatches<K, W, I>(
  { operator, scope, identify }: JoinKeys<K>,
  indexed: Indexed<K, I>,
  { body, name }: JoinSide<K, W>,
  { keepsWalked, keepsIndexed, indexedFirst }: JoinKind,
): readonly Pair<K, Both<W, I>>[] {
  const { index } = indexed;
  const records = body.array ?? collected(body);
  const matched = keepsIndexed ? new Set<unknown>() : undefined;
  const joined: Pair<K, Both<W, I>>[] = [];
  let at = 0;
  try {
    for (; at < records.length; at++) {
      const record = records[at] as Pair<K, W>;
      const key = record[0];
      const value = record[1];
      const identity = identify(key);
      const found = index.find(identity);
      if (found === undefined) {
        if (keepsWalked) joined.push([key, indexedFirst ? [undefined, value] : [value, undefined]]);
        continue;
      }
      matched?.add(identity);
      if (found instanceof Several) {
        const { values } = found as Several<I>;
        for (let i = 0; i < values.length; i++) {
          const match = values[i];
          joined.push([key, indexedFirst ? [match, value] : [value, match]]);
        }
      } else {
        const match = index.only(found);
        joined.push([key, indexedFirst ? [match, value] : [value, match]]);
      }
    }
  } catch (error) {
    throw operatorError(operator, error, scope, at, name);
  }
  if (matched === undefined) return joined;
  for (const [key, value] of withoutMatch(indexed, matched)) joined.push([key, [undefined, value]]);
  return joined;
}

/** The indexed records whose key has not been found, in their order. */
function withoutMatch<K, I>(
  { records, identities }: Indexed<K, I>,
  matched: ReadonlySet<unknown>,
): readonly Pair<K, I>[] {
  return records.filter((_, at) => !matched.has(identities[at]));
}

function collected<T>(body: BatchBody<T>): readonly T[] {
  if (body.collect !== undefined) return body.collect();
  const records: T[] = [];
  body.run((record) => {
    records.push(record);
  });
  return records;
}
