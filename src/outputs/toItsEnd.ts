import { fromEvent, Observable, takeUntil } from 'rxjs';
import type { Scope } from '../core/batch/Scope.ts';

/**
 * Work on a batch that goes on, and holds the batch, although the chain it was begun for is left: what it does by halves would be taken for done.
 * Let go of at once when the run ends. `failed` makes what the run fails with where nobody is there any more to be told.
 */
export function toItsEnd(
  scope: Scope,
  work: Observable<unknown>,
  failed: (error: unknown) => unknown,
): Observable<unknown> {
  return new Observable((subscriber) => {
    const hold = scope.hold();
    const { signal } = scope.run;
    work.pipe(takeUntil(fromEvent(signal, 'abort'))).subscribe({
      error(error) {
        if (subscriber.closed) scope.run.fail(failed(error));
        else subscriber.error(error);
      },
      complete() {
        if (signal.aborted) return;
        subscriber.complete();
        hold.release();
      },
    });
  });
}
