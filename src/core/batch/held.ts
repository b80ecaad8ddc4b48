import { concatMap, defer, finalize, map, type ObservableInput, type OperatorFunction } from 'rxjs';
import { functionArgument } from '../arguments.ts';
import { asBatch, type Batch } from './Batch.ts';
import { batchStreamLike } from './batchStream.ts';
import { passedOn } from './passedOn.ts';
import type { Hold } from './Scope.ts';
import { tracked } from './tracked.ts';

/**
 * Does something slow with each batch and holds it meanwhile: the one lawful way to take longer than the call in which a
 * batch came. The hold is taken in that call; batches are worked on one at a time, in order.
 *
 * ```text
 * source                              --a-----b-----|
 * held((batch) => timer(2ms) -> batch) ----a-----b---|
 * ```
 *
 * - **Settles** not before the batch given back has been passed on and let go by those after it.
 * - **Errors**: a failing `project` fails the run; what is thrown is the error notification of this chain.
 * - **Unsubscribed** while busy: if the run lives on the batch counts as done, else it is abandoned and runs again next time.
 */
export function held<T, U>(
  project: (batch: Batch<T>, signal: AbortSignal) => ObservableInput<Batch<U>>,
): OperatorFunction<Batch<T>, Batch<U>> {
  functionArgument('held(project)', project);
  return (source) =>
    batchStreamLike(
      source,
      defer(() => {
        const queued = new Set<Hold>();
        return source.pipe(
          map((batch) => {
            const hold = asBatch('held', batch).scope.hold();
            queued.add(hold);
            return { batch, hold };
          }),
          concatMap(({ batch, hold }) => {
            queued.delete(hold);
            const work = defer(() => tracked(batch.scope.run, project(batch, batch.scope.run.signal)));
            return passedOn(batch.scope, hold, work);
          }),
          finalize(() => {
            for (const hold of queued) hold.leave();
          }),
        );
      }),
    );
}
