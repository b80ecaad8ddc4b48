import type { CheckpointReport } from '../checkpoint/CheckpointStore.ts';
import { type ErrorCode, isStreamError } from '../core/errors.ts';
import type { OffsetRange } from '../core/OffsetRange.ts';
import type { OperatorReportCode } from '../core/RunServices.ts';
import { reasonOf } from '../core/reasonOf.ts';
import type { SourceReport } from '../sources/Source.ts';

/** What one source put into a batch. */
export interface SourceProgress {
  readonly name: string;
  /** Records of the cut as far as the source knew when cutting; `undefined` if it could not know. */
  readonly records: number | undefined;
  readonly offsets: readonly OffsetRange[] | undefined;
  /** Records per second that backpressure allows its next batches; `undefined` where nothing limits them. */
  readonly ratePerSecond: number | undefined;
}

/** A batch has been processed. All times are milliseconds on the context's scheduler. */
export interface BatchProgress {
  readonly type: 'batch';
  /** The batch time. */
  readonly time: number;
  /** `settled`: outputs done, offsets committed, checkpoint written. `unseen`: no output saw it; it settles with a later one. */
  readonly status: 'settled' | 'unseen';
  /** This batch had been planned by an earlier run and was run again. */
  readonly repeated: boolean;
  readonly sources: readonly SourceProgress[];
  /** From its tick to being read: what it waited in the queue, or as a waiting tick. A repeated batch: from the start of the run. */
  readonly schedulingDelay: number;
  /** From being read to settled. */
  readonly processingTime: number;
  /** Batches planned and not yet begun. */
  readonly queued: number;
  /** Ticks that are due and not yet cut because the queue is full or a cut is under way. */
  readonly waitingTicks: number;
  /** The longest time this batch kept the event loop without a turn. */
  readonly longestStretch: number;
}

/** A run began, ended or failed. */
export interface RunProgress {
  readonly type: 'run';
  readonly status: 'started' | 'failed' | 'ended';
  /** Batches that an earlier run had planned and not settled: they run first. */
  readonly unsettled?: number;
  readonly error?: unknown;
}

/** Something noteworthy that did not end the run. */
export interface ReportProgress {
  readonly type: 'report';
  readonly code: ReportCode;
  readonly message: string;
  /** The source, store or operator it concerns. */
  readonly subject: string;
  readonly cause?: unknown;
  readonly count?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What a report can be about: everything a source, a checkpoint or an operator says, and what the runtime itself notices. */
export type ReportCode =
  | SourceReport['code']
  | CheckpointReport['code']
  | OperatorReportCode
  | ErrorCode
  | 'COMMIT_RETRIED'
  | 'READ_RETRIED'
  | 'OFFSETS_MOVED'
  | 'OFFSETS_BEHIND'
  | 'OFFSETS_NOT_COMMITTED'
  | 'STATE_EMPTY_AT_START'
  | 'STATE_UNCLAIMED'
  | 'STATE_DROPPED'
  | 'SOURCE_UNCLAIMED'
  | 'STATE_MIGRATED'
  | 'NOT_REPLAYABLE'
  | 'BATCHES_LEFT'
  | 'CLOCK_SET_BACK'
  | 'RUN_RETRIED';

/** Everything `StreamingContext.progress$` tells. */
export type Progress = BatchProgress | RunProgress | ReportProgress;

/** A run has failed and the next one begins: its subscriber has a `retry()`, which says nothing by itself. */
export function runRetried(cause: unknown): ReportProgress {
  const code = isStreamError(cause) ? `${cause.code}: ` : '';
  const message = `The run before failed and is tried again: ${code}${reasonOf(cause)}`;
  return { type: 'report', code: 'RUN_RETRIED', subject: 'StreamingContext', message, cause };
}
