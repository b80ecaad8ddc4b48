import { malformed, tooLarge } from '../Decompress.ts';
import { GrowingOutput } from '../GrowingOutput.ts';
import type { HuffmanTable } from './HuffmanTable.ts';
import { MAX_BLOCK, readLiterals } from './readLiterals.ts';
import { readSequences, type SequenceState } from './readSequences.ts';

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

const SPARE = 8;

// Kinds of blocks.
const RAW = 0;
const REPEATED = 1;
const COMPRESSED = 2;

/**
 * zstd (RFC 8878) without dictionaries, of one frame or several. The work is bounded by the bytes that come in and the
 * limit of what may go out, whatever the bytes claim.
 */
export function unzstd(packed: Buffer, maxBytes: number): Buffer {
  if (packed.length === 0) malformed('zstd', 'no bytes');
  const end = packed.length;
  // Bits are read four bytes at a time: with some bytes to spare no read leaves the memory, which would be slow.
  const bytes = Buffer.alloc(end + SPARE);
  packed.copy(bytes);
  const output = new GrowingOutput('zstd', maxBytes, Math.min(Math.max(end * 4, 1024), MAX_BLOCK));
  for (let at = 0; at < end; ) {
    if (at + 8 > end) malformed('zstd', 'the frame is cut');
    const magic = bytes.readUInt32LE(at);
    if (magic >>> 4 === SKIPPABLE >>> 4) {
      at += 8 + bytes.readUInt32LE(at + 4);
      if (at > end) malformed('zstd', 'the frame is cut');
    } else if (magic === MAGIC) at = readFrame(bytes, at, end, output, maxBytes);
    else malformed('zstd', 'no frame begins where one must');
  }
  return output.taken();
}

interface FrameHead {
  readonly end: number;
  readonly checksum: boolean;
  /** Size of the content, where the frame tells it. */
  readonly size: number | undefined;
}

function readFrame(bytes: Buffer, start: number, end: number, output: GrowingOutput, maxBytes: number): number {
  const head = readHead(bytes, start, end);
  const begin = output.end;
  if (head.size !== undefined) {
    if (begin + head.size > maxBytes) tooLarge('zstd', maxBytes);
    // Believed only as far as blocks of this many bytes can hold it; three bytes are the smallest block.
    output.room(Math.min(head.size, Math.ceil((end - head.end) / 3) * MAX_BLOCK));
  }
  const sequences: SequenceState = {
    literalLengths: undefined,
    offsets: undefined,
    matchLengths: undefined,
    recent: Int32Array.of(1, 4, 8),
  };
  let huffman: HuffmanTable | undefined;
  let at = head.end;
  for (let last = false; !last; ) {
    if (at + 3 > end) malformed('zstd', 'the frame is cut');
    const block = bytes.readUIntLE(at, 3);
    last = (block & 1) === 1;
    const kind = (block >> 1) & 3;
    const size = block >> 3;
    const from = at + 3;
    at = from + (kind === REPEATED ? 1 : size);
    if (size > MAX_BLOCK) malformed('zstd', 'a block is larger than a block may be');
    if (at > end) malformed('zstd', 'the frame is cut');
    if (kind === COMPRESSED) {
      const literals = readLiterals(bytes, from, at, huffman);
      huffman = literals.huffman;
      readSequences(bytes, literals.end, at, literals, sequences, output, begin);
    } else if (kind === RAW) {
      output.room(size);
      output.append(bytes, from, size);
    } else if (kind === REPEATED) {
      output.room(size);
      output.fill(bytes[from] as number, size);
    } else malformed('zstd', 'a block of an unknown kind');
  }
  if (head.size !== undefined && output.end - begin !== head.size) malformed('zstd', 'another size than told');
  at += head.checksum ? 4 : 0;
  if (at > end) malformed('zstd', 'the frame is cut');
  return at;
}

function readHead(bytes: Buffer, start: number, limit: number): FrameHead {
  const flags = bytes[start + 4] as number;
  if (flags & 0x08) malformed('zstd', 'a frame of a kind to come');
  const single = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3] as number;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6] as number;
  const sizeAt = start + 5 + (single ? 0 : 1) + dictionary;
  const end = sizeAt + sizeBytes;
  if (end > limit) malformed('zstd', 'the frame is cut');
  if (dictionary > 0 && bytes.readUIntLE(sizeAt - dictionary, dictionary) !== 0)
    malformed('zstd', 'a dictionary is needed');
  const checksum = (flags & 0x04) !== 0;
  if (sizeBytes === 0) return { end, checksum, size: undefined };
  if (sizeBytes === 8) return { end, checksum, size: Number(bytes.readBigUInt64LE(sizeAt)) };
  return { end, checksum, size: bytes.readUIntLE(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0) };
}
