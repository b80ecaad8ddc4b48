/** The bytes of one batch's records, shared by all of them, and their text once somebody asks for it. */
export class RecordBytes {
  readonly bytes: Buffer;
  /** The section of `bytes` that holds the records. */
  private readonly from: number;
  private readonly end: number;
  private latin1: string | undefined;
  private words: Int32Array | undefined;
  private firstWord = 0;

  constructor(bytes: Buffer, from: number, end: number) {
    this.bytes = bytes;
    this.from = from;
    this.end = end;
  }

  /**
   * UTF-8 text of a span. One native call turns the whole section into a string of one byte a character, of which plain
   * ASCII is cut out; anything else is decoded by itself.
   */
  text(from: number, end: number): string {
    if (!this.isAscii(from, end)) return this.bytes.toString('utf8', from, end);
    this.latin1 ??= this.bytes.toString('latin1', this.from, this.end);
    return this.latin1.substring(from - this.from, end - this.from);
  }

  private isAscii(from: number, end: number): boolean {
    const { bytes } = this;
    this.words ??= this.aligned();
    const { words } = this;
    const shift = bytes.byteOffset;
    let at = from;
    while (at < end && ((at + shift) & 3) !== 0) if ((bytes[at++] as number) > 0x7f) return false;
    const lastWord = ((end + shift) >> 2) - this.firstWord;
    let word = ((at + shift) >> 2) - this.firstWord;
    if (word < lastWord) {
      at += (lastWord - word) << 2;
      for (; word < lastWord; word++) if (((words[word] as number) & 0x80808080) !== 0) return false;
    }
    while (at < end) if ((bytes[at++] as number) > 0x7f) return false;
    return true;
  }

  /** The same memory as words of four bytes, from the first whole one of the section on. */
  private aligned(): Int32Array {
    const { buffer, byteOffset } = this.bytes;
    const first = (byteOffset + this.from + 3) >> 2;
    const last = (byteOffset + this.end) >> 2;
    this.firstWord = first;
    return new Int32Array(buffer, first * 4, Math.max(last - first, 0));
  }
}
