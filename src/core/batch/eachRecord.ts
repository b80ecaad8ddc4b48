import { from, Observable, type ObservableInput } from 'rxjs';
import { type Answer, isPending } from '../Answer.ts';

/** Begins the work on one record. */
export type RecordWork<T> = (record: T, position: number) => Answer<unknown>;

/**
 * Works on the records, begun in their order, at most `concurrency` of them at a time; completes when all are done. Work that
 * answers with a value is done at once. A failure ends it: nothing more is begun, Observables on the way are unsubscribed.
 *
 * Hand-written because RxJS would take in all records first: `mergeMap` queues what it cannot begin yet, and taking from the
 * front of a queue of a million is slow.
 */
export function eachRecord<T>(
  records: Iterable<T>,
  concurrency: number,
  work: RecordWork<T>,
  failed: (error: unknown, position: number) => unknown,
): Observable<never> {
  return new Observable((subscriber) => {
    const iterator = records[Symbol.iterator]();
    let begun = 0;
    let busy = 0;
    let isOver = false;
    let isBeginning = false;

    /** Not entered again by work that is done while it is begun: the loop goes on instead. */
    const beginSome = (): void => {
      if (isBeginning) return;
      isBeginning = true;
      while (busy < concurrency && !isOver && !subscriber.closed) {
        const { done, value } = iterator.next();
        if (done === true) isOver = true;
        else begin(value, begun++);
      }
      isBeginning = false;
      if (isOver && busy === 0) subscriber.complete();
    };

    const begin = (record: T, position: number): void => {
      let answer: Answer<unknown>;
      try {
        answer = work(record, position);
      } catch (error) {
        subscriber.error(failed(error, position));
        return;
      }
      if (!isPending(answer)) return;
      busy++;
      let isDone = false;
      const working = from(answer as ObservableInput<unknown>).subscribe({
        error: (error) => subscriber.error(failed(error, position)),
        complete: () => {
          isDone = true;
        },
      });
      subscriber.add(working);
      // Not at its completion: until it has been let go of it is one of those that are busy.
      working.add(() => {
        if (!isDone) return;
        busy--;
        beginSome();
      });
    };

    beginSome();
  });
}
