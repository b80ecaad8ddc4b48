import { crc32 } from 'node:zlib';

/**
 * A segment is a row of frames: a head of 32 bytes, then the payload.
 *
 * | at | bytes | what |
 * |---|---|---|
 * | 0 | 4 | `RXDF` |
 * | 4 | 1 | type |
 * | 5 | 3 | zero |
 * | 8 | 6 | sequence number: one more than that of the frame before |
 * | 14 | 6 | group: the sequence number of the first frame of what is atomic |
 * | 20 | 4 | length of the payload |
 * | 24 | 4 | CRC32 of the payload |
 * | 28 | 4 | CRC32 of these 28 bytes, begun with that of the segment's name |
 *
 * All numbers are little-endian. The name in the checksum binds a frame to its segment: a copy of it elsewhere, also inside of a value,
 * is no frame.
 */
export const FRAME_HEAD = 32;

const MAGIC: Buffer = Buffer.from('RXDF', 'latin1');
const SEQUENCE = 8;
const GROUP = 14;
const LENGTH = 20;
const PAYLOAD_CRC = 24;
const HEAD_CRC = 28;

/** What frames are there for. The numbers are written to disk and never change. */
export const FRAME = {
  /** A segment of the log begins. */
  begin: 1,
  /** A planned batch: a group by itself. */
  plan: 2,
  /** The blocks after it, up to the next one, belong to this state. */
  state: 3,
  deleted: 4,
  changed: 5,
  added: 6,
  /** A settlement is whole: the states before it in its group count. */
  settled: 7,
  /** A base begins. */
  base: 8,
  /** A base is whole. */
  end: 9,
} as const;

/** The head of one frame. */
export interface FrameHead {
  readonly type: number;
  readonly sequence: number;
  readonly group: number;
  readonly length: number;
  readonly crc: number;
}

/** With what the checksums of a segment's frames begin. */
export function seedOf(segment: string): number {
  return crc32(segment);
}

export function encodeHead(frame: FrameHead, seed: number): Buffer {
  const bytes = Buffer.alloc(FRAME_HEAD);
  MAGIC.copy(bytes);
  bytes[4] = frame.type;
  bytes.writeUIntLE(frame.sequence, SEQUENCE, 6);
  bytes.writeUIntLE(frame.group, GROUP, 6);
  bytes.writeUInt32LE(frame.length, LENGTH);
  bytes.writeUInt32LE(frame.crc, PAYLOAD_CRC);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, HEAD_CRC), seed), HEAD_CRC);
  return bytes;
}

/** The head of a frame at this place, or `undefined` if there is no whole and unbroken one. */
export function decodeHead(bytes: Buffer, at: number, seed: number): FrameHead | undefined {
  if (at + FRAME_HEAD > bytes.length || bytes.compare(MAGIC, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + HEAD_CRC), seed) !== bytes.readUInt32LE(at + HEAD_CRC)) return undefined;
  return {
    type: bytes[at + 4] as number,
    sequence: bytes.readUIntLE(at + SEQUENCE, 6),
    group: bytes.readUIntLE(at + GROUP, 6),
    length: bytes.readUInt32LE(at + LENGTH),
    crc: bytes.readUInt32LE(at + PAYLOAD_CRC),
  };
}

/** The heads of all frames that begin somewhere in these bytes, payloads unseen. */
export function* headsIn(bytes: Buffer, seed: number): Iterable<FrameHead> {
  for (let at = bytes.indexOf(MAGIC); at >= 0; at = bytes.indexOf(MAGIC, at + 1)) {
    const head = decodeHead(bytes, at, seed);
    if (head !== undefined) yield head;
  }
}
