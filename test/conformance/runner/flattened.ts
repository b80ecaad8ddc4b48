import { listsAlike, valuesAlike } from './alike.ts';
import type { Outcome } from './BatchRun.ts';
import type { Case } from './Case.ts';
import type { Mismatch } from './dstreamCase.ts';

/** Compares the records of all batches together: in order, or as a set. */
export function flattened({ params, expected, ordered }: Case, { outputs, failure }: Outcome): Mismatch {
  const isSet = params.checkFlattenedAsSet === true;
  const records = outputs.flatMap((output) => output.records);
  const got = isSet ? distinct(records) : records;
  const want = isSet ? distinct(expected ?? []) : (expected ?? []);
  const isAlike = listsAlike(got, want, { ordered: ordered && !isSet });
  if (isAlike && failure === undefined) return undefined;
  return { expected, got: failure === undefined ? got : [...got, { error: String(failure.error) }] };
}

function distinct(records: readonly unknown[]): readonly unknown[] {
  return records.filter((record, at) => records.findIndex((other) => valuesAlike(other, record)) === at);
}
