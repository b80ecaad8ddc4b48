import { serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { corrupt, newer } from '../checkpointErrors.ts';

/** A segment as the head names it. */
export interface NamedSegment {
  readonly segment: string;
  /** The sequence number of its first frame. */
  readonly first: number;
  /** How much of it counts; what comes after it was never answered. */
  readonly length: number;
}

/** What a checkpoint consists of. */
export interface Head {
  /** Counts the loads: each gives its segments names of their own. */
  readonly life: number;
  /** The newest version of V8's format that any part of it is written in, and the newest Node that wrote. */
  readonly clones: number;
  readonly node: string;
  readonly base: NamedSegment | undefined;
  /** In order. The last one may have grown since; all that is behind its `length` and whole counts too. */
  readonly log: readonly NamedSegment[];
  /** The last one does not grow: this is the head of a savepoint. */
  readonly isClosed: boolean;
}

/** The version of V8's format of serialized data that this process writes. */
export const CLONES: number = serialize(0)[1] as number;

/**
 * `RXDH`, the version of the format, the length of what follows, a CRC32 of all that, and what follows: JSON. Every version of the
 * format begins like this: a newer one is told from a broken one.
 */
const MAGIC: Buffer = Buffer.from('RXDH', 'latin1');
const FORMAT = 1;
const START = 16;

export function encodeHead(head: Head): Uint8Array {
  const body = Buffer.from(JSON.stringify(head));
  const bytes = Buffer.alloc(START + body.length);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(FORMAT, 4);
  bytes.writeUInt32LE(body.length, 8);
  bytes.writeUInt32LE(crc32(body, crc32(bytes.subarray(0, 12))), 12);
  body.copy(bytes, START);
  return bytes;
}

/** The head from its bytes; throws `CHECKPOINT_CORRUPT` or `CHECKPOINT_NEWER`. */
export function decodeHead(from: Uint8Array, storage: string): Head {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength);
  const body = bytes.subarray(START);
  if (bytes.length < START) throw corrupt(storage, `its head ends after ${bytes.length} bytes`);
  if (bytes.compare(MAGIC, 0, 4, 0, 4) !== 0) throw corrupt(storage, 'its head does not begin as one');
  if (crc32(body, crc32(bytes.subarray(0, 12))) !== bytes.readUInt32LE(12) || bytes.readUInt32LE(8) !== body.length) {
    throw corrupt(storage, `the checksum of its head does not fit its ${bytes.length} bytes`);
  }
  const format = bytes.readUInt32LE(4);
  if (format > FORMAT)
    throw newer(storage, `it has format ${format}, this version of rx-dstream reads up to ${FORMAT}`);
  const head = JSON.parse(body.toString()) as Head;
  if (head.clones > CLONES) {
    throw newer(storage, `Node ${head.node} wrote values that Node ${process.versions.node} does not understand`);
  }
  return { ...head, base: head.base };
}
