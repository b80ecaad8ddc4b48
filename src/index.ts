export type {
  CheckpointContents,
  CheckpointReport,
  CheckpointStore,
  DurableCheckpoint,
  InspectableCheckpoint,
  NamedChanges,
  PlannedBatch,
  PlannedCut,
  Settlement,
  StoredState,
} from './checkpoint/CheckpointStore.ts';
export {
  type CheckpointDescription,
  describeCheckpoint,
  type StateDescription,
} from './checkpoint/describeCheckpoint.ts';
export type { LoggedCheckpointOptions } from './checkpoint/log/loggedCheckpoint.ts';
export { type MemoryCheckpointOptions, memoryCheckpoint } from './checkpoint/memory/memoryCheckpoint.ts';
export { type Savepoint, savepointOf } from './checkpoint/savepointOf.ts';
export type { Answer } from './core/Answer.ts';
export { Batch, type Visit } from './core/batch/Batch.ts';
export type { Transformed } from './core/batch/givenBatch.ts';
export { held } from './core/batch/held.ts';
export type { ConcurrencyOptions } from './core/batch/inParallel.ts';
export type { StateBatch } from './core/batch/StateBatch.ts';
export { days, hours, type Milliseconds, milliseconds, minutes, seconds } from './core/durations.ts';
export { ERROR_CODES, type ErrorCode, isStreamError, StreamError, type StreamErrorOptions } from './core/errors.ts';
export { floorTime } from './core/floorTime.ts';
export type { KeysMeet, KeysNeverMeet, SharedKeyOptions } from './core/keys/KeysMeet.ts';
export type { KeyIdentity, KeyOptions } from './core/keys/keyIdentity.ts';
export type { KeyOf, MakePairsFirst, Pair, ValueOf, Widen } from './core/keys/Pair.ts';
export type { Rank } from './core/keys/TopRecords.ts';
export type { Zero } from './core/keys/zeroOf.ts';
export { type CommittedOffset, type OffsetRange, offsetCount } from './core/OffsetRange.ts';
export type { OperatorReportCode } from './core/RunServices.ts';
export type { KeyState } from './core/state/KeyState.ts';
export type { StateChanges, StateEntries } from './core/state/StateChanges.ts';
export type { StateCodec, StateOptions } from './core/state/StateOptions.ts';
export type { StateValues, StateValuesOptions, ValueStore } from './core/state/StateValues.ts';
export { timesUntil } from './core/timesUntil.ts';
export type { WindowOptions } from './core/windows/windowSpan.ts';
export {
  type MemoryOffsets,
  type MemoryOffsetsOptions,
  type MemoryOffsetsTransaction,
  type MemoryTransaction,
  memoryOffsets,
} from './offsets/memory/memoryOffsets.ts';
export type {
  CommitOutcome,
  OffsetCommit,
  OffsetQuery,
  OffsetStore,
  OffsetTransaction,
  TransactionalOffsetStore,
  TransactionBatch,
} from './offsets/OffsetStore.ts';
export * from './operators/index.ts';
export { commitOffsets } from './outputs/commitOffsets.ts';
export { foreachBatch } from './outputs/foreachBatch.ts';
export { foreachBatchInTransaction } from './outputs/foreachBatchInTransaction.ts';
export { type ForeachRecordOptions, foreachRecord, type RecordPlace } from './outputs/foreachRecord.ts';
export { type PrintOptions, print } from './outputs/print.ts';
export { type BatchIntervalOptions, batchInterval } from './runtime/batchInterval.ts';
export type { CommitRetry } from './runtime/Commits.ts';
export { type DrainOptions, type DrainTrigger, drain } from './runtime/drain.ts';
export type {
  BatchProgress,
  Progress,
  ReportCode,
  ReportProgress,
  RunProgress,
  SourceProgress,
} from './runtime/progress.ts';
export type { BackpressureOptions } from './runtime/rate/backpressureOptions.ts';
export type { ProcessedPart, RateEstimator } from './runtime/rate/RateEstimator.ts';
export {
  type StopOptions,
  StreamingContext,
  type StreamingContextOptions,
  type StreamingContextState,
} from './runtime/StreamingContext.ts';
export {
  type ShutdownOptions,
  type ShutdownSignal,
  stopGracefullyOnShutdown,
} from './runtime/stopGracefullyOnShutdown.ts';
export { type QueuedBatches, type QueueOptions, queue } from './sources/queue/queue.ts';
export { type RateOptions, type RateRecord, rate } from './sources/rate/rate.ts';
export type {
  Cut,
  CutAnswer,
  CutLimit,
  RecordRun,
  Source,
  SourceObservable,
  SourceOpening,
  SourceReport,
} from './sources/Source.ts';
export { isSourceObservable, SOURCE } from './sources/Source.ts';
