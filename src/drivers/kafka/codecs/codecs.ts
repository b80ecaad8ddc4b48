import { StreamError } from '../../../core/errors.ts';
import type { Decompress } from './Decompress.ts';
import { gunzip } from './gunzip.ts';
import { unlz4 } from './unlz4.ts';
import { unsnappy } from './unsnappy.ts';
import { loadUnzstd } from './unzstd.ts';

const ZSTD = 4;
const NAMES: readonly string[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const loaded = new Map<number, Decompress>([
  [1, gunzip],
  [2, unsnappy],
  [3, unlz4],
]);
let loadingZstd: Promise<void> | undefined;

/** Whether `loadCodec` has to be waited for before batches of this codec (bits 0 to 2 of their attributes) are read. */
export function mustLoad(codec: number): boolean {
  return codec === ZSTD && !loaded.has(ZSTD);
}

/** Loads the codec that is not there from the start (zstd). */
export async function loadCodec(codec: number): Promise<void> {
  if (!mustLoad(codec)) return;
  loadingZstd ??= loadUnzstd().then(
    (unzstd) => void loaded.set(ZSTD, unzstd),
    (cause: unknown) => {
      loadingZstd = undefined;
      throw new StreamError('SOURCE_FAILED', 'zstd batches need Node 22.15 or newer, or the package fzstd.', { cause });
    },
  );
  await loadingZstd;
}

/** The decompressor of a codec that is loaded. */
export function decompressor(codec: number): Decompress {
  const decompress = loaded.get(codec);
  if (decompress) return decompress;
  const name = NAMES[codec];
  if (name === undefined) throw new StreamError('DATA_CORRUPT', `Record batches have no codec ${codec}.`);
  throw new StreamError('SOURCE_FAILED', `The ${name} codec is not loaded: await loadCodec(${codec}) first.`);
}
