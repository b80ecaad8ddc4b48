import { catchError, map, type Observable, of, take, tap, throwIfEmpty } from 'rxjs';
import { type Answer, answered, isPending } from '../Answer.ts';
import type { Scope } from '../batch/Scope.ts';
import { tracked } from '../batch/tracked.ts';
import { operatorError } from '../operatorError.ts';
import type { RunServices } from '../RunServices.ts';
import { reasonOf } from '../reasonOf.ts';

/** How something that changes slowly is loaded. */
export interface Reloading<A, V> {
  readonly operator: string;
  /** What reports and messages call it. */
  readonly name: string;
  /** Loaded again after so many batches. */
  readonly every: number;
  readonly load: (signal: AbortSignal) => Answer<A>;
  /** What is kept of what was loaded; if it throws, the loading has failed. */
  readonly keep: (loaded: A, scope: Scope) => V;
}

/**
 * A value that is loaded with the first batch of a run and again every so many batches, before the batch is worked on. When that
 * fails, the last good one is kept and the next batch tries again.
 */
export class Reloaded<A, V> {
  readonly #reloading: Reloading<A, V>;
  #run: RunServices | undefined;
  #current: { readonly value: V } | undefined;
  /** Batches that the current value has served. */
  #served = 0;
  /** Failures in a row. */
  #failures = 0;

  constructor(reloading: Reloading<A, V>) {
    this.#reloading = reloading;
  }

  /** The value for the batch of this scope: at once, unless it has to be loaded. */
  for(scope: Scope): Observable<V> {
    if (this.#run !== scope.run) {
      this.#run = scope.run;
      this.#current = undefined;
      this.#failures = 0;
    }
    const current = this.#current;
    if (current !== undefined && this.#failures === 0 && this.#served < this.#reloading.every) {
      this.#served++;
      return of(current.value);
    }
    return this.#load(scope).pipe(
      tap((value) => this.#loaded(value, scope)),
      catchError((error) => of(this.#lastGood(error, scope))),
    );
  }

  #load(scope: Scope): Observable<V> {
    const { load, keep } = this.#reloading;
    return answered(() => {
      const answer = load(scope.run.signal);
      return isPending(answer) ? tracked(scope.run, answer as Observable<A>) : answer;
    }).pipe(
      take(1),
      throwIfEmpty(() => new Error('expected its Observable to emit, it completed without')),
      map((loaded) => keep(loaded, scope)),
    );
  }

  #loaded(value: V, scope: Scope): void {
    const { operator, name } = this.#reloading;
    const failures = this.#failures;
    this.#current = { value };
    this.#served = 1;
    this.#failures = 0;
    if (failures === 0) return;
    const times = failures === 1 ? 'failure' : 'failures';
    scope.run.report(
      'TABLE_RELOADED',
      name,
      `${operator}: '${name}' has been loaded again after ${failures} ${times}.`,
      {
        count: failures,
        details: { time: scope.time },
      },
    );
  }

  #lastGood(cause: unknown, scope: Scope): V {
    const { operator, name } = this.#reloading;
    if (this.#current === undefined) throw operatorError(operator, cause, scope);
    this.#failures++;
    const reason = reasonOf(cause);
    const message =
      `${operator}: '${name}' could not be loaded again for the batch of time ${scope.time}: ${reason}. ` +
      'The last good one is used; the next batch tries again.';
    scope.run.report('TABLE_STALE', name, message, { cause, count: this.#failures, details: { time: scope.time } });
    return this.#current.value;
  }
}
