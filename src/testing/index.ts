export {
  type BatchMarbleStream,
  type BatchMarbles,
  type BatchMarblesOptions,
  batchMarbles,
  type MakeMarbles,
  type MarbleHelpers,
  type ShownBatch,
  type SubscriptionTimes,
} from './batchMarbles.ts';
export { type BatchOfOptions, batchOf } from './batchOf.ts';
export { type BlockLogTrial, type BlockLogUnderTest, blockLogContract } from './blockLogContract.ts';
export { BLOCK_LOG_LAWS, type BlockLogLaw, type BlockLogRule } from './blockLogLaws.ts';
export type { Kept, KeptEntry, KeptState } from './checkpoint/kept.ts';
export {
  type Again,
  type CheckpointStoreUnderTest,
  type CheckpointTrial,
  checkpointContract,
} from './checkpointContract.ts';
export { CHECKPOINT_LAWS, type CheckpointLaw, type CheckpointRule } from './checkpointLaws.ts';
export { type DetachedRun, type DetachedRunOptions, detachedRun } from './detachedRun.ts';
export { ManualClock, manualClock } from './manualClock.ts';
export {
  type OffsetStoreTrial,
  type OffsetStoreUnderTest,
  offsetStoreContract,
  type ResultsUnderTest,
  type TestFramework,
} from './offsetStoreContract.ts';
export { OFFSET_STORE_LAWS, type OffsetStoreLaw, type OffsetStoreRule } from './offsetStoreLaws.ts';
export {
  type BatchRecords,
  type InputBatches,
  type NamedStreams,
  type OutputBatches,
  type RunBatchesOptions,
  runBatches,
} from './runBatches.ts';
export { type SourcePlace, type SourceUnderTest, sourceContract } from './sourceContract.ts';
export { SOURCE_LAWS, type SourceLaw, type SourceTrial } from './sourceLaws.ts';
export {
  type CrashPlace,
  type TestSourceCue,
  type TestSourceFactory,
  type TestSourceOptions,
  type TestSourceStep,
  testSource,
} from './testSource.ts';
