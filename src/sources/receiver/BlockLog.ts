import type { SchedulerLike } from 'rxjs';
import type { Answer } from '../../core/Answer.ts';
import type { LogContents, LoggedBlock, LogReport, NewBlock, TakeLimit } from '../../drivers/log/LogBlock.ts';

export type { LogContents, LoggedBlock, LogReport, NewBlock, TakeLimit } from '../../drivers/log/LogBlock.ts';

/**
 * Where a receiver puts what has come before it tells whoever sent it: the write-ahead log, or memory.
 *
 * - `open` makes the caller its owner (`LOG_OWNED` while another process has it), `close` gives it back; `open` may come again.
 * - What `append` has answered is there after a crash, if `durable`; a block is there whole or not at all, in the order of the calls.
 * - A block that does not fit is refused at once with `BUFFER_FULL` (retriable), and nothing of it is kept.
 * - A log that could not be written fails every append until it is opened again: `LOG_FAILED`.
 * - `trim` is cumulative; what is trimmed does not come back after a crash, but for what was trimmed a moment before it.
 */
export interface BlockLog {
  /** For messages. */
  readonly name: string;
  /** Whether blocks outlive the process. */
  readonly durable: boolean;
  /** How many bytes it may hold. */
  readonly maxBytes: number;
  /** How big one block may be: a bigger one never fits, however empty the log is. Left out: `maxBytes`. */
  readonly maxBlockBytes?: number;
  /** How many bytes of blocks that are not wholly trimmed it holds, those of blocks that are being written included. */
  readonly bytes: number;
  /**
   * Whether a block of so many bytes would be taken now. Asked again after any append was answered or a trim: an append that was refused
   * for want of room is not to be repeated before this says yes.
   */
  hasRoom(bytes: number): boolean;
  open(scheduler: SchedulerLike, report: (report: LogReport) => void): Answer<LogContents>;
  /** Answers the number of the block's first record when it is safe. */
  append(block: NewBlock): Answer<number>;
  /** How far a batch that begins at `from` gets: the number of the record behind its last one. */
  take(from: number, limit: TakeLimit): number;
  /** The blocks that hold these records, in order; the first and the last may hold others besides. */
  read(from: number, until: number): Answer<readonly LoggedBlock[]>;
  /** Records before `until` are not asked for again. */
  trim(until: number): Answer<void>;
  close(): Answer<void>;
}
