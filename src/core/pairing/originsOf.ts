import type { Batch } from '../batch/Batch.ts';

/** The sources that what is made of all these batches descends from. */
export function originsOf(batches: readonly Batch<unknown>[]): readonly string[] {
  return [...new Set(batches.flatMap(({ origins }) => origins))];
}
