import { crc32 } from 'node:zlib';
import { encodeHead, FRAME_HEAD, seedOf } from './frames.ts';

/** Makes the frames of one segment, in order. What it makes is taken by whoever appends it. */
export class FrameWriter {
  readonly segment: string;
  /** The sequence number of the next frame. */
  sequence: number;
  readonly #seed: number;
  #group: number | undefined;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(segment: string, sequence: number) {
    this.segment = segment;
    this.sequence = sequence;
    this.#seed = seedOf(segment);
  }

  /** Bytes that were made and not taken yet. */
  get size(): number {
    return this.#size;
  }

  /** A frame of the group that is open; the first one opens it. */
  frame(type: number, ...payload: readonly Uint8Array[]): void {
    let length = 0;
    let crc = 0;
    for (const part of payload) {
      length += part.length;
      crc = crc32(part, crc);
    }
    this.#add(type, length, crc, payload);
  }

  /** A frame whose payload has been read from elsewhere, with its checksum. */
  copy(type: number, payload: Uint8Array, crc: number): void {
    this.#add(type, payload.length, crc, [payload]);
  }

  /** Ends the group: the next frame opens another one. */
  closeGroup(): void {
    this.#group = undefined;
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#parts, this.#size);
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }

  #add(type: number, length: number, crc: number, payload: readonly Uint8Array[]): void {
    this.#group ??= this.sequence;
    this.#parts.push(
      encodeHead({ type, sequence: this.sequence, group: this.#group, length, crc }, this.#seed),
      ...payload,
    );
    this.#size += FRAME_HEAD + length;
    this.sequence++;
  }
}
