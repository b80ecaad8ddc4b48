/** What records are ranked by. */
export type Rank = number | bigint | string;

/** A record among the best so far. */
interface Ranked<T> {
  readonly record: T;
  readonly rank: Rank;
  /** Among equals the earlier one is better. */
  readonly at: number;
}

/**
 * The best records of many, in a heap whose root is the worst of them: a record that is not better costs one comparison, one that
 * is costs as many as the heap is deep.
 */
export class TopRecords<T> {
  readonly #most: number;
  readonly #beats: (left: Rank, right: Rank) => boolean;
  readonly #heap: Ranked<T>[] = [];
  #seen = 0;

  /** Keeps `most` records; `beats` says which of two ranks is better, and neither of equal ones. */
  constructor(most: number, beats: (left: Rank, right: Rank) => boolean) {
    this.#most = most;
    this.#beats = beats;
  }

  add(record: T, rank: Rank): void {
    const at = this.#seen++;
    const worst = this.#heap[0];
    if (this.#heap.length < this.#most) this.#rise({ record, rank, at });
    else if (worst !== undefined && this.#beats(rank, worst.rank)) this.#sink({ record, rank, at });
  }

  /** The best first. */
  sorted(): T[] {
    return [...this.#heap].sort((a, b) => (this.#isWorse(a, b) ? 1 : -1)).map(({ record }) => record);
  }

  #isWorse(a: Ranked<T>, b: Ranked<T>): boolean {
    return this.#beats(b.rank, a.rank) || (!this.#beats(a.rank, b.rank) && a.at > b.at);
  }

  /** Puts one more at the end and lets it rise while it is worse than what is above. */
  #rise(added: Ranked<T>): void {
    const heap = this.#heap;
    let place = heap.push(added) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above] as Ranked<T>;
      if (!this.#isWorse(added, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = added;
  }

  /** Puts it in the place of the root and lets it sink while one below is worse. */
  #sink(added: Ranked<T>): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      const right = heap[below + 1];
      if (right !== undefined && this.#isWorse(right, heap[below] as Ranked<T>)) below++;
      const child = heap[below] as Ranked<T>;
      if (!this.#isWorse(child, added)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = added;
  }
}
