import { type UpdateStateByKeyOptions, updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { add, type Counts } from './windowsOf.ts';

export type Update = (
  values: readonly number[],
  state: number | undefined,
  key: string,
  time: number,
) => number | undefined;

export const sum: Update = (values, state = 0) => values.reduce(add, state);

/** The records of each batch of states. */
export function statesOf(
  input: readonly Counts[],
  update: Update,
  options: UpdateStateByKeyOptions<string, number> = {},
  run: RunBatchesOptions = {},
): Counts[] {
  const out = runBatches(input, (batches) => batches.pipe(updateStateByKey(update, { name: 's', ...options })), run);
  return out.map(({ records }) => records);
}
