/** What goes into a log and comes out of it: for the write-ahead log here, and for the contract of the receivers' logs, which is made of it. */

/** A block on its way into a log: what came together, and is kept or lost together. */
export interface NewBlock {
  /** Its bytes, in order; not changed by anybody until the append has been answered. */
  readonly parts: readonly Uint8Array[];
  /** How many records it holds, at least one. */
  readonly records: number;
  /** Plain JSON data of the receiver, which replaces the note before it when this block is safe, and outlives the block. */
  readonly note?: unknown;
}

/** A block as it comes back. */
export interface LoggedBlock {
  /** The number of its first record. */
  readonly first: number;
  readonly records: number;
  readonly bytes: Uint8Array;
}

/** What a log holds when it is opened. Records are numbered from 0 in the order of their appends, across all lives of the log. */
export interface LogContents {
  /** Tells this log from any other, also from one that replaces it in the same place. */
  readonly id: string;
  /** The first record that is not trimmed. */
  readonly first: number;
  /** The number of the next record to come. */
  readonly next: number;
  /** The last note. */
  readonly note: unknown;
}

/** Something that happened in a log and did not end it. */
export interface LogReport {
  /** `LOG_TORN`: what a crash had cut off in the middle of a write, never answered for, was dropped. `LOG_SLOW`: trimming failed and is tried again. */
  readonly code: 'LOG_TORN' | 'LOG_SLOW';
  readonly message: string;
  readonly cause?: unknown;
  readonly count?: number;
}

/** What one batch may take out of a log. */
export interface TakeLimit {
  readonly maxRecords: number;
  /** Blocks are taken whole into memory when they are read; at least one is. */
  readonly maxBytes: number;
}
