import type { TakeLimit } from './LogBlock.ts';
import type { Segment } from './Segment.ts';

/** Blocks of one segment: from one up to another that does not belong to them any more. */
export interface BlockRange {
  readonly segment: Segment;
  readonly from: number;
  readonly until: number;
}

/** Where the records of a log lie: its segments, oldest first, each beginning where the one before it ends. */
export class LogIndex {
  readonly #segments: Segment[] = [];
  /** Of each segment, how many bytes had been added to the log when it began. */
  readonly #bases = new Map<Segment, number>();
  #added = 0;
  #trimmed: number;
  #next: number;
  #liveBytes = 0;

  /** @param next the number of the first record to come */
  constructor(trimmed: number, next: number) {
    this.#trimmed = trimmed;
    this.#next = next;
  }

  /** The first record that is not trimmed. */
  get trimmed(): number {
    return this.#trimmed;
  }

  /** The number of the next record to come. */
  get next(): number {
    return this.#next;
  }

  /** What lies from the first block on that is not wholly trimmed. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** Takes a segment in, with all it holds. */
  add(segment: Segment): void {
    this.#segments.push(segment);
    this.#bases.set(segment, this.#added);
    this.grew(segment, segment.bytes);
  }

  /** The last segment has got so many bytes more. */
  grew(segment: Segment, bytes: number): void {
    this.#added += bytes;
    this.#next = segment.next;
    this.#measure();
  }

  trim(until: number): void {
    this.#trimmed = Math.max(this.#trimmed, Math.min(until, this.#next));
    this.#measure();
  }

  /** Whether there are segments that nobody needs when everything before `trimmed` may go. */
  hasDroppable(trimmed: number, keep: Segment | undefined): boolean {
    const [oldest] = this.#segments;
    return oldest !== undefined && oldest !== keep && oldest.next <= trimmed;
  }

  /** Forgets segments whose records are all before `trimmed`, and gives them. */
  drop(trimmed: number, keep: Segment | undefined): readonly Segment[] {
    const dropped: Segment[] = [];
    while (this.hasDroppable(trimmed, keep)) dropped.push(this.#segments.shift() as Segment);
    for (const segment of dropped) this.#bases.delete(segment);
    return dropped;
  }

  /** How far one gets from this record on: whole blocks up to the limit in bytes, but one at least. */
  take(from: number, { maxRecords, maxBytes }: TakeLimit): number {
    const most = Math.min(from + maxRecords, this.#next);
    let [until, bytes] = [from, 0];
    for (let at = this.#find(from); until < most && at < this.#segments.length; at++) {
      const segment = this.#segments[at] as Segment;
      for (let block = segment.find(until); until < most && block < segment.count; block++) {
        bytes += segment.lengthOf(block);
        if (until > from && bytes > maxBytes) return until;
        until = Math.min(segment.firstOf(block + 1), most);
      }
    }
    return until;
  }

  /** The blocks that hold these records. */
  blocks(from: number, until: number): readonly BlockRange[] {
    const ranges: BlockRange[] = [];
    for (let at = this.#find(from); at < this.#segments.length; at++) {
      const segment = this.#segments[at] as Segment;
      if (segment.first >= until) break;
      const range = { segment, from: segment.find(Math.max(from, segment.first)), until: endOf(segment, until) };
      if (range.until > range.from) ranges.push(range);
    }
    return ranges;
  }

  /** Which segment holds this record, or comes first after it. */
  #find(record: number): number {
    let [low, high] = [0, this.#segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle] as Segment).next <= record) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #measure(): void {
    const segment = this.#segments[this.#find(this.#trimmed)];
    const base = segment === undefined ? undefined : this.#bases.get(segment);
    if (segment === undefined || base === undefined) this.#liveBytes = 0;
    else this.#liveBytes = this.#added - base - segment.placeOf(segment.find(this.#trimmed));
  }
}

function endOf(segment: Segment, until: number): number {
  return until >= segment.next ? segment.count : segment.find(until - 1) + 1;
}
