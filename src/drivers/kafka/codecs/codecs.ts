import * as zlib from 'node:zlib';
import { type Decompress, malformed, tooLarge } from './Decompress.ts';
import { gunzip } from './gunzip.ts';
import { unlz4 } from './unlz4.ts';
import { unsnappy } from './unsnappy.ts';
import { unzstd } from './zstd/unzstd.ts';

const CODECS: readonly (Decompress | undefined)[] = [undefined, gunzip, unsnappy, unlz4, nodeZstd() ?? unzstd];

/** The decompressor of a codec (bits 0 to 2 of a batch's attributes, not 0). None of them needs a compiler to install. */
export function decompressor(codec: number): Decompress {
  return CODECS[codec] ?? malformed('record batch', `there is no codec ${codec}`);
}

/** zstd as Node has it since 22.15. */
function nodeZstd(): Decompress | undefined {
  const { zstdDecompressSync } = zlib as {
    zstdDecompressSync?: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;
  };
  if (zstdDecompressSync === undefined) return undefined;
  return (bytes, maxBytes) => {
    try {
      return zstdDecompressSync(bytes, { maxOutputLength: Math.max(maxBytes, 1) });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') tooLarge('zstd', maxBytes, error);
      throw error;
    }
  };
}
