const LF = 0x0a;
const CR = 0x0d;

/** What a scan has to know of the lines. */
export interface LineScanRules {
  /** The most bytes a line may have, its end not counted. */
  readonly maxLineBytes: number;
  /** What happens to a longer one; `fail` ends the scan before it. */
  readonly onLongLine: 'fail' | 'skip' | 'truncate';
  /** Records after which the scan ends. */
  readonly maxRecords: number;
}

/** Finds where whole lines end in bytes that come in chunks, and counts them, without decoding anything. */
export class LineScan {
  readonly #rules: LineScanRules;
  /** Bytes of the whole lines so far: where a cut may end. */
  until = 0;
  /** Records in them. */
  records = 0;
  /** Lines in them that are longer than allowed. */
  long = 0;
  /** The record limit is reached, or a line that is too long comes next. */
  ended = false;
  /** The scan ended before a line that is too long. */
  tooLong = false;
  /** Bytes after `until` that are known to hold no line end. */
  open = 0;
  #lastByte = 0;

  constructor(rules: LineScanRules, open = 0) {
    this.#rules = rules;
    this.open = open;
    this.ended = rules.maxRecords < 1;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (!this.ended) {
      const end = chunk.indexOf(LF, at);
      if (end < 0) {
        this.open += chunk.length - at;
        this.#lastByte = chunk[chunk.length - 1] ?? this.#lastByte;
        if (this.#rules.onLongLine === 'fail' && this.open > this.#rules.maxLineBytes + 1) this.#refuse();
        return;
      }
      const before = end > at ? chunk[end - 1] : this.open > 0 ? this.#lastByte : 0;
      this.#take(this.open + end - at, before === CR ? 1 : 0);
      at = end + 1;
    }
  }

  #take(bytes: number, trimmed: number): void {
    const { maxLineBytes, onLongLine, maxRecords } = this.#rules;
    if (bytes - trimmed > maxLineBytes) {
      if (onLongLine === 'fail') {
        this.#refuse();
        return;
      }
      this.long++;
      if (onLongLine === 'truncate') this.records++;
    } else {
      this.records++;
    }
    this.until += bytes + 1;
    this.open = 0;
    this.#lastByte = LF;
    this.ended = this.records >= maxRecords;
  }

  #refuse(): void {
    this.ended = true;
    this.tooLong = true;
  }
}
