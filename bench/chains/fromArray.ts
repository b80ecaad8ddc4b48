import type { SumOf } from './ChainCase.ts';

/** Calls the functions one after another for each record. */
export function fromArray(functions: readonly ((n: number) => number)[]): SumOf {
  return (batches) => {
    let sum = 0;
    for (const batch of batches) {
      for (const record of batch) {
        let n = record;
        for (const fn of functions) n = fn(n);
        sum = (sum + n) | 0;
      }
    }
    return sum;
  };
}
