import { Observable, Subscription, take, throwIfEmpty } from 'rxjs';
import { type Answer, isPending } from '../Answer.ts';
import { optionsArgument, wholeNumber } from '../arguments.ts';
import type { RunServices } from '../RunServices.ts';
import { tracked } from './tracked.ts';

/** Options of operators that ask for something slow. */
export interface ConcurrencyOptions {
  /** How many answers are waited for at a time. Default 10. */
  readonly concurrency?: number;
}

/** The option, checked where it is written. */
export function concurrencyOf(operator: string, options: ConcurrencyOptions): number {
  optionsArgument(`${operator}(options)`, options, '{ concurrency: 4 }');
  return wholeNumber(`${operator}({ concurrency })`, options.concurrency ?? 10, 1, true);
}

/** Things to be asked for one by one. */
export interface Asking<U> {
  readonly count: number;
  readonly concurrency: number;
  /** `signal` is aborted when the run ends or the answers are not wanted any more: another one has failed, say. */
  readonly ask: (at: number, signal: AbortSignal) => Answer<U>;
  /** What an error of the n-th is passed on as. */
  readonly failed: (error: unknown, at: number) => unknown;
}

/**
 * Asks for all of it, so many at a time, and emits the answers once, in order. Answers that need no waiting are taken in the same
 * call. Hand-written because `mergeMap` would put everything that waits for its turn into an array and take it from the front.
 */
export function inParallel<U>(run: RunServices, { count, concurrency, ask, failed }: Asking<U>): Observable<U[]> {
  return new Observable((subscriber) => {
    const abort = new AbortController();
    const ended = (): void => abort.abort(run.signal.reason);
    run.signal.addEventListener('abort', ended);
    const waiting = new Subscription();
    subscriber.add(() => {
      run.signal.removeEventListener('abort', ended);
      waiting.unsubscribe();
      if (!isDone()) abort.abort();
    });

    const answers = new Array<U>(count);
    let next = 0;
    let open = 0;
    let asking = false;
    const isDone = (): boolean => open === 0 && next === count;

    const wait = (at: number, answer: Exclude<Answer<U>, U>): void => {
      open++;
      let done = false;
      const one = tracked(run, answer as Observable<U>)
        .pipe(take(1), throwIfEmpty(noAnswer))
        .subscribe({
          next: (value) => {
            answers[at] = value;
          },
          error: (error) => subscriber.error(failed(error, at)),
          complete: () => {
            done = true;
          },
        });
      waiting.add(one);
      // Not at its completion: until it has been let go of it is one of those that are open.
      one.add(() => {
        if (!done) return;
        open--;
        waiting.remove(one);
        askOn();
      });
    };

    const askOn = (): void => {
      if (asking) return;
      asking = true;
      while (open < concurrency && next < count && !subscriber.closed) {
        const at = next++;
        let answer: Answer<U>;
        try {
          answer = ask(at, abort.signal);
        } catch (error) {
          subscriber.error(failed(error, at));
          return;
        }
        if (isPending(answer)) wait(at, answer as Exclude<Answer<U>, U>);
        else answers[at] = answer;
      }
      asking = false;
      if (!isDone() || subscriber.closed) return;
      subscriber.next(answers);
      subscriber.complete();
    };
    askOn();
  });
}

function noAnswer(): Error {
  return new Error('expected its Observable to emit an answer, it completed without');
}
