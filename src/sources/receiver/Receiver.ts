import type { SchedulerLike } from 'rxjs';
import type { Answer } from '../../core/Answer.ts';
import type { RecordRun, SourceReport } from '../Source.ts';
import type { NewBlock } from './BlockLog.ts';

/** What a receiver is given for one run. */
export interface ReceiverHost {
  readonly scheduler: SchedulerLike;
  /** Aborted when the run ends, however it ends, or nobody wants the records any more. A graceful stop does not abort it. */
  readonly signal: AbortSignal;
  /** The note of the last block that is safe, from an earlier process too. */
  readonly note: unknown;
  /**
   * Puts a block into the log and answers when it is safe: only then is it acknowledged to whoever sent it. Rejects at once with
   * `BUFFER_FULL` when the log is full; nothing of the block is kept then.
   */
  store(block: NewBlock): Promise<void>;
  /** Whether a block of so many bytes would find room now. */
  hasRoom(bytes: number): boolean;
  /**
   * Resolves when there is room again, or when it is time to stop: for receivers that can let their peer wait. Rejects with
   * `BUFFER_FULL` what would never fit. `'until the end'`, for what was taken from a peer that does not send it again: a graceful stop
   * does not end the wait, as batches that settle make room meanwhile; the end of the run does.
   */
  room(bytes: number, patience?: 'until stop' | 'until the end'): Promise<void>;
  /**
   * Puts something noteworthy into the progress events, under the name of the source. `BLOCK_REFUSED` (told by `store` itself) and
   * `DUPLICATES_DROPPED` are gathered and told once for each batch, with the sum of their counts.
   */
  report(code: SourceReport['code'], message: string, more?: Omit<SourceReport, 'code' | 'message'>): void;
  /** Nothing will come any more: the stream completes when all that came has settled, or then fails with `error`. */
  end(error?: unknown): void;
}

/**
 * The part of a receiving source that talks to the outside: gets blocks, stores them, and acknowledges what is safe. It supervises
 * itself: a connection that breaks is made again and reported, and it never stops without a word.
 */
export interface Receiver<T> {
  /** Begins to receive. Rejects for what a new try cannot mend: then the run fails. Ends soon when the signal is aborted. */
  start(host: ReceiverHost): Answer<void>;
  /**
   * Takes no more in. Blocks whose bytes have come are stored and acknowledged before it answers; after the answer nothing is stored.
   * Called once for each `start`, after that has been answered, also if it was rejected, and also after `end`.
   * Ends soon when the signal of the host is aborted, also if it was called before: nobody can wait any longer then.
   */
  stop(): Answer<void>;
  /** The records of one stored block, each time the same; as many as it was stored with. */
  decode(block: Uint8Array): Iterable<T> | RecordRun<T>;
}
