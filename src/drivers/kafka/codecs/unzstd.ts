import * as zlib from 'node:zlib';
import { type Decompress, malformed, tooLarge } from './Decompress.ts';

const MAGIC = 0xfd2fb528;
const MAX_BLOCK = 131_072;
const MIN_WINDOW_LOG = 10;
// Kinds of blocks; the others hold as many bytes as they give.
const REPEATED = 1;
const COMPRESSED = 2;

/** Node's own zstd where it has one (22.15 and newer), else fzstd, which is pure JavaScript. */
export async function loadUnzstd(): Promise<Decompress> {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: NativeZstd };
  if (zstdDecompressSync) return (bytes, maxBytes) => unzstdNative(zstdDecompressSync, bytes, maxBytes);
  const { Decompress: Stream } = await import('fzstd');
  return (bytes, maxBytes) => unzstdStreamed((push) => new Stream(push), bytes, maxBytes);
}

type NativeZstd = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;
type OpenStream = (push: (chunk: Uint8Array) => void) => { push(chunk: Uint8Array, final: boolean): void };

function unzstdNative(decompress: NativeZstd, bytes: Buffer, maxBytes: number): Buffer {
  try {
    return decompress(bytes, { maxOutputLength: Math.max(maxBytes, 1) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') tooLarge('zstd', maxBytes, error);
    throw error;
  }
}

/** Frame by frame and block by block, counted on the way: a frame may claim any size. */
export function unzstdStreamed(open: OpenStream, bytes: Buffer, maxBytes: number): Buffer {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const push = (chunk: Uint8Array): void => {
    total += chunk.length;
    if (total > maxBytes) tooLarge('zstd', maxBytes);
    if (chunk.length > 0) chunks.push(chunk);
  };
  let at = 0;
  while (at < bytes.length) {
    const frame = frameAt(bytes, at);
    open(push).push(withFittingWindow(frame, maxBytes), true);
    at += frame.bytes.length;
  }
  const only = chunks[0];
  if (only && chunks.length === 1) return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  return Buffer.concat(chunks, total);
}

interface Frame {
  readonly bytes: Buffer;
  /** The most that its blocks can give. */
  readonly most: number;
  /** Of a frame that is one segment: the size it claims. */
  readonly claimed: number | undefined;
}

/** The frame that begins at `at`, found by its block headers. */
function frameAt(bytes: Buffer, at: number): Frame {
  if (at + 9 > bytes.length || bytes.readUInt32LE(at) !== MAGIC) malformed('zstd', 'no frame begins where one must');
  const flags = bytes[at + 4] as number;
  const single = (flags & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6] as number;
  const sizeAt = at + 5 + (single ? 0 : 1) + ([0, 1, 2, 4][flags & 3] as number);
  let most = 0;
  let last = false;
  let end = sizeAt + sizeBytes;
  while (!last) {
    if (end + 3 > bytes.length) malformed('zstd', 'the frame is cut');
    const header = bytes.readUIntLE(end, 3);
    const kind = (header >> 1) & 3;
    const size = header >> 3;
    most += kind === COMPRESSED ? MAX_BLOCK : size;
    end += 3 + (kind === REPEATED ? 1 : size);
    last = (header & 1) === 1;
  }
  end += flags & 4 ? 4 : 0;
  if (end > bytes.length) malformed('zstd', 'the frame is cut');
  return { bytes: bytes.subarray(at, end), most, claimed: single ? sizeAtHand(bytes, sizeAt, sizeBytes) : undefined };
}

function sizeAtHand(bytes: Buffer, at: number, size: number): number {
  if (size === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, size) + (size === 2 ? 256 : 0);
}

/**
 * The same frame with a window no larger than its output can get: the usual window of 2 MiB or more would be allocated
 * and moved for each small batch, and a hostile one could be of any size.
 */
function withFittingWindow({ bytes, most, claimed }: Frame, maxBytes: number): Buffer {
  if (claimed !== undefined) {
    if (claimed > maxBytes) tooLarge('zstd', maxBytes);
    return bytes;
  }
  const largest = Math.min(most, Math.max(maxBytes, MAX_BLOCK));
  const windowLog = Math.max(Math.ceil(Math.log2(Math.max(largest, 1))), MIN_WINDOW_LOG);
  const descriptor = (windowLog - MIN_WINDOW_LOG) << 3;
  if (descriptor >= (bytes[5] as number)) return bytes;
  const fitted = Buffer.from(bytes);
  fitted[5] = descriptor;
  return fitted;
}
