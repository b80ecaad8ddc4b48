import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../batch/Batch.ts';
import { wide } from '../chain/narrow.ts';
import type { Pair } from './Pair.ts';

/** The key of records that have none, where an operator on pairs does the work: none that a user has, and told to nobody. */
export const ONE_KEY = '\u0000all';

/** Gives all records the same key. */
export function withOneKey<T>(operator: string): OperatorFunction<Batch<T>, Batch<Pair<string, T>>> {
  return wide(operator, (body) => ({
    run(visit) {
      body.run((record) => visit([ONE_KEY, record]));
    },
  }));
}

/** Takes the keys away again. */
export function givingValues<T>(operator: string): OperatorFunction<Batch<Pair<string, T>>, Batch<T>> {
  return wide(operator, (body) => ({
    run(visit) {
      body.run(([, value]) => visit(value));
    },
  }));
}
