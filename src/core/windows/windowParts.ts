/**
 * What a window of each operator names its batches in a checkpoint: one of another operator is then refused, and not taken for its own.
 * With and without inverse they are the same.
 */
export type WindowBatches = 'batches' | 'groups' | 'totals' | 'counts' | 'valueCounts';

/** What a window with inverse keeps beside its batches. */
export interface SlidingParts {
  /** The reduced value of each key. */
  readonly reduced: string;
  readonly extent: string;
}

/** The names of {@link SlidingParts}. */
export function slidingParts(batches: WindowBatches): SlidingParts {
  return { reduced: `${batches}-reduced`, extent: `${batches}-extent` };
}
