/** A keyed record. */
export type Pair<K, V> = readonly [key: K, value: V];

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
