/** Several records of one key, in the order in which they came. */
export class Several<R> {
  readonly records: R[];

  constructor(first: R, second: R) {
    this.records = [first, second];
  }
}

/** Records by key, to be looked up. A key with one record costs an entry of the map and nothing else. */
export class KeyIndex<R extends object> {
  readonly #entries: Map<unknown, R | Several<R>> = new Map();

  /** The key's only record, all of them, or `undefined`. */
  find(identity: unknown): R | Several<R> | undefined {
    return this.#entries.get(identity);
  }

  add(identity: unknown, record: R): void {
    const known = this.#entries.get(identity);
    if (known === undefined) this.#entries.set(identity, record);
    else if (known instanceof Several) known.records.push(record);
    else this.#entries.set(identity, new Several(known, record));
  }
}
