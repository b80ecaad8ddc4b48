import { from, type Observable, type ObservableInput } from 'rxjs';
import type { RunServices } from '../RunServices.ts';

/**
 * The input as an Observable. A promise cannot be cancelled, so the run counts it until it ends: the next run does not begin
 * while work of a failed one is still going on.
 */
export function tracked<T>(run: RunServices, input: ObservableInput<T>): Observable<T> {
  if (typeof (input as PromiseLike<T>)?.then === 'function') {
    const ended = run.track();
    (input as PromiseLike<T>).then(ended, ended);
  }
  return from(input);
}
