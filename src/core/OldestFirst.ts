/** First in, first out; what has been taken is let go of, at a cost that does not follow what is still waiting. */
export class OldestFirst<K> {
  #keys: K[];
  #taken = 0;

  constructor(keys: Iterable<K>) {
    this.#keys = [...keys];
  }

  get size(): number {
    return this.#keys.length - this.#taken;
  }

  /** The oldest; there must be one. */
  get first(): K {
    return this.#keys[this.#taken] as K;
  }

  add(key: K): void {
    this.#keys.push(key);
  }

  /** Takes the oldest out; there must be one. */
  take(): K {
    const key = this.first;
    this.#keys[this.#taken] = undefined as K;
    this.#taken++;
    if (this.#taken * 2 > this.#keys.length) {
      this.#keys = this.#keys.slice(this.#taken);
      this.#taken = 0;
    }
    return key;
  }
}
