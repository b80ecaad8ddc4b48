import type { PrefetchBudget } from './PrefetchBudget.ts';
import type { RecordChunk } from './RecordChunk.ts';

/** How much a newer measurement counts for the bytes of an offset. */
const NEWER = 0.3;

/** A part of a chunk that belongs to one range. */
export interface ChunkPart {
  readonly chunk: RecordChunk;
  readonly from: number;
  readonly until: number;
}

/**
 * What has been fetched of one partition and not been read: chunks without a gap, from the first offset that the next read
 * wants. Reading at another place begins anew there.
 */
export class PartitionFeed {
  readonly #budget: PrefetchBudget;
  #chunks: RecordChunk[] = [];
  #from = 0;
  #position = 0;
  #bytes = 0;
  #generation = 0;
  /** Where the read that is under way ends: what is fetched first of all. */
  wanted = 0;
  /** Bytes that an offset takes on the wire, as far as it is known; -1 before anything was fetched. */
  bytesPerOffset = -1;

  constructor(budget: PrefetchBudget) {
    this.#budget = budget;
  }

  /** The next offset to fetch. */
  get position(): number {
    return this.#position;
  }

  /** Bytes fetched and not read. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Rises whenever it begins anew: an answer to what was asked before is out of date. */
  get generation(): number {
    return this.#generation;
  }

  get isDemanded(): boolean {
    return this.wanted > this.#position;
  }

  /** Forgets what was fetched and begins at `from`. */
  begin(from: number): void {
    for (const chunk of this.#chunks) this.#budget.release(chunk);
    this.#chunks = [];
    this.#bytes = 0;
    this.#from = from;
    this.#position = from;
    this.#generation++;
  }

  /** Wants everything from `from` to before `until`; answers whether it is there. */
  want(from: number, until: number): boolean {
    if (from < this.#from || from > this.#position) this.begin(from);
    this.#dropUntil(from);
    this.wanted = until;
    return this.#position >= until;
  }

  append(chunk: RecordChunk): void {
    this.#chunks.push(chunk);
    this.#position = chunk.end;
    this.#bytes += chunk.records.length;
    this.#budget.hold(chunk);
    if (chunk.kind !== 'records') return;
    const measured = chunk.records.length / (chunk.end - chunk.from);
    this.bytesPerOffset = this.bytesPerOffset < 0 ? measured : this.bytesPerOffset * (1 - NEWER) + measured * NEWER;
  }

  /** The parts that make up a range that is there; what lies before its end is let go of. */
  take(from: number, until: number): readonly ChunkPart[] {
    const parts = this.#chunks
      .filter((chunk) => chunk.end > from && chunk.from < until)
      .map((chunk) => ({ chunk, from: Math.max(chunk.from, from), until: Math.min(chunk.end, until) }));
    this.#dropUntil(until);
    this.wanted = 0;
    return parts;
  }

  #dropUntil(offset: number): void {
    while (this.#chunks[0] !== undefined && this.#chunks[0].end <= offset) {
      const chunk = this.#chunks.shift() as RecordChunk;
      this.#bytes -= chunk.records.length;
      this.#budget.release(chunk);
    }
    this.#from = offset;
  }
}
