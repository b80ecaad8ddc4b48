import type { SegmentName } from './logNames.ts';

/** What is remembered of one segment: where its blocks lie, in 16 bytes for each. */
export class Segment {
  readonly name: SegmentName;
  /** The number of its first record. */
  readonly first: number;
  /** The number of the record behind its last one. */
  next: number;
  /** What of the file counts. */
  bytes = 0;
  #count = 0;
  #firsts = new Float64Array(8);
  #places = new Uint32Array(8);
  #lengths = new Uint32Array(8);

  constructor(name: SegmentName, first: number) {
    this.name = name;
    this.first = first;
    this.next = first;
  }

  /** How many blocks it holds. */
  get count(): number {
    return this.#count;
  }

  /** @param at where its frame begins @param length of the block alone */
  add(records: number, at: number, length: number): void {
    if (this.#count === this.#firsts.length) this.#grow();
    this.#firsts[this.#count] = this.next;
    this.#places[this.#count] = at;
    this.#lengths[this.#count] = length;
    this.#count += 1;
    this.next += records;
  }

  /** Which block holds this record; `count` where it comes after all of them. */
  find(record: number): number {
    if (record >= this.next) return this.#count;
    let [low, high] = [0, this.#count - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#firsts[middle] as number) <= record) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  firstOf(block: number): number {
    return block < this.#count ? (this.#firsts[block] as number) : this.next;
  }

  /** Where its frame begins; of the one after the last, where the segment ends. */
  placeOf(block: number): number {
    return block < this.#count ? (this.#places[block] as number) : this.bytes;
  }

  lengthOf(block: number): number {
    return this.#lengths[block] as number;
  }

  #grow(): void {
    this.#firsts = grown(this.#firsts, new Float64Array(this.#count * 2));
    this.#places = grown(this.#places, new Uint32Array(this.#count * 2));
    this.#lengths = grown(this.#lengths, new Uint32Array(this.#count * 2));
  }
}

function grown<A extends Float64Array | Uint32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}
