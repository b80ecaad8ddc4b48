import { Observable, type Subscriber, takeUntil } from 'rxjs';

/**
 * `source` for as long as `subscriber` is there. It may leave in the very call in which the source is subscribed, when there is no
 * subscription yet to be unsubscribed: the source is told all the same, and completes.
 */
export function whileWanted<T>(subscriber: Subscriber<unknown>, source: Observable<T>): Observable<T> {
  const gone = new Observable<void>((told) => {
    const tell = (): void => told.next();
    subscriber.add(tell);
    return () => subscriber.remove(tell);
  });
  return source.pipe(takeUntil(gone));
}
