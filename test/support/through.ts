import { type OperatorFunction, of } from 'rxjs';
import { expect } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';

/** The one batch that `operator` makes of `batch`. */
export function through<A, B>(batch: Batch<A>, operator: OperatorFunction<Batch<A>, Batch<B>>): Batch<B> {
  const results: Batch<B>[] = [];
  of(batch)
    .pipe(operator)
    .subscribe((result) => results.push(result));
  expect(results).toHaveLength(1);
  return results[0] as Batch<B>;
}

/** What a user's function that threw `new Error('no')` becomes. */
export function operatorFailed(operator: string, record?: number, time = 1000, key?: string): Error {
  const where = `${record === undefined ? '' : `, record ${record}`}${key === undefined ? '' : `, key "${key}"`}`;
  return expect.objectContaining({
    code: 'OPERATOR_FAILED',
    message: `${operator}: its function failed in the batch of time ${time}${where}: no`,
    cause: new Error('no'),
    details: { operator, time, ...(record === undefined ? {} : { record }), ...(key === undefined ? {} : { key }) },
  }) as Error;
}

/** An `INVALID_ARGUMENT` whose message says where. */
export function refused(where: string): Error {
  return expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(where) }) as Error;
}

/** Throws `new Error('no')`. */
export function no(): never {
  throw new Error('no');
}
