import { StreamError } from '../errors.ts';
import { operatorError } from '../operatorError.ts';
import { Batch, type BatchBody, iterableBody } from './Batch.ts';

/** What a function on whole batches may give back: a batch, or the records of one. */
export type Transformed<U> = Batch<U> | Iterable<U>;

/**
 * What a user's function gave for `batch`, as a batch of the same scope. A failing iterator of it is the function's failure;
 * the visitor's own is not.
 */
export function givenBatch<U>(operator: string, batch: Batch<unknown>, given: Transformed<U>): Batch<U> {
  if (given instanceof Batch) return sameScope(operator, batch, given);
  if (typeof (given as Iterable<U> | null)?.[Symbol.iterator] !== 'function') {
    throw refused(operator, batch, given === null ? 'null' : typeof given);
  }
  return batch.derive(Array.isArray(given) ? iterableBody<U>(given) : attributed(operator, batch, iterableBody(given)));
}

function sameScope<U>(operator: string, batch: Batch<unknown>, given: Batch<U>): Batch<U> {
  if (given.scope === batch.scope) return given;
  throw refused(operator, batch, `a batch of another time (${given.time})`);
}

function attributed<U>(operator: string, { scope }: Batch<unknown>, body: BatchBody<U>): BatchBody<U> {
  return {
    run(visit) {
      let visiting = false;
      try {
        body.run((record) => {
          visiting = true;
          const answer = visit(record);
          visiting = false;
          return answer;
        });
      } catch (error) {
        throw visiting ? error : operatorError(operator, error, scope);
      }
    },
  };
}

function refused(operator: string, { time }: Batch<unknown>, got: string): StreamError {
  return new StreamError(
    'OPERATOR_FAILED',
    `${operator}: Transform function must not return ${got}: expected a batch of time ${time}, or an iterable of records. ` +
      'Return [] for a batch without records.',
    { details: { operator, time } },
  );
}
