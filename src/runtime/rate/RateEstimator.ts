/** What is known of a source's part in a batch that has been processed. */
export interface ProcessedPart {
  /** When its processing ended, in milliseconds on the context's scheduler. */
  readonly time: number;
  /** The records of this source in the batch. */
  readonly records: number;
  /** How long the whole batch took, in milliseconds. */
  readonly processingTime: number;
  /** How long the batch had waited before, in milliseconds. */
  readonly schedulingDelay: number;
}

/** Estimates how many records a second one source can be asked for. Each source of a context has its own, over all its runs. */
export interface RateEstimator {
  /** The new rate in records per second; `undefined` keeps the one before. */
  estimate(part: ProcessedPart): number | undefined;
}
