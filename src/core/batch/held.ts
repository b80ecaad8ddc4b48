import {
  concatMap,
  defer,
  EMPTY,
  finalize,
  map,
  type ObservableInput,
  type OperatorFunction,
  Subject,
  takeUntil,
} from 'rxjs';
import { functionArgument } from '../arguments.ts';
import type { RunServices } from '../RunServices.ts';
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
        const nextRun = new Subject<void>();
        let run: RunServices | undefined;
        return source.pipe(
          map((batch) => {
            const { scope } = asBatch('held', batch);
            const hold = scope.hold();
            queued.add(hold);
            if (run !== scope.run) {
              run = scope.run;
              nextRun.next();
            }
            return { batch, hold };
          }),
          concatMap(({ batch, hold }) => {
            queued.delete(hold);
            // A `retry` further up has kept this chain: what the run that failed had begun here must not keep the next one waiting.
            if (!batch.scope.run.alive) return EMPTY;
            const work = defer(() => tracked(batch.scope.run, project(batch, batch.scope.run.signal)));
            return passedOn(batch.scope, hold, work).pipe(takeUntil(nextRun));
          }),
          finalize(() => {
            for (const hold of queued) hold.leave();
          }),
        );
      }),
    );
}
