import type { FolderOwner } from '../files/FolderOwner.ts';
import { syncFolder } from '../files/syncFolder.ts';
import { encodeGroup } from './encodeGroup.ts';
import { encodePieces, type NewPiece } from './encodePieces.ts';
import { FRAME, frameBytes, type NewFrame, seedOf } from './frames.ts';
import type { LogHead } from './LogHead.ts';
import type { LogIndex } from './LogIndex.ts';
import { segmentName } from './logNames.ts';
import type { OpenedLog } from './openLog.ts';
import type { RecentPieces } from './RecentPieces.ts';
import { Segment } from './Segment.ts';
import { SegmentFile } from './SegmentFile.ts';
import type { SpareFiles } from './SpareFiles.ts';
import { printBegin } from './segmentBegin.ts';

/** A group has at most so many bytes, so that nobody waits long for others; or one block. */
const GROUP_BYTES = 8 << 20;

interface OpenSegment {
  readonly segment: Segment;
  readonly file: SegmentFile;
  readonly seed: number;
  /** How many groups it holds. */
  groups: number;
}

/** Writes groups to segments, one after another. The first failure is final: then it is not used again, but for {@link headAt} and {@link close}. */
export class GroupWriter {
  /** The trimmed records that a file which is safe says are trimmed. */
  recorded: number;
  readonly groupBytes: number;
  readonly #folder: string;
  readonly #sync: boolean;
  readonly #segmentBytes: number;
  readonly #log: string;
  readonly #owner: FolderOwner;
  readonly #index: LogIndex;
  readonly #recent: RecentPieces;
  readonly #spares: SpareFiles;
  #nextSegment: number;
  #note: string | undefined;
  #open: OpenSegment | undefined;

  constructor(
    { folder, sync, segmentBytes, id, owner, index, nextSegment, note }: OpenedLog,
    recent: RecentPieces,
    spares: SpareFiles,
  ) {
    this.#recent = recent;
    this.#spares = spares;
    this.#folder = folder;
    this.#sync = sync;
    this.#segmentBytes = segmentBytes;
    this.groupBytes = Math.min(GROUP_BYTES, segmentBytes);
    this.#log = id;
    this.#owner = owner;
    this.#index = index;
    this.#nextSegment = nextSegment;
    this.#note = note;
    this.recorded = index.trimmed;
  }

  /** The one that is being written. */
  get segment(): Segment | undefined {
    return this.#open?.segment;
  }

  /** Resolves when these blocks are safe, and that what is trimmed is. */
  async write(blocks: readonly NewFrame[]): Promise<void> {
    const { trimmed } = this.#index;
    const isFull = this.#open === undefined || (blocks.length > 0 && this.#isFull(this.#open.segment));
    if (!isFull && trimmed <= this.recorded && blocks.length === 0) return;
    const open = isFull ? await this.#begin() : (this.#open as OpenSegment);
    const first = isFull
      ? this.#beginFrame(trimmed, open.file.isSpare)
      : trimmed > this.recorded
        ? trimFrame(trimmed)
        : undefined;
    const frames = first === undefined ? blocks : [first, ...blocks];
    let pieces: readonly NewPiece[];
    try {
      pieces = await this.#writeGroup(open, frames);
      await this.#moveOn(open);
    } catch (error) {
      if (open !== this.#open) await open.file.close().catch(() => undefined); // the first failure is the one to report
      throw error;
    }
    this.#take(open, frames, pieces);
    this.recorded = trimmed;
  }

  /** What a head says at the end: segments whose records are all trimmed do not matter. */
  headAt(trimmed: number): LogHead {
    const live = this.#index.segments.filter(({ next }) => next > trimmed);
    return {
      log: this.#log,
      trimmed,
      next: this.#index.next,
      nextSegment: this.#nextSegment,
      note: this.#note,
      segments: live.map(({ name, first, next, bytes }) => ({ ...name, first, next, bytes })),
    };
  }

  async close(): Promise<void> {
    await this.#open?.file.close();
  }

  #isFull({ bytes, count }: Segment): boolean {
    return count > 0 && bytes >= this.#segmentBytes;
  }

  async #begin(): Promise<OpenSegment> {
    const number = this.#nextSegment++;
    const file = segmentName(number, this.#owner.epoch);
    const segment = new Segment({ number, epoch: this.#owner.epoch, file }, this.#index.next);
    const spare = this.#spares.next();
    const opening =
      spare === undefined ? SegmentFile.begin(this.#folder, file) : SegmentFile.reuse(this.#folder, file, spare);
    return { segment, file: await opening, seed: seedOf(this.#log, file), groups: 0 };
  }

  /** Answers what of it may stay in memory. */
  async #writeGroup(
    { segment, file, seed, groups }: OpenSegment,
    frames: readonly NewFrame[],
  ): Promise<readonly NewPiece[]> {
    const size = frames.reduce((bytes, frame) => bytes + frameBytes(frame), 0);
    const pieces = this.#recent.hasRoom(size) ? encodePieces(frames, groups, seed) : [];
    const buffers = pieces.length > 0 ? pieces.map(({ bytes }) => bytes) : encodeGroup(frames, groups, seed).buffers;
    try {
      await file.write(buffers, segment.bytes);
    } catch (error) {
      // Makes room, if the disk is full. Whoever reads drops a group that is not whole anyway.
      await file.truncate(segment.bytes).catch(() => undefined);
      throw error;
    }
    // After a failed sync the system may have forgotten what was not on disk yet, and would not say so a second time.
    if (this.#sync) await file.sync();
    if (file.isSpare) {
      await file.name();
      this.#spares.taken();
    }
    if (this.#sync && groups === 0) await syncFolder(this.#folder);
    await this.#owner.check();
    return pieces;
  }

  #take(open: OpenSegment, frames: readonly NewFrame[], pieces: readonly NewPiece[]): void {
    const { segment } = open;
    const before = segment.bytes;
    let note: Uint8Array | undefined;
    let at = before;
    for (const { bytes, first, next } of pieces) {
      if (next > first) this.#recent.add({ segment, at, bytes, first, next });
      at += bytes.length;
    }
    for (const frame of frames) {
      if (frame.kind === FRAME.block) {
        segment.add(frame.records, segment.bytes, frame.length);
        if (frame.note !== undefined) note = frame.note;
      }
      segment.bytes += frameBytes(frame);
    }
    if (note !== undefined) this.#note = Buffer.from(note).toString('utf8');
    if (open.groups === 0) this.#index.add(segment);
    else this.#index.grew(segment, segment.bytes - before);
    open.groups += 1;
  }

  async #moveOn(open: OpenSegment): Promise<void> {
    const before = this.#open;
    this.#open = open;
    if (before !== undefined && before !== open) await before.file.close();
  }

  #beginFrame(trimmed: number, isReused: boolean): NewFrame {
    const note = printBegin({ log: this.#log, trimmed, note: this.#note, isReused });
    return { kind: FRAME.begin, record: this.#index.next, records: 0, note, parts: [], length: 0 };
  }
}

function trimFrame(trimmed: number): NewFrame {
  return { kind: FRAME.trim, record: trimmed, records: 0, note: undefined, parts: [], length: 0 };
}
