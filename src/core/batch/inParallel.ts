import { concat, defer, finalize, type Observable, of, take, tap, throwIfEmpty } from 'rxjs';
import { type Answer, isPending } from '../Answer.ts';
import { wholeNumber } from '../arguments.ts';
import { type KnownOptions, knownOptions } from '../knownOptions.ts';
import type { RunServices } from '../RunServices.ts';
import { eachRecord } from './eachRecord.ts';
import { tracked } from './tracked.ts';

/** Options of operators that ask for something slow. */
export interface ConcurrencyOptions {
  /** How many answers are waited for at a time. Default 10. */
  readonly concurrency?: number;
}

const OPTIONS: KnownOptions<ConcurrencyOptions> = { concurrency: true };

/** The option, checked where it is written. */
export function concurrencyOf(operator: string, options: ConcurrencyOptions): number {
  knownOptions(operator, options, OPTIONS);
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

/** Asks for all of it, so many at a time, and emits the answers once, in order. Answers that need no waiting are taken in the same call. */
export function inParallel<U>(run: RunServices, { count, concurrency, ask, failed }: Asking<U>): Observable<U[]> {
  return defer(() => {
    const abort = new AbortController();
    const ended = (): void => abort.abort(run.signal.reason);
    run.signal.addEventListener('abort', ended);
    const answers = new Array<U>(count);
    let isDone = false;
    const work = (_: undefined, at: number): Answer<unknown> => {
      const answer = ask(at, abort.signal);
      if (isPending(answer)) {
        return tracked(run, answer as Observable<U>).pipe(
          take(1),
          throwIfEmpty(noAnswer),
          tap((value) => {
            answers[at] = value;
          }),
        );
      }
      answers[at] = answer;
      return undefined;
    };
    const all = defer(() => {
      isDone = true;
      return of(answers);
    });
    return concat(eachRecord(new Array<undefined>(count), concurrency, work, failed), all).pipe(
      finalize(() => {
        run.signal.removeEventListener('abort', ended);
        if (!isDone) abort.abort();
      }),
    );
  });
}

function noAnswer(): Error {
  return new Error('expected its Observable to emit an answer, it completed without');
}
