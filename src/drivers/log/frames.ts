import { crc32 } from 'node:zlib';

/**
 * A segment is a row of frames: a head of 40 bytes, then a note, then the bytes of a block.
 *
 * | at | bytes | what |
 * |---|---|---|
 * | 0 | 4 | `RXDW` |
 * | 4 | 1 | version of the format |
 * | 5 | 1 | kind |
 * | 6 | 1 | 1 if it is the last of its group |
 * | 7 | 1 | zero |
 * | 8 | 6 | number of a record: what of it, says the kind |
 * | 14 | 6 | group: what was written together and counts together; from 0 in each segment |
 * | 20 | 4 | how many records a block holds |
 * | 24 | 4 | length of the note |
 * | 28 | 4 | length of the block |
 * | 32 | 4 | CRC32 of note and block |
 * | 36 | 4 | CRC32 of these 36 bytes, begun with that of the log's id and the segment's name |
 *
 * All numbers are little-endian. What the checksum begins with binds a frame to its segment: a copy of it elsewhere, also inside of a block, is no
 * frame.
 */
export const FRAME_HEAD = 40;

/** The version of the format that is written. */
export const FRAME_VERSION = 1;

/** What frames are there for. The numbers are written to disk and never change. */
export const FRAME = {
  /** A segment begins with the record of this number; its note is all that the segments before it knew. */
  begin: 1,
  /** A block whose first record has this number. */
  block: 2,
  /** Records before this number are not needed any more. */
  trim: 3,
} as const;

const MAGIC: Buffer = Buffer.from('RXDW', 'latin1');
const NOTHING = new Uint8Array(0);

/** One frame on its way to disk. */
export interface NewFrame {
  readonly kind: number;
  readonly record: number;
  readonly records: number;
  readonly note: Uint8Array | undefined;
  readonly parts: readonly Uint8Array[];
  /** Of the parts together. */
  readonly length: number;
}

/** The head of one frame that was read. */
export interface FrameHead {
  readonly version: number;
  readonly kind: number;
  readonly endsGroup: boolean;
  readonly record: number;
  readonly group: number;
  readonly records: number;
  readonly noteLength: number;
  readonly length: number;
  readonly crc: number;
}

/** With what the checksums of a segment's heads begin. */
export function seedOf(log: string, file: string): number {
  return crc32(`${log}/${file}`);
}

/** How many bytes it takes on disk. */
export function frameBytes({ note = NOTHING, length }: Pick<NewFrame, 'note' | 'length'>): number {
  return FRAME_HEAD + note.length + length;
}

/** Writes the head of a frame into these 40 bytes. */
export function encodeHead(into: Buffer, frame: NewFrame, group: number, endsGroup: boolean, seed: number): void {
  const { note = NOTHING } = frame;
  MAGIC.copy(into);
  into[4] = FRAME_VERSION;
  into[5] = frame.kind;
  into[6] = endsGroup ? 1 : 0;
  into[7] = 0;
  into.writeUIntLE(frame.record, 8, 6);
  into.writeUIntLE(group, 14, 6);
  into.writeUInt32LE(frame.records, 20);
  into.writeUInt32LE(note.length, 24);
  into.writeUInt32LE(frame.length, 28);
  let crc = note.length > 0 ? crc32(note) : 0;
  // With nothing to add, zlib forgets what it was begun with.
  for (const part of frame.parts) if (part.length > 0) crc = crc32(part, crc);
  into.writeUInt32LE(crc, 32);
  into.writeUInt32LE(crc32(into.subarray(0, 36), seed), 36);
}

/** The head of a frame at this place, or `undefined` if there is no whole and unbroken one. */
export function decodeHead(bytes: Buffer, at: number, seed: number): FrameHead | undefined {
  if (at + FRAME_HEAD > bytes.length || bytes.compare(MAGIC, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + 36), seed) !== bytes.readUInt32LE(at + 36)) return undefined;
  return {
    version: bytes[at + 4] as number,
    kind: bytes[at + 5] as number,
    endsGroup: bytes[at + 6] === 1,
    record: bytes.readUIntLE(at + 8, 6),
    group: bytes.readUIntLE(at + 14, 6),
    records: bytes.readUInt32LE(at + 20),
    noteLength: bytes.readUInt32LE(at + 24),
    length: bytes.readUInt32LE(at + 28),
    crc: bytes.readUInt32LE(at + 32),
  };
}

/** Where the block of a frame begins, past its head and its note; for a frame that is whole and unbroken. */
export function contentAt(bytes: Buffer, at: number): number {
  return at + FRAME_HEAD + bytes.readUInt32LE(at + 24);
}

/** The heads of all frames that begin somewhere in these bytes, what follows them unseen. */
export function* headsIn(bytes: Buffer, seed: number): Iterable<FrameHead> {
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    const head = decodeHead(bytes, at, seed);
    if (head !== undefined) yield head;
  }
}
