/** A program that is run with `--disallow-code-generation-from-strings`: what a chain gives, reading after reading. */
import { of, pipe } from 'rxjs';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import { filterRecords } from '../../../src/operators/filterRecords.ts';
import { flatMapRecords } from '../../../src/operators/flatMapRecords.ts';
import { mapRecords } from '../../../src/operators/mapRecords.ts';
import { batchOf } from '../../../src/testing/batchOf.ts';

const bad = { at: 0 };
const chain = pipe(
  flatMapRecords((n: number) => [n, n + 0.5]),
  filterRecords((n) => Number.isInteger(n)),
  mapRecords((n) => {
    if (n === bad.at) throw new Error('no');
    return n * 2;
  }),
);

const records = Array.from({ length: 10 }, () => recordsOf());
bad.at = 2;
console.log(
  JSON.stringify({ forbidden: errorOf(() => new Function('')).name, records, failure: errorOf(recordsOf).message }),
);

function recordsOf(): readonly number[] {
  let result: Batch<number> | undefined;
  of(batchOf([1, 2]))
    .pipe(chain)
    .subscribe((batch) => {
      result = batch;
    });
  return result?.records ?? [];
}

function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected a failure');
}
