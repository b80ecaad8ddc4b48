import { mapRecords } from 'rx-dstream';
import type { ChainCase } from './ChainCase.ts';
import { fromArray } from './fromArray.ts';

// Each does some nanoseconds of work, and each different work, so that no two can be made one.
const a = (n: number): number => Math.imul(n ^ (n >>> 7), 0x9e3779b1) >>> 3;
const b = (n: number): number => rounds(n, 4, 31);
const c = (n: number): number => ((n % 1_000_003) + n) | 0;
const d = (n: number): number => (rounds(n, 3, 17) ^ n) | 0;
const e = (n: number): number => ((n / 3) | 0) + (n & 0xff);
const f = (n: number): number => rounds(n, 5, 33) >>> 2;
const g = (n: number): number => ((n % 9973) * 7 + n) | 0;
const h = (n: number): number => (rounds(n, 4, 37) + (n >>> 3)) | 0;
const i = (n: number): number => Math.imul((n % 8191) ^ (n >>> 11), 0x85ebca6b);
const j = (n: number): number => rounds(n, 3, 65) & 0x3fffffff;

/** A few nanoseconds of arithmetic in each function. */
export const hashes: ChainCase = {
  name: 'hashes',
  about: 'ten different functions with a few nanoseconds of arithmetic',
  chains: [
    {
      length: 1,
      ours: (numbers) => numbers.pipe(mapRecords(a)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) for (const n of batch) sum = (sum + a(n)) | 0;
        return sum;
      },
      fromArray: fromArray([a]),
    },
    {
      length: 3,
      ours: (numbers) => numbers.pipe(mapRecords(a), mapRecords(b), mapRecords(c)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) for (const n of batch) sum = (sum + c(b(a(n)))) | 0;
        return sum;
      },
      fromArray: fromArray([a, b, c]),
    },
    {
      length: 10,
      ours: (numbers) =>
        numbers
          .pipe(mapRecords(a), mapRecords(b), mapRecords(c), mapRecords(d), mapRecords(e))
          .pipe(mapRecords(f), mapRecords(g), mapRecords(h), mapRecords(i), mapRecords(j)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) for (const n of batch) sum = (sum + j(i(h(g(f(e(d(c(b(a(n))))))))))) | 0;
        return sum;
      },
      fromArray: fromArray([a, b, c, d, e, f, g, h, i, j]),
    },
  ],
};

function rounds(n: number, count: number, factor: number): number {
  let hash = n;
  for (let round = 0; round < count; round++) hash = Math.imul(hash ^ round, factor) + 7;
  return hash | 0;
}
