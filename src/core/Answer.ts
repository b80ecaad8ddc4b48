import { from, isObservable, lastValueFrom, type Observable, of, throwError } from 'rxjs';

/**
 * What a contract may answer: the value itself, a promise of it, or an Observable that emits it once. Arrays and texts
 * are values. A part that answers with a plain value keeps the whole pipeline synchronous.
 */
export type Answer<T> = T | PromiseLike<T> | Observable<T>;

/** Whether `answer` has to be waited for. */
export function isPending<T>(answer: Answer<T>): answer is PromiseLike<T> | Observable<T> {
  return isObservable(answer) || typeof (answer as PromiseLike<T> | null)?.then === 'function';
}

/** The answer as an Observable; a value is emitted at once, a thrown call is given as an error notification. */
export function answered<T>(ask: () => Answer<T>): Observable<T> {
  let answer: Answer<T>;
  try {
    answer = ask();
  } catch (error) {
    return throwError(() => error);
  }
  return isPending(answer) ? from(answer as PromiseLike<T>) : of(answer);
}

/** The answer as a promise; a thrown call is a rejected one, an Observable of nothing may complete without a value. */
export async function promised<T>(ask: () => Answer<T>): Promise<T> {
  const answer = ask();
  return isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined as T }) : answer;
}

/** What `step` makes of an answer; at once, if the answer is there. */
export function thenAnswer<A, B>(answer: Answer<A>, step: (value: A) => Answer<B>): Answer<B> {
  if (!isPending(answer)) return step(answer as A);
  return promised(() => answer).then((value) => promised(() => step(value)));
}

/** Does `last` however `first` ends, and then fails if one of them did; at once, if both answer so. */
export function finallyAnswer(first: () => Answer<void>, last: () => Answer<void>): Answer<void> {
  let answer: Answer<void>;
  try {
    answer = first();
  } catch (error) {
    return thenAnswer(last(), () => Promise.reject(error));
  }
  if (!isPending(answer)) return last();
  const ended = promised(() => answer);
  return ended.then(
    () => promised(last),
    (error) => promised(last).then(() => Promise.reject(error)),
  );
}
