/**
 * What goes into a log and comes out of it. The log knows nothing of receivers: these are the shapes that its users in other rooms ask for, held
 * together by a type test.
 */

/** A block on its way into a log. */
export interface NewBlock {
  /** Its bytes, in order; not changed by anybody until the append has been answered. */
  readonly parts: readonly Uint8Array[];
  /** How many records it holds, at least one. */
  readonly records: number;
  /** Plain JSON data that replaces the note before it when this block is safe, and outlives the block. */
  readonly note?: unknown;
}

/** A block as it comes back. */
export interface LoggedBlock {
  /** The number of its first record. */
  readonly first: number;
  readonly records: number;
  readonly bytes: Uint8Array;
}

/** What a log holds when it is opened. */
export interface LogContents {
  /** Tells this log from any other. */
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
  readonly code: 'LOG_TORN' | 'LOG_SLOW';
  readonly message: string;
  readonly cause?: unknown;
  readonly count?: number;
}

/** What may be taken out of a log at once. */
export interface TakeLimit {
  readonly maxRecords: number;
  readonly maxBytes: number;
}
