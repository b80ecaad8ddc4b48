/** Several values of one key, in the order in which they came. */
export class Several<V> {
  readonly values: V[];

  constructor(first: V, second: V) {
    this.values = [first, second];
  }
}

/** In place of a value that is `undefined`, which would look like none. */
const UNDEFINED: unique symbol = Symbol('undefined');

/** Values by key, to be looked up. A key with one value costs an entry of the map and nothing else. */
export class KeyIndex<V> {
  readonly #entries: Map<unknown, V | Several<V> | typeof UNDEFINED> = new Map();

  /** What the key has: `undefined`, {@link Several} values, or one, which {@link KeyIndex.only} tells. */
  find(identity: unknown): Several<V> | unknown {
    return this.#entries.get(identity);
  }

  /** The only value that was found. */
  only(found: unknown): V {
    return (found === UNDEFINED ? undefined : found) as V;
  }

  add(identity: unknown, value: V): void {
    const known = this.#entries.get(identity);
    if (known === undefined) this.#entries.set(identity, value === undefined ? UNDEFINED : value);
    else if (known instanceof Several) known.values.push(value);
    else this.#entries.set(identity, new Several(this.only(known), value));
  }
}
