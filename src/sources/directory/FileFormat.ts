import type { SourceReport } from '../Source.ts';

/** Bytes of a file that make a part of a batch. */
export interface Stretch {
  readonly bytes: number;
  /** The records in it, where they were counted. */
  readonly records: number | undefined;
}

/** Finds where the last whole record ends in bytes that come in chunks, without decoding anything. */
export interface RecordScan {
  push(chunk: Buffer): void;
  /** The file ends here: what is left is the last record. */
  end(): void;
  /** Bytes of the whole records so far. */
  readonly until: number;
  /** Records in them, if there is a limit. */
  readonly records: number | undefined;
  /** The limit is reached. */
  readonly ended: boolean;
}

/** Where a part of a file comes from: for messages, and for what depends on the place. */
export interface PiecePlace {
  readonly path: string;
  readonly name: string;
  readonly modifiedMs: number;
  readonly from: number;
}

/** Something to be told once about a part of a file. */
export type PieceReport = Pick<SourceReport, 'code' | 'message' | 'count'>;

/** How the bytes of files become records. Offsets count from the beginning of the bytes given. */
export interface FileFormat<T> {
  /** Whether an empty file makes a record. */
  readonly keepsEmpty: boolean;
  /** Whether the end of a record can be told without having seen its beginning. */
  readonly endsByLook?: true;
  /** What of `rest` bytes fits, where their number alone tells; nothing where they have to be looked at. */
  measure(rest: number, budget: number, maxRecords: number): Stretch | undefined;
  scan(maxRecords: number): RecordScan;
  /**
   * For a record that no batch has room for: the bytes to load of it and the position after it, found by reading on. Throws
   * where that is an error. Left out where the file as a whole is too big then.
   */
  oversized?(
    read: (at: number) => Promise<Buffer>,
    place: Pick<PiecePlace, 'path' | 'from'>,
  ): Promise<{ readonly load: number; readonly bytes: number }>;
  /** How many of the bytes are whole records: what is kept of a file that ends in damage. */
  wholeUntil(bytes: Buffer): number;
  /** What breaks the format, and at which byte. */
  flaw(bytes: Buffer, place: PiecePlace): string | undefined;
  /** Throws where an option makes an error of what `visit` would report. */
  check(bytes: Buffer, place: PiecePlace): void;
  /** Visits the records until `visit` answers `false`; `tell` is given what is worth reporting. */
  visit(bytes: Buffer, place: PiecePlace, visit: (record: T) => unknown, tell: (report: PieceReport) => void): void;
}
