/**
 * A file as it was when it was selected. The name is relative to the watched directory (of a glob: to the part before the
 * first wildcard), with `/` between folders; the modification time is in whole milliseconds.
 */
export type ChosenFile = readonly [name: string, size: number, modifiedMs: number, inode: number];

/** The compressed bytes after this part are damaged; what to do about it is decided when it is read. */
export type Flaw = 'damaged';

/**
 * A file, or the bytes of it from `from` to `until`, counted in what it unpacks to if it is compressed. Tuples, because a cut
 * may hold ten thousand of them.
 */
export type Piece =
  | ChosenFile
  | readonly [...ChosenFile, from: number, until: number]
  | readonly [...ChosenFile, from: number, until: number, flaw: Flaw];

/** The plain data of a cut. */
export interface DirectoryCut {
  readonly pieces: readonly Piece[];
}

/** Where a directory source goes on. */
export interface DirectoryPosition {
  /** Files modified at this time or before are old; 0 where the initial ones count too. */
  readonly since: number;
  /** When the directory was last listed, as the time of the batch. */
  readonly time: number;
  /** The names that were selected lately, by batch time: they are not selected again. */
  readonly recent: readonly (readonly [time: number, names: readonly string[]])[];
  /** Selected, and not in a batch yet, in order. */
  readonly waiting: readonly ChosenFile[];
  /** How far the first of the waiting files has been taken. */
  readonly at: number;
}

/** A piece with every member in its place. */
export interface OpenedPiece {
  readonly file: ChosenFile;
  readonly from: number;
  readonly until: number;
  readonly flaw: Flaw | undefined;
}

export function openedPiece(piece: Piece): OpenedPiece {
  const [name, size, modifiedMs, inode, from = 0, until = size, flaw] = piece;
  return { file: [name, size, modifiedMs, inode], from, until, flaw };
}
