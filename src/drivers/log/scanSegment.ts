import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { FileWindow } from './FileWindow.ts';
import { decodeHead, FRAME, FRAME_HEAD, FRAME_VERSION, type FrameHead, headsIn, seedOf } from './frames.ts';
import type { SegmentName } from './logNames.ts';
import { Segment } from './Segment.ts';
import { type Begin, parsedBegin } from './segmentBegin.ts';

/** How much is searched at once for whole frames behind a broken one. */
const STEP = 1 << 20;
const KINDS: readonly number[] = Object.values(FRAME);

/** What a segment's file holds: its whole groups, up to the first one that is not. */
export interface ScannedSegment {
  /** `undefined` if not even its beginning is whole. */
  readonly segment: Segment | undefined;
  /** How many bytes its whole groups take. */
  readonly bytes: number;
  readonly trimmed: number;
  /** The last note it knows of, as JSON. */
  readonly note: string | undefined;
  /** What is wrong behind the whole groups; `undefined` if nothing is there. */
  readonly broken: string | undefined;
  /** How many bytes lie behind them; `undefined` where nobody knows which of them are of an earlier segment. */
  readonly rest: number | undefined;
  /** Whether no crash can have left it so: what is broken may have been answered for. */
  readonly isDamaged: boolean;
}

/** Reads a segment and checks every byte of it. @param end what of the file counts, if that is known */
export async function scanSegment(
  folder: string,
  log: string,
  name: SegmentName,
  end?: number,
): Promise<ScannedSegment> {
  const file = await open(join(folder, name.file), 'r');
  try {
    const size = end ?? (await file.stat()).size;
    return await new SegmentScan(file, name, seedOf(log, name.file), size).run();
  } finally {
    await file.close();
  }
}

interface ReadFrame extends FrameHead {
  readonly at: number;
  readonly end: number;
  readonly note: string | undefined;
}

class SegmentScan {
  readonly #file: FileHandle;
  readonly #name: SegmentName;
  readonly #seed: number;
  readonly #size: number;
  readonly #window: FileWindow;
  #segment: Segment | undefined;
  #begin: Begin | undefined;
  #note: string | undefined;
  #trimmed = 0;
  #bytes = 0;
  /** The frames of the group that is not whole yet. */
  #group: ReadFrame[] = [];
  #groupNumber = 0;
  #nextRecord = 0;
  #broken: string | undefined;
  #isDamaged = false;

  constructor(file: FileHandle, name: SegmentName, seed: number, size: number) {
    this.#file = file;
    this.#name = name;
    this.#seed = seed;
    this.#size = size;
    this.#window = new FileWindow(file, size);
  }

  async run(): Promise<ScannedSegment> {
    let at = 0;
    let isEnd = false;
    while (at < this.#size && this.#broken === undefined) {
      isEnd = this.#begin?.isReused === true && this.#group.length === 0 && (await this.#isZero(at));
      if (isEnd) break;
      const frame = await this.#frame(at);
      if (frame === undefined) break;
      at = frame.end;
      this.#group.push(frame);
      if (frame.endsGroup) this.#takeGroup();
    }
    if (this.#broken === undefined && this.#bytes < this.#size && !isEnd) this.#broken = 'its last group is cut off';
    if ((this.#broken !== undefined || isEnd) && !this.#isDamaged && (await this.#hasLaterGroup())) {
      this.#isDamaged = true;
      this.#broken = `${this.#broken ?? `there are zeros (at byte ${at})`}, and what was written after it is whole`;
    }
    return {
      segment: this.#segment,
      bytes: this.#bytes,
      trimmed: this.#trimmed,
      note: this.#note,
      broken: this.#broken,
      rest: this.#begin?.isReused === true ? undefined : this.#size - this.#bytes,
      isDamaged: this.#isDamaged,
    };
  }

  /** The frame at this place, if it is whole and what has to come here. */
  async #frame(at: number): Promise<ReadFrame | undefined> {
    const bytes = this.#window.look(at, FRAME_HEAD) ?? (await this.#window.load(at, FRAME_HEAD));
    const head = decodeHead(bytes, 0, this.#seed);
    if (head === undefined) return this.#break('a head is broken or cut off', at);
    const wrong = this.#wrongIn(head);
    // A write that was cut off leaves no head that is whole and wrong.
    this.#isDamaged = wrong !== undefined;
    if (wrong !== undefined) return this.#break(wrong, at);
    const size = head.noteLength + head.length;
    const from = at + FRAME_HEAD;
    if (from + size > this.#size) return this.#break('a block is cut off', at);
    const content = this.#window.look(from, size) ?? (await this.#window.load(from, size));
    if (content.length < size) return this.#break('a block is cut off', at);
    if (crc32(content) !== head.crc) return this.#break('a checksum does not fit its content', at);
    if (head.kind === FRAME.block) this.#nextRecord += head.records;
    const note = head.noteLength === 0 ? undefined : content.toString('utf8', 0, head.noteLength);
    if (head.kind === FRAME.begin && parsedBegin(note) === undefined)
      return this.#break('its beginning says nothing', at);
    return { ...head, at, end: from + size, note };
  }

  /** Whether there are zeros in the place of a head. */
  async #isZero(at: number): Promise<boolean> {
    const bytes = this.#window.look(at, FRAME_HEAD) ?? (await this.#window.load(at, FRAME_HEAD));
    return bytes.length === FRAME_HEAD && bytes.every((byte) => byte === 0);
  }

  #wrongIn({ version, kind, group, record, records }: FrameHead): string | undefined {
    if (version !== FRAME_VERSION || !KINDS.includes(kind)) {
      const what = `a frame is of version ${version} of the format and kind ${kind}`;
      return `${what}, not of version ${FRAME_VERSION}: a later version of this package may have written it`;
    }
    if (group !== this.#groupNumber) return `group ${group} comes where ${this.#groupNumber} has to`;
    const isFirst = this.#segment === undefined && this.#group.length === 0;
    if (isFirst !== (kind === FRAME.begin)) return 'its beginning is not where it has to be';
    if (kind === FRAME.begin) this.#nextRecord = record;
    if (kind !== FRAME.block) return undefined;
    if (record !== this.#nextRecord) return `record ${record} comes where ${this.#nextRecord} has to`;
    return records === 0 ? 'a block holds nothing' : undefined;
  }

  #takeGroup(): void {
    for (const frame of this.#group) {
      if (frame.kind === FRAME.begin) this.#takeBegin(frame);
      if (frame.kind === FRAME.trim) this.#trimmed = Math.max(this.#trimmed, frame.record);
      if (frame.kind !== FRAME.block) continue;
      this.#segment?.add(frame.records, frame.at, frame.length);
      this.#note = frame.note ?? this.#note;
    }
    this.#bytes = this.#group.at(-1)?.end ?? this.#bytes;
    if (this.#segment !== undefined) this.#segment.bytes = this.#bytes;
    this.#group = [];
    this.#groupNumber += 1;
  }

  #takeBegin({ record, note }: ReadFrame): void {
    this.#begin = parsedBegin(note);
    this.#segment = new Segment(this.#name, record);
    this.#trimmed = this.#begin?.trimmed ?? 0;
    this.#note = this.#begin?.note;
  }

  #break(what: string, at: number): undefined {
    this.#broken = `${what} (at byte ${at})`;
  }

  /** Whether a frame of a later group is whole behind the broken one. */
  async #hasLaterGroup(): Promise<boolean> {
    for (let from = this.#bytes; from < this.#size; from += STEP) {
      // The steps overlap by one head, so that none is cut in two.
      const bytes = await new FileWindow(this.#file, this.#size).load(from, STEP + FRAME_HEAD);
      for (const { group } of headsIn(bytes, this.#seed)) if (group !== this.#groupNumber) return true;
    }
    return false;
  }
}
