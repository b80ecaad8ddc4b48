/**
 * Where this project differs from Spark on purpose. A case that shows such a difference is not run; its reason names the
 * decision record.
 */
export const DIFFERENCES = {
  noBatchIsMissing: 'differs on purpose: docs/decisions/0020-no-batch-is-missing.md',
  failureEndsTheRun: 'differs on purpose: docs/decisions/0021-a-failed-batch-ends-the-run.md',
  noPartitions: 'differs on purpose: docs/decisions/0022-a-batch-has-no-partitions.md',
  settledIsForgotten: 'differs on purpose: docs/decisions/0026-remembered-batches-are-copies.md',
  timesFromTheEpoch: 'differs on purpose: docs/decisions/0024-times-count-from-the-epoch.md',
  missedTimes: 'differs on purpose: docs/decisions/0024-times-count-from-the-epoch.md',
  filesByBatchTime: 'differs on purpose: docs/decisions/0033-files-are-selected-by-dstream-rules.md',
  exactInverse: 'differs on purpose: docs/decisions/0025-windows-with-inverse-are-exact.md',
  timeoutsAreExact: 'differs on purpose: docs/decisions/0042-keys-time-out-at-their-time.md',
  oneStateMap: 'differs on purpose: docs/decisions/0043-one-map-of-states-that-reports-what-changed.md',
  lifeOfAContext: 'differs on purpose: docs/decisions/0061-what-a-context-is-not.md',
  gracefulStop: 'differs on purpose: docs/decisions/0017-graceful-stop.md',
  recordsAreNumbered: 'differs on purpose: docs/decisions/0064-received-records-are-numbered-in-one-log.md',
  blocksOfSingleRecords: 'differs on purpose: docs/decisions/0065-single-records-are-answered-for-with-their-block.md',
  logFiles: 'differs on purpose: docs/decisions/0063-blocks-written-together-keep-their-order.md',
  inputsHaveNames: 'differs on purpose: docs/decisions/0066-inputs-have-names-and-keep-no-accounts.md',
  kafkaLimits: 'differs on purpose: docs/decisions/0032-kafka-batches-are-limited-in-bytes.md',
} as const;
