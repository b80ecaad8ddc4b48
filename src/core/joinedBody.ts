import type { BatchBody } from './Batch.ts';
import { KeyIndex, Several } from './KeyIndex.ts';
import type { Identify } from './keyIdentity.ts';
import { operatorError } from './operatorError.ts';
import type { Pair } from './Pair.ts';
import type { Scope } from './Scope.ts';

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
  readonly index: KeyIndex<Pair<K, V>>;
  readonly records: readonly Pair<K, V>[];
  /** What a message calls it. */
  readonly name: string;
}

/** Reads a side into an index. */
export function indexOf<K, V>(keys: JoinKeys<K>, { body, name }: JoinSide<K, V>): Indexed<K, V> {
  const { identify } = keys;
  const index = new KeyIndex<Pair<K, V>>();
  const records = body.array ?? collected(body);
  let at = 0;
  try {
    for (; at < records.length; at++) {
      const record = records[at] as Pair<K, V>;
      index.add(identify(record[0]), record);
    }
  } catch (error) {
    throw operatorError(keys.operator, error, keys.scope, at, name);
  }
  return { index, records, name };
}

/**
 * The pairs of the records of `walked`, in their order, with each of their matches, in the order of those; then, if they are kept,
 * the indexed records without one. Can be read again; goes through `walked` each time, no further than the reader.
 */
export function joinedTo<K, W, I>(
  { operator, scope, identify }: JoinKeys<K>,
  { index, records, name }: Indexed<K, I>,
  walked: JoinSide<K, W>,
  { keepsWalked, keepsIndexed, indexedFirst }: JoinKind,
): BatchBody<Pair<K, Both<W, I>>> {
  return {
    run(visit) {
      const matched = keepsIndexed ? new Set<unknown>() : undefined;
      const give = (key: K, walkedValue: W | undefined, indexedValue: I | undefined): unknown =>
        visit([key, indexedFirst ? [indexedValue, walkedValue] : [walkedValue, indexedValue]]);
      let at = 0;
      let stopped = false;
      const step = (record: Pair<K, W>): unknown => {
        let key: K;
        let found: Pair<K, I> | Several<Pair<K, I>> | undefined;
        try {
          key = record[0];
          found = index.find(identify(key));
        } catch (error) {
          throw operatorError(operator, error, scope, at, walked.name);
        }
        at++;
        if (found === undefined) {
          if (keepsWalked) stopped = give(key, record[1], undefined) === false;
        } else {
          matched?.add(found);
          if (found instanceof Several) {
            const value = record[1];
            const several = found.records;
            for (let i = 0; i < several.length && !stopped; i++) {
              stopped = give(key, value, (several[i] as Pair<K, I>)[1]) === false;
            }
          } else stopped = give(key, record[1], found[1]) === false;
        }
        return stopped ? false : undefined;
      };
      const { array } = walked.body;
      if (array === undefined) walked.body.run(step);
      else for (let i = 0; i < array.length; i++) if (step(array[i] as Pair<K, W>) === false) return;
      if (stopped || matched === undefined) return;
      for (const [position, [key, value]] of records.entries()) {
        let found: Pair<K, I> | Several<Pair<K, I>> | undefined;
        try {
          found = index.find(identify(key));
        } catch (error) {
          throw operatorError(operator, error, scope, position, name);
        }
        if (!matched.has(found) && give(key, undefined, value) === false) return;
      }
    },
  };
}

function collected<T>(body: BatchBody<T>): readonly T[] {
  if (body.collect !== undefined) return body.collect();
  const records: T[] = [];
  body.run((record) => {
    records.push(record);
  });
  return records;
}
