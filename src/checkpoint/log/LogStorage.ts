import type { CheckpointReport } from '../CheckpointStore.ts';

/**
 * Where a logged checkpoint keeps its bytes: a folder, a Redis server. It knows segments, which only grow, and one head, which is replaced
 * whole; what they mean is the checkpoint's affair.
 *
 * - One owner at a time. `own` refuses with `CHECKPOINT_OWNED` while another owner lives and takes a dead one's place.
 * - `append`, `publish`, `remove`, `copy` and `setAside` are the owner's alone: whoever was overtaken gets `CHECKPOINT_TAKEN`, and nothing of
 *   what he writes afterwards is ever found in a segment that the new owner has begun, or in the head.
 * - What was answered is there after a crash of the machine, as far as the place can promise that. What was not answered may be there, in
 *   part or wholly.
 * - Everything is answered with a promise: bytes have to travel. Calls are sequential. Every failure is a `StreamError`: `CHECKPOINT_UNAVAILABLE` (retriable) where it may pass by itself, else
 *   `CHECKPOINT_FAILED`.
 */
export interface LogStorage {
  /** What and where, for messages: `the folder /var/lib/x`. */
  readonly name: string;
  /** Becomes the owner; `report` is told what deserves a look and does not keep it from that. */
  own(report?: (report: CheckpointReport) => void): Promise<void>;
  /** Gives the ownership back; nothing if there is none. */
  release(): Promise<void>;
  /** What was published last; `undefined` if nothing ever was. `savepoint`: that of a savepoint. */
  head(savepoint?: string): Promise<Uint8Array | undefined>;
  /** The names of all segments, in no order. */
  segments(savepoint?: string): Promise<readonly string[]>;
  /** Opens a segment to read it; `undefined` if there is none of this name. Needs no ownership. */
  open(segment: string, savepoint?: string): Promise<StoredSegment | undefined>;
  /**
   * Adds bytes at the end of a segment, which begins with its first ones; `isLasting` answers after they and all before them in this segment
   * are safe from a crash of the machine.
   */
  append(segment: string, bytes: Uint8Array, isLasting: boolean): Promise<void>;
  /** Replaces the head, whole or not at all. All that was appended before is there if the head is. */
  publish(head: Uint8Array): Promise<void>;
  /** Removes segments; one that is not there is no error. */
  remove(segments: readonly string[]): Promise<void>;
  /** Keeps copies of these segments, which do not grow any more, and then of a head, as a savepoint; replaces one of that name. */
  copy(savepoint: string, head: Uint8Array, segments: readonly string[]): Promise<void>;
  /**
   * Moves the head and all segments under another name, where nothing looks for them any more, and says where they are; then it is as if
   * there had never been anything. Savepoints stay. Cut short by a crash it leaves no head without its segments: the head goes first.
   */
  setAside(): Promise<string>;
}

/** A segment that is open to be read. */
export interface StoredSegment {
  readonly size: number;
  /** The bytes from `from` to `to`; fewer at the end. */
  read(from: number, to: number): Uint8Array;
  close(): void;
}
