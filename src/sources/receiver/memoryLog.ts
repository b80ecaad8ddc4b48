import { StreamError } from '../../core/errors.ts';
import type { BlockLog, LogContents, LoggedBlock, NewBlock, TakeLimit } from './BlockLog.ts';

/** What a block costs besides its bytes, about. */
const BLOCK_OVERHEAD_BYTES = 128;

/** What {@link memoryLog} is made with. */
export interface MemoryLogSettings {
  /** For messages. */
  readonly name: string;
  readonly maxBytes: number;
}

/**
 * A log in the memory of the process: what is acknowledged is lost with it. It answers with plain values, and outlives the runs
 * of its process: closed and opened again it holds what it held.
 */
export function memoryLog(settings: MemoryLogSettings): BlockLog {
  return new MemoryLog(settings);
}

class MemoryLog implements BlockLog {
  readonly name: string;
  readonly durable = false;
  readonly maxBytes: number;
  readonly #id: string = crypto.randomUUID();
  #blocks: LoggedBlock[] = [];
  #bytes = 0;
  #trimmed = 0;
  #next = 0;
  #note: unknown;

  constructor({ name, maxBytes }: MemoryLogSettings) {
    this.name = name;
    this.maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes + BLOCK_OVERHEAD_BYTES <= this.maxBytes;
  }

  open(): LogContents {
    return { id: this.#id, first: this.#trimmed, next: this.#next, note: this.#note };
  }

  append({ parts, records, note }: NewBlock): number {
    const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
    if (!this.hasRoom(length)) throw this.#full(length);
    const first = this.#next;
    // A copy: whoever stores may use its buffers again after the answer, and a small view would keep a big one.
    this.#blocks.push({ first, records, bytes: Buffer.concat(parts, length) });
    this.#bytes += length + BLOCK_OVERHEAD_BYTES;
    this.#next += records;
    if (note !== undefined) this.#note = note;
    return first;
  }

  take(from: number, { maxRecords, maxBytes }: TakeLimit): number {
    let bytes = 0;
    let until = from;
    for (let at = this.#blockOf(from); at < this.#blocks.length && until - from < maxRecords; at++) {
      const block = this.#blocks[at] as LoggedBlock;
      bytes += block.bytes.length;
      if (bytes > maxBytes && until > from) break;
      until = block.first + block.records;
    }
    return Math.min(until, from + maxRecords);
  }

  read(from: number, until: number): readonly LoggedBlock[] {
    const start = this.#blockOf(from);
    let end = start;
    while (end < this.#blocks.length && (this.#blocks[end] as LoggedBlock).first < until) end++;
    return this.#blocks.slice(start, end);
  }

  trim(until: number): void {
    if (until <= this.#trimmed) return;
    this.#trimmed = Math.min(until, this.#next);
    const whole = this.#blockOf(this.#trimmed);
    for (let at = 0; at < whole; at++)
      this.#bytes -= (this.#blocks[at] as LoggedBlock).bytes.length + BLOCK_OVERHEAD_BYTES;
    this.#blocks.splice(0, whole);
  }

  close(): void {
    // What it holds is for the next run.
  }

  /** Which block holds a record; one behind the last if none does. */
  #blockOf(record: number): number {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { first, records } = this.#blocks[middle] as LoggedBlock;
      if (first + records <= record) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #full(length: number): StreamError {
    const message = `${this.name}: a block of ${length} bytes finds no room: ${this.#bytes} of ${this.maxBytes} bytes have not settled.`;
    // No trim makes room for what is bigger than all of it.
    const retriable = length + BLOCK_OVERHEAD_BYTES <= this.maxBytes;
    return new StreamError('BUFFER_FULL', message, { retriable, details: { bytes: length } });
  }
}
