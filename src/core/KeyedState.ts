/**
 * What changed in a keyed state since it was last asked. Applied in this order, deletes before puts, to a map that keeps the
 * order of insertion, it gives the entries in the order the state has them: a restart does not change the order of records.
 */
export interface StateChanges {
  /** Keys that are gone, or were gone before they came back. */
  readonly deletes: readonly unknown[];
  /** Keys with their new values. */
  readonly puts: readonly (readonly [unknown, unknown])[];
}

/**
 * A map that reports what changed. Values are replaced, never changed in place: setting the same reference is no change.
 * The open batch is forgotten by dropping the whole object; the next run gets a new one from the checkpoint.
 */
export class KeyedState<K, V> {
  readonly #entries: Map<K, V>;
  /** Keys with new values; new keys in the order in which they came to the end of the map. */
  #puts: Set<K> = new Set();
  #deletes: Set<K> = new Set();
  readonly #freeze: boolean;

  /** `freeze` makes every value immutable on the way in: how the testing kit finds changes made in place. */
  constructor(entries: Iterable<readonly [K, V]> = [], freeze = false) {
    this.#entries = new Map(entries);
    this.#freeze = freeze;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    return this.#entries.get(key);
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  set(key: K, value: V): void {
    if (this.#entries.get(key) === value && this.#entries.has(key)) return;
    if (this.#freeze) deepFreeze(value);
    this.#entries.set(key, value);
    this.#puts.add(key);
  }

  delete(key: K): void {
    if (!this.#entries.delete(key)) return;
    this.#puts.delete(key);
    this.#deletes.add(key);
  }

  /** The live entries, in insertion order. Deleting or setting while iterating is allowed, as with a `Map`. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }

  /** The changes since the last call; counts anew from here. */
  takeChanges(): StateChanges {
    const puts = Array.from(this.#puts, (key): readonly [K, V] => [key, this.#entries.get(key) as V]);
    const deletes = [...this.#deletes];
    if (this.#puts.size > 0) this.#puts = new Set();
    if (this.#deletes.size > 0) this.#deletes = new Set();
    return { puts, deletes };
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
}
