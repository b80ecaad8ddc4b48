import type { MemoryTransaction } from './memoryOffsets.ts';

/** A map over another one, which changes when these changes are applied. */
export class StagedMap<K, V> implements MemoryTransaction<K, V> {
  readonly #under: Map<K, V>;
  readonly #changes: Map<K, { readonly value: V } | undefined> = new Map();
  readonly #check: (act: string) => void;

  /** `check` refuses changes that come too late. */
  constructor(under: Map<K, V>, check: (act: string) => void) {
    this.#under = under;
    this.#check = check;
  }

  get(key: K): V | undefined {
    return this.#changes.has(key) ? this.#changes.get(key)?.value : this.#under.get(key);
  }

  has(key: K): boolean {
    return this.#changes.has(key) ? this.#changes.get(key) !== undefined : this.#under.has(key);
  }

  set(key: K, value: V): this {
    this.#check('set(...)');
    this.#changes.set(key, { value });
    return this;
  }

  delete(key: K): boolean {
    this.#check('delete(...)');
    const was = this.has(key);
    this.#changes.set(key, undefined);
    return was;
  }

  apply(): void {
    for (const [key, change] of this.#changes) {
      if (change === undefined) this.#under.delete(key);
      else this.#under.set(key, change.value);
    }
  }
}
