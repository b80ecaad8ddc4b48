import type { Pair } from '../../src/core/keys/Pair.ts';
import { type ReduceByKeyAndWindowOptions, reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';

export type Counts = readonly Pair<string, number>[];
export type WindowsOptions = ReduceByKeyAndWindowOptions<string, number>;

export const add = (left: number, right: number): number => left + right;
export const subtract = (reduced: number, left: number): number => reduced - left;
export const isNotZero = ([, n]: Pair<string, number>): boolean => n !== 0;

/** The records of each window of sums. */
export function windowsOf(input: readonly Counts[], options: WindowsOptions, run: RunBatchesOptions = {}): Counts[] {
  const out = runBatches(input, (batches) => batches.pipe(reduceByKeyAndWindow(add, { name: 'w', ...options })), run);
  return out.map(({ records }) => records);
}
