import { mapRecords } from 'rx-dstream';
import type { ChainCase } from './ChainCase.ts';
import { fromArray } from './fromArray.ts';

const a = (n: number): number => (n + 1) | 0;
const b = (n: number): number => (n + 2) | 0;
const c = (n: number): number => (n + 3) | 0;
const d = (n: number): number => (n + 4) | 0;
const e = (n: number): number => (n + 5) | 0;
const f = (n: number): number => (n + 6) | 0;
const g = (n: number): number => (n + 7) | 0;
const h = (n: number): number => (n + 8) | 0;
const i = (n: number): number => (n + 9) | 0;
const j = (n: number): number => (n + 10) | 0;

/** The least that a function can do. By hand the compiler makes one addition of all of them. */
export const increments: ChainCase = {
  name: 'increments',
  about: 'ten different functions that add a number',
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
