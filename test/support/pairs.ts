import type { OperatorFunction } from 'rxjs';
import { type Batch, type Pair, updateStateByKey } from '../../src/index.ts';

/** A counted word. */
export type Counted = Pair<string, number>;

export function counted(word: string, count: number): Counted {
  return [word, count];
}

export function add(left: number, right: number): number {
  return left + right;
}

/** Sums the counts of each word for ever. */
export function sums(name?: string): OperatorFunction<Batch<Counted>, Batch<Counted>> {
  return updateStateByKey<Counted, number>(
    (counts, sum) => counts.reduce(add, sum ?? 0),
    name === undefined ? {} : { name },
  );
}
