import { asyncScheduler, type SchedulerLike } from 'rxjs';
import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';
import {
  functionArgument,
  optionsArgument,
  refuse,
  schedulerArgument,
  textArgument,
  timerMilliseconds,
  truth,
  wholeNumber,
} from '../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { type CommitRetry, Commits } from './Commits.ts';
import { commitReports } from './commitReports.ts';
import type { Progress } from './progress.ts';
import { backpressure } from './rate/backpressureOptions.ts';
import { Rates } from './rate/Rates.ts';
import { DefaultNames } from './States.ts';
import type { StreamingContextOptions } from './StreamingContextOptions.ts';

/** What a context gives each of its runs. */
export interface ContextParts {
  readonly context: object;
  readonly scheduler: SchedulerLike;
  /** Milliseconds; 0 under a drain trigger. */
  readonly interval: number;
  /** Records in one batch of a drain trigger; `Infinity` for intervals. */
  readonly maxRecords: number;
  readonly maxQueuedBatches: number;
  readonly rates: Rates;
  /** Replaced when everything is over and nothing can be lost. */
  checkpoint: CheckpointStore;
  readonly commits: Commits;
  readonly defaultNames: DefaultNames;
  readonly freezeState: boolean;
  /** Names of operators whose state is dropped on purpose. */
  readonly dropStates: ReadonlySet<string>;
  /** What has been warned of, and is not said again. */
  readonly warned: Set<string>;
  /**
   * Sources whose subscriber left while the run went on: what is planned of them is processed by nobody, and forgotten with the
   * next settlement.
   */
  readonly left: Set<string>;
  /** An output has seen a batch: what has not settled may be half done, and runs again next time. */
  anySeen: boolean;
  progress(event: Progress): void;
  /** A batch has been processed; answers whether the run should go on. */
  batchDone(): boolean;
}

const WHERE = 'new StreamingContext';

/** Checks the options of a context and makes what its runs get. */
export function contextParts(
  context: object,
  options: StreamingContextOptions,
  progress: (event: Progress) => void,
): ContextParts {
  optionsArgument(WHERE, options, '{ interval: seconds(1) }');
  knownOptions(WHERE, options, OPTIONS);
  checkParts(options);
  const { interval, trigger } = options;
  if ((interval === undefined) === (trigger === undefined))
    refuse(`${WHERE}({ interval | trigger })`, 'either an interval in milliseconds or a trigger', options);
  const maxBatches = wholeNumber(`${WHERE}({ batches })`, options.batches ?? Number.POSITIVE_INFINITY, 1, true);
  const intervalMs = interval === undefined ? 0 : wholeNumber(`${WHERE}({ interval })`, interval, 1);
  let batches = 0;
  return {
    context,
    scheduler: options.scheduler ?? asyncScheduler,
    interval: intervalMs,
    maxRecords: trigger?.maxRecords ?? Number.POSITIVE_INFINITY,
    rates: new Rates(backpressure(options.backpressure, intervalMs), intervalMs),
    maxQueuedBatches: wholeNumber(`${WHERE}({ maxQueuedBatches })`, options.maxQueuedBatches ?? 100, 1),
    checkpoint: options.checkpoint ?? memoryCheckpoint(),
    commits: new Commits(commitRetry(options.commitRetry), commitReports(progress)),
    defaultNames: new DefaultNames(),
    freezeState: options.freezeState ?? false,
    dropStates: dropStates(options.dropStates),
    warned: new Set(),
    left: new Set(),
    anySeen: false,
    progress,
    batchDone: () => ++batches < maxBatches,
  };
}

/** What would be found out late, or never: the wrong trigger has no interval, the wrong scheduler no turn. */
function checkParts({ trigger, scheduler, checkpoint, freezeState, onWarning }: StreamingContextOptions): void {
  if (trigger !== undefined && trigger?.kind !== 'drain') refuse(`${WHERE}({ trigger })`, 'drain()', trigger);
  if (scheduler !== undefined) schedulerArgument(`${WHERE}({ scheduler })`, scheduler);
  if (checkpoint !== undefined && typeof checkpoint?.plan !== 'function')
    refuse(`${WHERE}({ checkpoint })`, 'a checkpoint store, as memoryCheckpoint()', checkpoint);
  if (freezeState !== undefined) truth(`${WHERE}({ freezeState })`, freezeState);
  if (onWarning !== undefined) functionArgument(`${WHERE}({ onWarning })`, onWarning);
}

function dropStates(names: readonly string[] = []): ReadonlySet<string> {
  const where = `${WHERE}({ dropStates })`;
  if (!Array.isArray(names)) refuse(where, "an array of names, as ['totals']", names);
  return new Set(names.map((name) => textArgument(where, name)));
}

const COMMIT_RETRY: KnownOptions<CommitRetry> = { maxRetries: true, firstDelayMs: true, maxDelayMs: true };

function commitRetry(options: Partial<CommitRetry> = {}): CommitRetry {
  const where = `${WHERE}({ commitRetry`;
  knownOptions(`${where} })`, options, COMMIT_RETRY);
  const { maxRetries, firstDelayMs, maxDelayMs } = options;
  return {
    maxRetries: wholeNumber(`${where}.maxRetries })`, maxRetries ?? Number.POSITIVE_INFINITY, 0, true),
    firstDelayMs: timerMilliseconds(`${where}.firstDelayMs })`, firstDelayMs ?? 100),
    maxDelayMs: timerMilliseconds(`${where}.maxDelayMs })`, maxDelayMs ?? 10_000),
  };
}

const OPTIONS: Readonly<Record<keyof StreamingContextOptions, true>> = {
  interval: true,
  trigger: true,
  scheduler: true,
  start: true,
  batches: true,
  maxQueuedBatches: true,
  backpressure: true,
  checkpoint: true,
  dropStates: true,
  commitRetry: true,
  freezeState: true,
  onWarning: true,
};
