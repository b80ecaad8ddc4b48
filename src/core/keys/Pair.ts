/** A keyed record. */
export type Pair<K, V> = readonly [key: K, value: V];

/**
 * Never a record. It stands beside {@link Pair} in the input of pair operators, so that the compiler says what to do when the
 * records are no pairs.
 */
export type MakePairsFirst =
  'pairs are expected here: make them first with mapRecords((record) => [key, value] as const)';

/** The key of a pair, for a union of pairs the union of the keys. */
export type KeyOf<T> = T extends readonly [infer K, unknown] ? K : never;

/** The value of a pair, for a union of pairs the union of the values. */
export type ValueOf<T> = T extends readonly [unknown, infer V] ? V : never;

/** A literal type as its kind: so that `[word, 1] as const` can be summed. */
export type Widen<V> = V extends number
  ? number
  : V extends string
    ? string
    : V extends boolean
      ? boolean
      : V extends bigint
        ? bigint
        : V;
