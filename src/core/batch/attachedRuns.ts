import { Observable } from 'rxjs';
import type { RunServices } from '../RunServices.ts';

/** Who is subscribing just now, from downstream to upstream. */
const subscribing: Set<RunServices>[] = [];

/** A stream of batches was subscribed: everybody who is subscribing just now reads of this run. */
export function attached(run: RunServices): void {
  for (const runs of subscribing) runs.add(run);
}

/**
 * `source`, adding to `runs` the runs that its subscription attached to: whom an error belongs to that comes before any batch.
 * A stream that is shared and subscribed already adds none.
 */
export function attaching<T>(source: Observable<T>, runs: Set<RunServices>): Observable<T> {
  return new Observable((subscriber) => {
    subscribing.push(runs);
    try {
      return source.subscribe(subscriber);
    } finally {
      subscribing.pop();
    }
  });
}
