import { listsAlike } from './alike.ts';
import type { Outcome } from './BatchRun.ts';
import type { Case } from './Case.ts';
import type { Mismatch } from './dstreamCase.ts';

/** Compares the records of all batches together: in order, or as a set. */
export function flattened({ params, expected, ordered }: Case, { outputs, failure }: Outcome): Mismatch {
  const isSet = params.checkFlattenedAsSet === true;
  const records = outputs.flatMap((output) => output.records);
  const got = isSet ? [...new Set(records)] : records;
  const isAlike = listsAlike(got, expected ?? [], { ordered: ordered && !isSet });
  if (isAlike && failure === undefined) return undefined;
  return { expected, got: failure === undefined ? got : [...got, { error: String(failure.error) }] };
}
