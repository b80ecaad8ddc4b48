import type { RecordRun } from '../Source.ts';

/** What a record costs besides its bytes, about: its place in an array and the head of a string or buffer. */
const RECORD_OVERHEAD_BYTES = 48;

interface Block<T> {
  /** The number of its first record. */
  readonly first: number;
  readonly records: readonly T[];
  readonly bytes: number;
}

/** The records that have come and have not settled, numbered from 0, in the arrays in which they came. */
export class UnsettledRecords<T> {
  #blocks: Block<T>[] = [];
  #settled = 0;
  #end = 0;
  #bytes = 0;

  /** The number of the first record that has not settled. */
  get settled(): number {
    return this.#settled;
  }

  /** The number of the next record to come. */
  get end(): number {
    return this.#end;
  }

  /** What is held, in bytes of memory, about. */
  get bytes(): number {
    return this.#bytes;
  }

  add(records: readonly T[], wireBytes: number): void {
    const bytes = wireBytes + records.length * RECORD_OVERHEAD_BYTES;
    this.#blocks.push({ first: this.#end, records, bytes });
    this.#end += records.length;
    this.#bytes += bytes;
  }

  /** Lets go of everything before `until`. */
  settle(until: number): void {
    if (until <= this.#settled) return;
    this.#settled = Math.min(until, this.#end);
    let done = 0;
    for (const { first, records, bytes } of this.#blocks) {
      if (first + records.length > this.#settled) break;
      this.#bytes -= bytes;
      done++;
    }
    this.#blocks.splice(0, done);
  }

  /** The records from one number to another, which have not settled. */
  range(from: number, until: number): RecordRun<T> | readonly T[] {
    const blocks = this.#blocks.filter(({ first, records }) => first < until && first + records.length > from);
    const only = blocks.length === 1 ? blocks[0] : undefined;
    if (only !== undefined) return only.records.slice(from - only.first, until - only.first);
    return {
      run(visit) {
        for (const { first, records } of blocks) {
          const end = Math.min(records.length, until - first);
          for (let i = Math.max(0, from - first); i < end; i++) if (visit(records[i] as T) === false) return;
        }
      },
    };
  }
}
