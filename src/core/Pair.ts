/** A keyed record. */
export type Pair<K, V> = readonly [key: K, value: V];

/**
 * Never a record. It stands beside {@link Pair} in the input of pair operators, so that the compiler says what to do when the
 * records are no pairs.
 */
export type MakePairsFirst =
  'pairs are expected here: make them first with mapRecords((record) => [key, value] as const)';

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
