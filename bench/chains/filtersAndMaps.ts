import { filterRecords, mapRecords } from 'rx-dstream';
import type { ChainCase } from './ChainCase.ts';

const a = (n: number): number => Math.imul(n ^ (n >>> 7), 0x9e3779b1) >>> 3;
const keepB = (n: number): boolean => n % 16 !== 0;
const c = (n: number): number => ((n % 1_000_003) + n) | 0;
const keepD = (n: number): boolean => n % 17 !== 1;
const e = (n: number): number => ((n / 3) | 0) + (n & 0xff);
const keepF = (n: number): boolean => n % 19 !== 2;
const g = (n: number): number => ((n % 9973) * 7 + n) | 0;
const keepH = (n: number): boolean => n % 23 !== 3;
const i = (n: number): number => Math.imul((n % 8191) ^ (n >>> 11), 0x85ebca6b);
const keepJ = (n: number): boolean => n % 29 !== 4;

/** Maps and filters in turns; each filter lets more than nine of ten records pass. */
export const filtersAndMaps: ChainCase = {
  name: 'filters-and-maps',
  about: 'maps and filters in turns, each with a division',
  chains: [
    {
      length: 1,
      ours: (numbers) => numbers.pipe(mapRecords(a)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) for (const n of batch) sum = (sum + a(n)) | 0;
        return sum;
      },
    },
    {
      length: 3,
      ours: (numbers) => numbers.pipe(mapRecords(a), filterRecords(keepB), mapRecords(c)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) {
          for (const record of batch) {
            const n = a(record);
            if (keepB(n)) sum = (sum + c(n)) | 0;
          }
        }
        return sum;
      },
    },
    {
      length: 10,
      ours: (numbers) =>
        numbers
          .pipe(mapRecords(a), filterRecords(keepB), mapRecords(c), filterRecords(keepD), mapRecords(e))
          .pipe(filterRecords(keepF), mapRecords(g), filterRecords(keepH), mapRecords(i), filterRecords(keepJ)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) {
          for (const record of batch) {
            let n = a(record);
            if (!keepB(n)) continue;
            n = c(n);
            if (!keepD(n)) continue;
            n = e(n);
            if (!keepF(n)) continue;
            n = g(n);
            if (!keepH(n)) continue;
            n = i(n);
            if (keepJ(n)) sum = (sum + n) | 0;
          }
        }
        return sum;
      },
    },
  ],
};
