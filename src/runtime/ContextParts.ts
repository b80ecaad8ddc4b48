import type { SchedulerLike } from 'rxjs';
import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import type { Commits } from './Commits.ts';
import type { Progress } from './progress.ts';
import type { DefaultNames } from './States.ts';

/** What a context gives each of its runs. */
export interface ContextParts {
  readonly context: object;
  readonly scheduler: SchedulerLike;
  /** Milliseconds; 0 under a drain trigger. */
  readonly interval: number;
  /** Records in one batch of a drain trigger; `Infinity` for intervals. */
  readonly maxRecords: number;
  readonly maxQueuedBatches: number;
  readonly checkpoint: CheckpointStore;
  readonly commits: Commits;
  readonly defaultNames: DefaultNames;
  readonly freezeState: boolean;
  progress(event: Progress): void;
  /** A batch has been processed; answers whether the run should go on. */
  batchDone(): boolean;
}
