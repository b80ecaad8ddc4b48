import type { RecordChunk } from './RecordChunk.ts';

/**
 * How much memory fetched records may take before they are read. Counted by answers: one is let go of when the last of its
 * partitions has been read. What a read waits for is fetched whatever the budget says.
 */
export class PrefetchBudget {
  readonly limit: number;
  #held = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes of answers of which something has not been read. */
  get held(): number {
    return this.#held;
  }

  get room(): number {
    return this.limit - this.#held;
  }

  hold({ response }: RecordChunk): void {
    if (response === undefined) return;
    if (response.chunks === 0) this.#held += response.bytes;
    response.chunks++;
  }

  release({ response }: RecordChunk): void {
    if (response === undefined) return;
    response.chunks--;
    if (response.chunks === 0) this.#held -= response.bytes;
  }
}
