import { gunzipSync } from 'node:zlib';
import { tooLarge } from './Decompress.ts';

/** Deflate packs at most this many bytes into one. */
const MAX_RATIO = 1032;

/** gzip, in one output chunk: the trailer tells the size, which is believed only as far as the input could hold it. */
export function gunzip(bytes: Buffer, maxBytes: number): Buffer {
  const told = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4);
  const chunkSize = Math.max(Math.min(told, bytes.length * MAX_RATIO, maxBytes), 64) + 64;
  try {
    return gunzipSync(bytes, { chunkSize, maxOutputLength: Math.max(maxBytes, 1) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') tooLarge('gzip', maxBytes, error);
    throw error;
  }
}
