import { LineScan } from '../text/LineScan.ts';
import type { FileGeneration } from './FileGeneration.ts';

const CHUNK_BYTES = 256 * 1024;
const LF = 0x0a;

/** The limits of a cut of a file. */
export interface FileLimits {
  readonly maxLineBytes: number;
  readonly maxBytesPerBatch: number;
  readonly onLongLine: 'fail' | 'skip' | 'truncate';
}

/** A range of whole lines. */
export interface LineRange {
  /** Bytes it spans; 0: there is no whole line yet. */
  readonly bytes: number;
  readonly records: number;
  /** Lines in it that are longer than allowed. */
  readonly long: number;
  /** How many bytes have to be loaded to get at the records. */
  readonly load: number;
  /** There may be another whole line after it. */
  readonly more: boolean;
  /** The next line is longer than allowed, and that is an error. */
  readonly tooLong: boolean;
}

const NOTHING: LineRange = { bytes: 0, records: 0, long: 0, load: 0, more: false, tooLong: false };

/** Finds the whole lines that come next in a file, looking at no more than the byte budget of a batch in one call. */
export class FileCutter {
  readonly #limits: FileLimits;
  /** Bytes after the position that are known to hold no line end, so that an endless line is not searched twice. */
  #endless = 0;

  constructor(limits: FileLimits) {
    this.#limits = limits;
  }

  /** Forgets what it knows of the bytes ahead: the position has moved. */
  reset(): void {
    this.#endless = 0;
  }

  /** The whole lines from `at`, with no more than `maxRecords` records and no more bytes than a batch may have. */
  async next(file: FileGeneration, at: number, size: number, maxRecords: number): Promise<LineRange> {
    const { maxBytesPerBatch, maxLineBytes, onLongLine } = this.#limits;
    if (this.#endless >= maxBytesPerBatch) return this.#endOfLongLine(file, at, size);
    const until = Math.min(size, at + maxBytesPerBatch);
    // One byte is looked at again: it may be the \r of the line end.
    const known = Math.max(0, this.#endless - 1);
    const scan = new LineScan({ maxLineBytes, onLongLine, maxRecords }, known);
    for (let from = at + known; from < until && !scan.ended; ) {
      const chunk = await file.read(from, Math.min(from + CHUNK_BYTES, until));
      if (chunk.length === 0) break;
      scan.push(chunk);
      from += chunk.length;
    }
    const { until: bytes, records, long, tooLong } = scan;
    if (bytes > 0) return { bytes, records, long, load: bytes, more: scan.ended || until < size, tooLong: false };
    this.#endless = scan.open;
    return { ...NOTHING, more: until < size, tooLong };
  }

  /** The last line of a file that nothing will be added to. */
  tail(at: number, size: number): LineRange {
    const isLong = size - at > this.#limits.maxLineBytes;
    if (isLong && this.#limits.onLongLine === 'fail') return { ...NOTHING, tooLong: true };
    return this.#oneLine(size - at, isLong);
  }

  /** A line with more bytes than a batch may have is a range of its own, of which no more than a line is loaded. */
  async #endOfLongLine(file: FileGeneration, at: number, size: number): Promise<LineRange> {
    const until = Math.min(size, at + this.#endless + this.#limits.maxBytesPerBatch);
    for (let from = at + this.#endless; from < until; from = at + this.#endless) {
      const chunk = await file.read(from, Math.min(from + CHUNK_BYTES, until));
      if (chunk.length === 0) break;
      const end = chunk.indexOf(LF);
      if (end >= 0) return this.#oneLine(this.#endless + end + 1, true);
      this.#endless += chunk.length;
    }
    return { ...NOTHING, more: until < size };
  }

  #oneLine(bytes: number, isLong: boolean): LineRange {
    const { maxLineBytes, onLongLine } = this.#limits;
    if (!isLong) return { ...NOTHING, bytes, records: 1, load: bytes, more: true };
    if (onLongLine === 'skip') return { ...NOTHING, bytes, long: 1, more: true };
    return { ...NOTHING, bytes, records: 1, long: 1, load: Math.min(bytes, maxLineBytes + 1), more: true };
  }
}
