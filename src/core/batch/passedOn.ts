import { Observable } from 'rxjs';
import type { Batch } from './Batch.ts';
import { type Hold, passOn, type Scope } from './Scope.ts';
import { whileWanted } from './whileWanted.ts';

/**
 * Passes what `work` emits on within the scope, and gives the hold back when it completes. Hand-written because completion and
 * unsubscription mean different things for the hold: released, or left when nobody wants the rest. `work` emits one batch, so
 * a synchronous flood cannot pass a `take`.
 */
export function passedOn<U>(scope: Scope, hold: Hold, work: Observable<Batch<U>>): Observable<Batch<U>> {
  return new Observable((subscriber) => {
    const subscription = whileWanted(subscriber, work).subscribe({
      next(batch) {
        // What comes of work that outlived its run (a chain that `retry` further up has kept) is not wanted any more.
        if (scope.run.alive) passOn(scope, () => subscriber.next(batch));
      },
      error: (error) => {
        scope.run.fail(error);
        passOn(scope, () => subscriber.error(error));
      },
      complete: () => {
        if (subscriber.closed) return;
        hold.release();
        subscriber.complete();
      },
    });
    return () => {
      subscription.unsubscribe();
      hold.leave();
    };
  });
}
