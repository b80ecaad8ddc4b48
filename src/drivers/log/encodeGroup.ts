import { encodeHead, FRAME_HEAD, frameBytes, type NewFrame } from './frames.ts';

/** Parts from this size on are written from where they are; smaller ones are copied together, which is cheaper than a buffer more for the system. */
const BIG = 32 << 10;

/** A group as it goes to disk. */
export interface EncodedGroup {
  readonly buffers: readonly Uint8Array[];
  readonly bytes: number;
}

/** Frames that are written together, and count together when they are read. */
export function encodeGroup(frames: readonly NewFrame[], group: number, seed: number): EncodedGroup {
  let small = 0;
  let bytes = 0;
  for (const frame of frames) {
    bytes += frameBytes(frame);
    small += frameBytes({ note: frame.note, length: 0 });
    for (const part of frame.parts) if (part.length < BIG) small += part.length;
  }
  const together = new Together(small);
  for (const [n, frame] of frames.entries()) {
    encodeHead(together.take(FRAME_HEAD), frame, group, n === frames.length - 1, seed);
    if (frame.note !== undefined) together.copy(frame.note);
    for (const part of frame.parts) {
      if (part.length < BIG) together.copy(part);
      else together.refer(part);
    }
  }
  return { buffers: together.end(), bytes };
}

class Together {
  readonly #bytes: Buffer;
  readonly #buffers: Uint8Array[] = [];
  #from = 0;
  #to = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  take(length: number): Buffer {
    this.#to += length;
    return this.#bytes.subarray(this.#to - length, this.#to);
  }

  copy(part: Uint8Array): void {
    this.#bytes.set(part, this.#to);
    this.#to += part.length;
  }

  refer(part: Uint8Array): void {
    this.#cut();
    this.#buffers.push(part);
  }

  end(): readonly Uint8Array[] {
    this.#cut();
    return this.#buffers;
  }

  #cut(): void {
    if (this.#to > this.#from) this.#buffers.push(this.#bytes.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}
