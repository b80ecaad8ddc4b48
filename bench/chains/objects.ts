import { filterRecords, flatMapRecords, mapRecords, mapValues } from 'rx-dstream';
import type { ChainCase } from './ChainCase.ts';

interface Order {
  readonly item: number;
  readonly price: number;
}

const orders = (n: number): Order[] => [
  { item: n & 1023, price: n % 97 },
  { item: (n + 1) & 1023, price: n % 89 },
];
const isPaid = ({ price }: Order): boolean => price > 3;
const taxed = ({ item, price }: Order): Order => ({ item, price: price + ((price * 19) % 100) });
const isKnown = ({ item }: Order): boolean => item !== 512;
const reduced = ({ item, price }: Order): Order => ({ item, price: price - (item & 1) });
const priceOf = ({ price }: Order): number => price;
const byItem = ({ item, price }: Order): readonly [number, number] => [item, price];
const inCents = (price: number): number => price * 100;
const rounded = (cents: number): number => cents - (cents % 10);
const isMuch = ([, cents]: readonly [number, number]): boolean => cents > 500;
const total = ([item, cents]: readonly [number, number]): number => item + cents;

/** What a program does with records: a `flatMap` first, then objects and pairs, made anew by each function. */
export const objects: ChainCase = {
  name: 'objects',
  about: 'flatMapRecords, then filters, maps and mapValues over objects and pairs',
  chains: [
    {
      length: 2,
      ours: (numbers) => numbers.pipe(flatMapRecords(orders), mapRecords(priceOf)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches)
          for (const n of batch) for (const order of orders(n)) sum = (sum + priceOf(order)) | 0;
        return sum;
      },
    },
    {
      length: 4,
      ours: (numbers) =>
        numbers.pipe(flatMapRecords(orders), filterRecords(isPaid), mapRecords(taxed), mapRecords(priceOf)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) {
          for (const n of batch) {
            for (const order of orders(n)) if (isPaid(order)) sum = (sum + priceOf(taxed(order))) | 0;
          }
        }
        return sum;
      },
    },
    {
      length: 10,
      ours: (numbers) =>
        numbers
          .pipe(flatMapRecords(orders), filterRecords(isPaid), mapRecords(taxed), filterRecords(isKnown))
          .pipe(mapRecords(reduced), mapRecords(byItem), mapValues(inCents), mapValues(rounded))
          .pipe(filterRecords(isMuch), mapRecords(total)),
      byHand(batches) {
        let sum = 0;
        for (const batch of batches) {
          for (const n of batch) {
            for (const order of orders(n)) {
              if (!isPaid(order)) continue;
              const known = taxed(order);
              if (!isKnown(known)) continue;
              const [item, price] = byItem(reduced(known));
              const pair = [item, rounded(inCents(price))] as const;
              if (isMuch(pair)) sum = (sum + total(pair)) | 0;
            }
          }
        }
        return sum;
      },
    },
  ],
};
