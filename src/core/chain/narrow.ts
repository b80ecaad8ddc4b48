import { map, type OperatorFunction } from 'rxjs';
import { asBatch, type Batch, type BatchBody } from '../batch/Batch.ts';
import { batchStreamLike } from '../batch/batchStream.ts';
import type { Scope } from '../batch/Scope.ts';
import type { NarrowStep } from './NarrowStep.ts';

/**
 * An operator that looks at one record at a time: appended to the batch's chain, run when somebody reads. Adjacent ones make
 * one pass; whatever RxJS puts between them sees ordinary batches.
 */
export function narrow<T, U>(step: NarrowStep): OperatorFunction<Batch<T>, Batch<U>> {
  return (source) => batchStreamLike(source, source.pipe(map((batch) => asBatch(step.operator, batch).link<U>(step))));
}

/** An operator on a whole batch that keeps nothing past it: `evaluate` is run at each reading, over the fused chain before it. */
export function wide<T, U>(
  operator: string,
  evaluate: (body: BatchBody<T>, scope: Scope) => BatchBody<U>,
): OperatorFunction<Batch<T>, Batch<U>> {
  return (source) =>
    batchStreamLike(
      source,
      source.pipe(
        map((value) => {
          const batch = asBatch(operator, value);
          return batch.derive(evaluate(batch.body, batch.scope));
        }),
      ),
    );
}
