import type { SchedulerLike } from 'rxjs';
import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import type { Milliseconds } from '../core/durations.ts';
import type { CommitRetry } from './Commits.ts';
import type { DrainTrigger } from './drain.ts';
import type { BackpressureOptions } from './rate/backpressureOptions.ts';

/** `INITIALIZED`: no run is going on. `ACTIVE`: one is. `STOPPED`: over for good. */
export type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED';

/** Options of {@link StreamingContext}. */
export interface StreamingContextOptions {
  /** The batch interval in milliseconds, a whole number of at least 1. Either this or `trigger`. */
  readonly interval?: Milliseconds;
  /** `drain()`: batches as soon as something has arrived, instead of an interval. */
  readonly trigger?: DrainTrigger;
  /** For every wait and every look at the time. Default `asyncScheduler`; a `TestScheduler` in tests. */
  readonly scheduler?: SchedulerLike;
  /** `'manual'`: runs begin at {@link StreamingContext.start}. Default: one turn after the first subscription. */
  readonly start?: 'manual';
  /** Ends cleanly after so many batches. Default `Infinity`. */
  readonly batches?: number;
  /** Batches cut and waiting to be processed; further ticks wait as a count. Default 100. */
  readonly maxQueuedBatches?: number;
  /**
   * Lets each source put only as many records into a batch as were processed in an interval before, estimated from the processing times and
   * scheduling delays; the rest waits where the source has it. `true`: with the defaults of {@link BackpressureOptions}, which are Spark's.
   * Default `false`. Sources that do not know the records of a cut (folders of files) are not limited by it. Not with a trigger.
   */
  readonly backpressure?: boolean | BackpressureOptions;
  /** What the next run begins with. Default: in memory, for retries within the process. */
  readonly checkpoint?: CheckpointStore;
  /**
   * Names of stateful operators that are there no more, and whose state is to be dropped from the checkpoint: gone for good when the first
   * batch has settled. A name that an operator of this context has is refused; one that the checkpoint does not know is passed over.
   */
  readonly dropStates?: readonly string[];
  /** How commits to a store that cannot be reached are repeated. Default: for ever, after 100 ms, 200 ms ... 10 s. */
  readonly commitRetry?: Partial<CommitRetry>;
  /** Freezes every state value, so that a change made in place throws: what the testing kit sets. Default `false`. */
  readonly freezeState?: boolean;
  /**
   * Is told what deserves a look even if nobody reads `progress$`: why nothing comes, and what is left out. What repeats (reconnects, retried
   * commits, dropped records) at most once a minute for each source or store. Default `console.warn`.
   */
  readonly onWarning?: (message: string) => void;
}

/** Options of {@link StreamingContext.stop}. */
export interface StopOptions {
  /** Settle what has come until the next tick first. Default `false`: the open batch is abandoned and runs again next time. */
  readonly graceful?: boolean;
  /** Milliseconds after which the stop gives up waiting; `Infinity`: never. Default ten intervals, at least 10 000, at most a day. */
  readonly deadline?: Milliseconds;
}
