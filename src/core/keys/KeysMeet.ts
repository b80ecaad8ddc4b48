import type { KeyOptions } from './keyIdentity.ts';
import type { KeyOf } from './Pair.ts';

/**
 * Never an argument. It stands in the type of a join's other stream, so that the compiler says why two streams cannot be joined.
 */
export type KeysNeverMeet =
  'no key of one stream can equal a key of the other: make keys of one type with mapRecords, or give { keyOf }';

/** What the other stream of a join must be besides a stream of pairs: nothing, unless no key can be on both sides. */
export type KeysMeet<T, O> = [KeyOf<T>] extends [never]
  ? unknown
  : [KeyOf<O>] extends [never]
    ? unknown
    : [KeyOf<T> & KeyOf<O>] extends [never]
      ? KeysNeverMeet
      : unknown;

/** Options of a join whose `keyOf` is asked for the keys of both streams. */
export type SharedKeyOptions<T, O> = Required<KeyOptions<KeyOf<T> | KeyOf<O>>>;
