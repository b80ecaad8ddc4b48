import { malformed } from './Decompress.ts';
import { GrowingOutput } from './GrowingOutput.ts';

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;

/** lz4 in its frame format, of one frame or several, with linked blocks or independent ones. */
export function unlz4(bytes: Buffer, maxBytes: number): Buffer {
  const output = new GrowingOutput('lz4', maxBytes, Math.max(bytes.length * 4, 1024));
  let at = 0;
  while (at < bytes.length) at = readFrame(bytes, at, output);
  return output.taken();
}

/** Decompresses the frame at `start`; gives where it ends. */
function readFrame(bytes: Buffer, start: number, output: GrowingOutput): number {
  const word = (at: number): number => {
    if (at + 4 > bytes.length) malformed('lz4', 'the frame is cut');
    return bytes.readUInt32LE(at);
  };
  if (word(start) !== MAGIC) malformed('lz4', 'no frame begins where one must');
  if (start + 7 > bytes.length) malformed('lz4', 'the frame is cut');
  const flags = bytes[start + 4] as number;
  if (flags >> 6 !== 1) malformed('lz4', 'the frame is of an unknown version');
  const blockChecksum = flags & 0x10 ? 4 : 0;
  const begin = output.end;
  let at = start + 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  for (let size = word(at); size !== 0; size = word(at)) {
    at += 4;
    const end = at + (size >= UNCOMPRESSED ? size - UNCOMPRESSED : size);
    if (end > bytes.length) malformed('lz4', 'a block is longer than the input');
    if (size >= UNCOMPRESSED) copyLiterals(bytes, at, end, output);
    else readBlock(bytes, at, end, output, begin);
    at = end + blockChecksum;
  }
  at += 4 + (flags & 0x04 ? 4 : 0);
  if (at > bytes.length) malformed('lz4', 'the frame is cut');
  return at;
}

/** One compressed block: literals and copies in turn, ending with literals. `begin` is where its frame's output begins. */
function readBlock(bytes: Buffer, start: number, end: number, output: GrowingOutput, begin: number): void {
  let at = start;
  const longer = (length: number): number => {
    if (length !== 15) return length;
    let total = length;
    let byte = 255;
    while (byte === 255) {
      if (at >= end) malformed('lz4', 'cut in a length');
      byte = bytes[at++] as number;
      total += byte;
    }
    return total;
  };
  while (at < end) {
    const token = bytes[at++] as number;
    const literals = longer(token >> 4);
    if (at + literals > end) malformed('lz4', 'literals are longer than their block');
    copyLiterals(bytes, at, at + literals, output);
    at += literals;
    if (at === end) return;
    if (at + 2 > end) malformed('lz4', 'cut in a copy');
    const back = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    at += 2;
    const length = longer(token & 15) + 4;
    if (back === 0 || output.end - back < begin) malformed('lz4', 'a copy begins before its frame');
    output.room(length);
    output.repeat(back, length);
  }
  malformed('lz4', 'a block does not end with literals');
}

function copyLiterals(bytes: Buffer, from: number, end: number, output: GrowingOutput): void {
  output.room(end - from);
  output.append(bytes, from, end - from);
}
