import type { Segment } from './Segment.ts';

/** What a piece costs besides its bytes, about. */
const PIECE_BYTES = 256;

/** Whole frames that were written to a segment, as they lie there. */
export interface Piece {
  readonly segment: Segment;
  /** Where it begins in the segment. */
  readonly at: number;
  readonly bytes: Buffer;
  /** The records of its blocks: from the first up to one that is not in it. */
  readonly first: number;
  readonly next: number;
}

/**
 * What was written last, still in memory: a batch that follows closely is not read back from the disk. While it is full nothing is taken in,
 * as what is in it is asked for first; a piece goes when it has been read to its end, or was trimmed.
 */
export class RecentPieces {
  readonly #maxBytes: number;
  /** In the order of their records. Those before `#head` are gone, and empty until there are enough of them to move the others up. */
  #pieces: (Piece | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes + PIECE_BYTES <= this.#maxBytes;
  }

  /** Takes in what is on disk now, behind all that was before. */
  add(piece: Piece): void {
    if (!this.hasRoom(piece.bytes.length)) return;
    this.#pieces.push(piece);
    this.#bytes += piece.bytes.length + PIECE_BYTES;
  }

  /** The piece that holds a record, if it is here. */
  find(record: number): Piece | undefined {
    let [low, high] = [this.#head, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#pieces[middle] as Piece).next <= record) low = middle + 1;
      else high = middle;
    }
    const piece = this.#pieces[low];
    return piece !== undefined && piece.first <= record ? piece : undefined;
  }

  /** Lets go of what ends before this record. */
  forget(until: number): void {
    for (let piece = this.#pieces[this.#head]; piece !== undefined && piece.next <= until; ) {
      this.#bytes -= piece.bytes.length + PIECE_BYTES;
      this.#pieces[this.#head] = undefined;
      piece = this.#pieces[++this.#head];
    }
    if (this.#head === 0 || this.#head * 2 < this.#pieces.length) return;
    this.#pieces.splice(0, this.#head);
    this.#head = 0;
  }
}
