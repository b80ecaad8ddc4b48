import { crc32 } from 'node:zlib';
import type { StoredSegment } from '../LogStorage.ts';
import { decodeHead, FRAME_HEAD, type FrameHead, headsIn, seedOf } from './frames.ts';

/** How much is read at once. */
const STEP = 1 << 20;

/** One whole and unbroken frame. */
export interface ScannedFrame extends FrameHead {
  readonly payload: Buffer;
  /** Where the payload lies in its segment. */
  readonly from: number;
  readonly to: number;
}

/** Goes through the frames of one segment; a broken one ends it. */
export class SegmentScanner {
  /** Where the next frame begins. */
  at = 0;
  /** What is wrong with the frame at {@link at}; `undefined` as long as nothing is. */
  broken: string | undefined;
  /** Grows by what has been read so far. */
  bytesRead = 0;
  readonly #bytes: StoredSegment;
  readonly #end: number;
  readonly #seed: number;
  #sequence: number;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkAt = 0;

  /** @param first the sequence number of the first frame @param end where the frames end */
  constructor(segment: string, bytes: StoredSegment, first: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.#seed = seedOf(segment);
    this.#sequence = first;
  }

  /** The sequence number of the frame at {@link at}. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The next frame; `undefined` at the end and at a broken one. */
  next(): ScannedFrame | undefined {
    if (this.at >= this.#end || this.broken !== undefined) return undefined;
    const head = decodeHead(this.#bytesAt(this.at, FRAME_HEAD), 0, this.#seed);
    if (head === undefined) return this.#break('its head is broken or cut off');
    if (head.sequence !== this.#sequence) return this.#break(`it is number ${head.sequence}, not ${this.#sequence}`);
    const from = this.at + FRAME_HEAD;
    const payload = this.#bytesAt(from, head.length);
    if (payload.length < head.length) return this.#break('it is cut off');
    if (crc32(payload) !== head.crc) return this.#break('its checksum does not fit its content');
    this.at = from + head.length;
    this.#sequence++;
    return { ...head, payload, from, to: this.at };
  }

  /** Whether there is a frame of another group than this one behind the broken one, or in its place. */
  async hasOtherGroup(group: number, pause: () => Promise<void>): Promise<boolean> {
    for (let from = this.at; from < this.#end; from += STEP) {
      // The steps overlap by one head, so that none is cut in two.
      const bytes = this.#bytesAt(from, Math.min(STEP + FRAME_HEAD, this.#end - from));
      for (const head of headsIn(bytes, this.#seed)) if (head.group !== group) return true;
      await pause();
    }
    return false;
  }

  #break(what: string): undefined {
    this.broken = what;
  }

  /** These bytes; fewer where the frames end. */
  #bytesAt(from: number, length: number): Buffer {
    const to = Math.min(from + length, this.#end);
    if (from < this.#chunkAt || to > this.#chunkAt + this.#chunk.length) {
      const read = this.#bytes.read(from, Math.min(Math.max(to, from + STEP), this.#end));
      this.#chunk = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
      this.#chunkAt = from;
      this.bytesRead += read.length;
    }
    return this.#chunk.subarray(from - this.#chunkAt, to - this.#chunkAt);
  }
}
