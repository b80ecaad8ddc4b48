import type { SchedulerLike } from 'rxjs';
import type { Answer } from '../../../core/Answer.ts';
import type { SourceReport } from '../../Source.ts';

/** What the function of a custom receiver is given. */
export interface Receiving<T> {
  /** Aborted when it is time to stop: leave the outside, and store what has come from it already. */
  readonly signal: AbortSignal;
  /** For every wait and every look at the time. */
  readonly scheduler: SchedulerLike;
  /** The last note that was stored, from an earlier process too if the log is a folder. */
  readonly note: unknown;
  /**
   * Stores records as one block, which is kept or lost as a whole, and answers when it is safe: acknowledge them then. Waits while the log
   * is full. Rejects with `SOURCE_FAILED` what comes when the run is over, or when this call of `receive` has failed. `note` is plain JSON data
   * that is kept with the block and outlives it: where to go on at the outside, for one.
   */
  store(records: readonly T[], note?: unknown): Promise<void>;
  /** Stores a record in a block with those that come in the same `blockIntervalMs`, and answers when that is safe. */
  add(record: T): Promise<void>;
  /** Puts something noteworthy into the progress events. */
  report(code: SourceReport['code'], message: string, more?: Omit<SourceReport, 'code' | 'message'>): void;
  /** The outside is broken: leaves it and receives anew, after a delay that doubles. Reported. */
  restart(reason: unknown): void;
  /** Nothing will come any more: the stream completes when all that came has settled, or then fails with `error`. */
  end(error?: unknown): void;
}

/** What it answers: how to leave the outside; or a promise of that, or of nothing when there is nothing more to receive. */
export type ReceiveAnswer = (() => Answer<void>) | PromiseLike<(() => Answer<void>) | undefined | void>;
