/**
 * The reduced values of one batch: the n-th value belongs to the n-th key. Two flat lists, because a window goes through them
 * again long after they were made, when each object of its own would be a cache miss. Never changed once made; plain data.
 */
export interface KeyColumns<K, V> {
  readonly keys: readonly K[];
  readonly values: readonly V[];
}

/** The columns of reduced pairs. */
export function columnsOf<K, V>(cells: ReadonlyMap<unknown, readonly [K, V]>): KeyColumns<K, V> {
  const keys: K[] = [];
  const values: V[] = [];
  for (const cell of cells.values()) {
    keys.push(cell[0]);
    values.push(cell[1]);
  }
  return { keys, values };
}
