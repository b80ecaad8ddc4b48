import { HeldBytes } from '../text/HeldBytes.ts';
import type { Framed, Framing } from './Framing.ts';

const HEADER_BYTES = 4;

/** Frames from chunks: a big-endian 32-bit length, then so many bytes. The result does not depend on where the chunks end. */
export class FrameParser implements Framing<Buffer> {
  readonly #maxFrameBytes: number;
  readonly #start = new HeldBytes();
  #broken: string | undefined;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  get held(): number {
    return this.#start.length;
  }

  push(chunk: Buffer): Framed<Buffer> {
    const records: Buffer[] = [];
    if (this.#broken !== undefined) return { records };
    let at = this.#start.length > 0 ? this.#completeFrame(chunk, records) : 0;
    for (let next = at; next >= 0; ) {
      at = next;
      next = this.#frameAt(chunk, at, records);
    }
    if (this.#broken !== undefined) {
      const cutAway = this.#start.take().length + chunk.length - at;
      return { records, cutAway, broken: this.#broken };
    }
    this.#start.add(chunk, at, chunk.length);
    return { records };
  }

  end(): Framed<Buffer> {
    const { length } = this.#start.take();
    return { records: [], cutAway: length };
  }

  /** Takes the frame at `at` if all of it is there; answers where the next one begins, or -1. */
  #frameAt(chunk: Buffer, at: number, records: Buffer[]): number {
    if (this.#broken !== undefined || chunk.length - at < HEADER_BYTES) return -1;
    const end = at + HEADER_BYTES + this.#checked(chunk.readInt32BE(at));
    if (this.#broken !== undefined || end > chunk.length) return -1;
    const frame = chunk.subarray(at + HEADER_BYTES, end);
    // A small view would keep the whole chunk in memory.
    records.push(2 * frame.length >= chunk.length ? frame : Buffer.from(frame));
    return end;
  }

  /** Adds to the frame that was begun before what it lacks; answers where the rest of the chunk begins. */
  #completeFrame(chunk: Buffer, records: Buffer[]): number {
    const header = Math.min(chunk.length, Math.max(0, HEADER_BYTES - this.#start.length));
    this.#start.add(chunk, 0, header);
    if (this.#start.length < HEADER_BYTES) return header;
    const length = this.#checked(this.#start.peek().readInt32BE(0));
    if (this.#broken !== undefined) return header;
    const end = Math.min(chunk.length, header + HEADER_BYTES + length - this.#start.length);
    this.#start.add(chunk, header, end);
    if (this.#start.length === HEADER_BYTES + length) records.push(this.#start.take().subarray(HEADER_BYTES));
    return end;
  }

  #checked(length: number): number {
    if (length >= 0 && length <= this.#maxFrameBytes) return length;
    this.#broken = `expected a frame length of 0 to ${this.#maxFrameBytes} bytes, got ${length}`;
    return 0;
  }
}
