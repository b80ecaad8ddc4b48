import type { ChosenFile } from './directoryPosition.ts';
import { FileBytes } from './FileBytes.ts';
import { GunzipBytes } from './GunzipBytes.ts';

/** `auto`: by name, `.gz`. */
export type Decompression = 'auto' | 'gzip' | 'none';

export function isPacked([name]: ChosenFile, decompress: Decompression): boolean {
  return decompress === 'gzip' || (decompress === 'auto' && /\.gz$/i.test(name));
}

/** Opens a selected file for what is in it, unpacked. */
export async function openPacked(
  path: string,
  file: ChosenFile,
  decompress: Decompression,
): Promise<FileBytes | GunzipBytes> {
  const bytes = await FileBytes.open(path, file);
  return isPacked(file, decompress) ? new GunzipBytes(bytes) : bytes;
}
