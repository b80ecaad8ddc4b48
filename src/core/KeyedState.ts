/** What changed in a keyed state since it was last asked. */
export interface StateChanges {
  /** Keys with their new values. */
  readonly puts: readonly (readonly [unknown, unknown])[];
  /** Keys that are gone. */
  readonly deletes: readonly unknown[];
}

/**
 * A map that reports what changed. Values are replaced, never changed in place: setting the same reference is no change.
 * The open batch is forgotten by dropping the whole object; the next run gets a new one from the checkpoint.
 */
export class KeyedState<K, V> {
  readonly #entries: Map<K, V>;
  #changed: Set<K> = new Set();
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
    this.#changed.add(key);
  }

  delete(key: K): void {
    if (this.#entries.delete(key)) this.#changed.add(key);
  }

  /** The live entries, in insertion order. Deleting or setting while iterating is allowed, as with a `Map`. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }

  /** The changes since the last call, and starts counting anew. */
  takeChanges(): StateChanges {
    const puts: (readonly [K, V])[] = [];
    const deletes: K[] = [];
    for (const key of this.#changed) {
      if (this.#entries.has(key)) puts.push([key, this.#entries.get(key) as V]);
      else deletes.push(key);
    }
    if (this.#changed.size > 0) this.#changed = new Set();
    return { puts, deletes };
  }
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<PropertyKey, unknown>)[key]);
}
