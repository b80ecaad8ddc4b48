/** What a partition's node held when it was last seen. */
export interface KnownOffset {
  readonly until: number;
  readonly version: number;
}

/**
 * What this store object knows of the nodes, so that a commit that nobody interfered with is one request. It may be out of date: every use is
 * checked by the version of the node.
 */
export class KnownNodes {
  readonly #offsets = new Map<string, KnownOffset | undefined>();
  readonly #there = new Set<string>();

  has(path: string): boolean {
    return this.#offsets.has(path);
  }

  /** `undefined` where there was no node. */
  offset(path: string): KnownOffset | undefined {
    return this.#offsets.get(path);
  }

  saw(path: string, offset: KnownOffset | undefined): void {
    this.#offsets.set(path, offset);
  }

  isThere(path: string): boolean {
    return this.#there.has(path);
  }

  foundThere(paths: Iterable<string>): void {
    for (const path of paths) this.#there.add(path);
  }

  forget(): void {
    this.#offsets.clear();
    this.#there.clear();
  }
}
