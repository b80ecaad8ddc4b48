import { Observable } from 'rxjs';
import type { RunServices } from '../RunServices.ts';
import { attaching } from './attachedRuns.ts';
import { contextOf } from './batchStream.ts';

/** One subscription that commits to a store. */
interface Committer {
  readonly store: object;
}

/** Who commits in the batches of a context. */
const committers = new WeakMap<object, Set<Committer>>();

/** The stores that subscribed chains of this context commit to: what a run that begins takes over. */
export function committedStores(context: object): readonly object[] {
  return [...new Set([...(committers.get(context) ?? [])].map(({ store }) => store))];
}

/**
 * `source`, known to commit to `store` for as long as it is subscribed. Its context is that of the runs that the subscription attaches
 * to; behind a `share()` that was subscribed before it attaches to none, and the stream itself says where it belongs.
 */
export function committing<T>(source: Observable<T>, store: object): Observable<T> {
  return new Observable((subscriber) => {
    const runs = new Set<RunServices>();
    const committer: Committer = { store };
    const subscription = attaching(source, runs).subscribe(subscriber);
    const context = contextOf(source);
    const contexts = new Set([...runs].map((run) => run.context));
    if (context !== undefined) contexts.add(context);
    for (const context of contexts) committersOf(context).add(committer);
    subscription.add(() => {
      for (const context of contexts) committersOf(context).delete(committer);
    });
    return subscription;
  });
}

function committersOf(context: object): Set<Committer> {
  const known = committers.get(context) ?? new Set();
  committers.set(context, known);
  return known;
}
