import type { KeptEntry } from './kept.ts';
import type { ChangeRows } from './writing.ts';

/** A state to which anything may happen, the same for the same seed, and what is there after it. */
export class EntryHistory {
  readonly #entries = new Map<number, readonly [key: unknown, value: unknown]>();
  readonly #gone: unknown[] = [];
  #state: number;
  #nextId = 1;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** The entries that should be there now. */
  entries(): KeptEntry[] {
    return [...this.#entries].map(([id, [key, value]]) => [id, key, value]);
  }

  /** What happens next: some keys go, some values change, some keys come, among them such as were there before. */
  step(): ChangeRows {
    if (this.#below(40) === 0) return this.#clear();
    const deleted = this.#some(this.#below(4));
    for (const id of deleted) this.#delete(id);
    const changed = this.#some(this.#below(6)).map((id): readonly [number, unknown] => [id, this.#value()]);
    for (const [id, value] of changed) this.#entries.set(id, [this.#entries.get(id)?.[0], value]);
    const added = Array.from({ length: this.#below(5) }, () => this.#add());
    return { deleted, changed, added };
  }

  #clear(): ChangeRows {
    const deleted = [...this.#entries.keys()].reverse();
    for (const id of deleted) this.#delete(id);
    return { deleted };
  }

  #delete(id: number): void {
    this.#gone.push(this.#entries.get(id)?.[0]);
    this.#entries.delete(id);
  }

  #add(): KeptEntry {
    const id = this.#nextId;
    this.#nextId += 1 + this.#below(3);
    const key = this.#below(2) === 0 && this.#gone.length > 0 ? this.#gone.shift() : [`key ${id}`, id % 2 === 0];
    const value = this.#value();
    this.#entries.set(id, [key, value]);
    return [id, key, value];
  }

  #some(count: number): number[] {
    const ids = [...this.#entries.keys()];
    return [...new Set(Array.from({ length: count }, () => ids[this.#below(Math.max(1, ids.length))]))].filter(
      (id) => id !== undefined,
    );
  }

  #value(): unknown {
    const number = this.#below(1000);
    return [number, `text ${number}`, { number, list: [number, undefined] }, new Map([[number, -0]]), undefined][
      this.#below(5)
    ];
  }

  /** A whole number from 0 to below `limit`. */
  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
}
