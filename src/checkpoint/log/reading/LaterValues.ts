import type { IdRanks } from '../ids/IdRanks.ts';

/** In place of a value: the entry was not changed. */
export const UNCHANGED: unique symbol = Symbol('unchanged');

/** The last values of entries that were changed, for those entries that follow each other from one rank on. */
export class LaterValues {
  readonly #ranks: IdRanks;
  readonly #first: number;
  readonly #values: unknown[];
  #given = 0;

  /** For `count` entries at most. */
  constructor(ranks: IdRanks, first: number, count: number) {
    this.#ranks = ranks;
    this.#first = first;
    this.#values = new Array<unknown>(count).fill(UNCHANGED);
  }

  /** The rank of the entry after those whose values were given. */
  get next(): number {
    return this.#first + this.#given;
  }

  /** Takes one block of changes; blocks come from the last to the first. Only values that nothing came after are asked for. */
  take(ids: readonly number[], until: number, valuesAt: (places: readonly number[]) => readonly unknown[]): void {
    const places: number[] = [];
    const targets: number[] = [];
    for (let n = 0; n < ids.length; n++) {
      const id = ids[n] as number;
      const target = id < until ? this.#ranks.of(id) - this.#first : -1;
      if (target < 0 || this.#values[target] !== UNCHANGED) continue;
      places.push(n);
      targets.push(target);
    }
    if (places.length === 0) return;
    const values = valuesAt(places);
    for (let n = 0; n < targets.length; n++) this.#values[targets[n] as number] = values[n];
  }

  /** Those of the next so many entries; `undefined` if none of them was changed. */
  give(count: number): readonly unknown[] | undefined {
    const from = this.#given;
    this.#given += count;
    const values = this.#values.slice(from, this.#given);
    return values.every((value) => value === UNCHANGED) ? undefined : values;
  }
}
