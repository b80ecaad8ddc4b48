import type { RecordScan } from './FileFormat.ts';

const LF = 0x0a;
const CR = 0x0d;

/** Finds where lines end, at `\n`, `\r\n` or `\r`; counts them only where there is a limit. */
export class LineEndScan implements RecordScan {
  readonly #maxRecords: number;
  /** A longer line makes no record, if it is to be left out. */
  readonly #longest: number;
  #seen = 0;
  /** A `\r` was the last byte: its line ends after it, or after the `\n` that may follow. */
  #isAfterCr = false;
  #count = 0;
  until = 0;
  ended = false;

  constructor(maxRecords: number, longest: number) {
    this.#maxRecords = maxRecords;
    this.#longest = longest;
    this.ended = maxRecords < 1;
  }

  get records(): number | undefined {
    return this.#maxRecords === Number.POSITIVE_INFINITY ? undefined : this.#count;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0 || this.ended) return;
    let from = 0;
    if (this.#isAfterCr) {
      const width = chunk[0] === LF ? 2 : 1;
      from = width - 1;
      this.#isAfterCr = false;
      this.#lineEnds(this.#seen + from, width);
    }
    if (!this.ended) {
      if (this.#maxRecords === Number.POSITIVE_INFINITY) this.#findLast(chunk, from);
      else this.#countLines(chunk, from);
    }
    this.#seen += chunk.length;
  }

  end(): void {
    if (this.ended) return;
    if (this.#isAfterCr) this.#lineEnds(this.#seen, 1);
    else if (this.#seen > this.until) this.#lineEnds(this.#seen, 0);
  }

  #findLast(chunk: Buffer, from: number): void {
    this.#isAfterCr = chunk.length > from && chunk[chunk.length - 1] === CR;
    const searched = chunk.subarray(from, this.#isAfterCr ? chunk.length - 1 : chunk.length);
    const last = Math.max(searched.lastIndexOf(LF), searched.lastIndexOf(CR));
    if (last >= 0) this.until = this.#seen + from + last + 1;
  }

  #countLines(chunk: Buffer, from: number): void {
    let cr = chunk.indexOf(CR, from);
    for (let at = from; !this.ended && at < chunk.length; ) {
      const lf = chunk.indexOf(LF, at);
      if (cr >= 0 && cr < at) cr = chunk.indexOf(CR, at);
      if (cr >= 0 && (lf < 0 || cr < lf)) {
        if (cr === chunk.length - 1) {
          this.#isAfterCr = true;
          return;
        }
        const width = chunk[cr + 1] === LF ? 2 : 1;
        at = cr + width;
        this.#lineEnds(this.#seen + at, width);
      } else {
        if (lf < 0) return;
        at = lf + 1;
        this.#lineEnds(this.#seen + at, 1);
      }
    }
  }

  #lineEnds(at: number, width: number): void {
    if (at - width - this.until <= this.#longest) this.#count++;
    this.until = at;
    this.ended = this.#count >= this.#maxRecords;
  }
}
