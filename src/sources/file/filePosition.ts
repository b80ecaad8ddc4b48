import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { FileGeneration } from './FileGeneration.ts';

/** Where reading goes on, as it is kept in a checkpoint. */
export interface FilePosition {
  /** The inode number of the file; `''` while there was none. */
  readonly ino: string;
  /** The number of the generation, which is its partition; missing while its first line was not complete. */
  readonly id?: number;
  readonly at: number;
}

/** What a cut of a file is made of. */
export interface FileCutData {
  readonly ino: string;
  readonly id?: number;
  readonly from: number;
  readonly until: number;
  /** How many of the bytes have to be loaded to get at the records. */
  readonly load: number;
}

/** The position at a byte of a file. */
export function positionIn(file: FileGeneration | undefined, at: number): FilePosition {
  if (file === undefined) return { ino: '', at };
  return file.id === undefined ? { ino: file.ino, at } : { ino: file.ino, id: file.id, at };
}

/** Whether a file is the one that a position or cut means. */
export function isAt(position: { readonly ino: string; readonly id?: number }, file: FileGeneration): boolean {
  if (position.id !== undefined && file.id !== undefined) return position.id === file.id;
  return position.ino === file.ino;
}

/** What a store holds of a file, by generation. */
export function committedByGeneration(offsets: readonly CommittedOffset[], topic: string): ReadonlyMap<number, number> {
  return new Map(offsets.filter((one) => one.topic === topic).map((one) => [one.partition, one.until]));
}
