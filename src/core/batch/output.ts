import {
  catchError,
  concat,
  defer,
  EMPTY,
  ignoreElements,
  type MonoTypeOperatorFunction,
  type Observable,
  of,
  tap,
} from 'rxjs';
import { type Answer, isPending } from '../Answer.ts';
import { evaluate } from '../operatorError.ts';
import type { RunServices } from '../RunServices.ts';
import { inOrder } from '../state/BatchScan.ts';
import { attaching } from './attachedRuns.ts';
import { asBatch, type Batch } from './Batch.ts';
import { batchStreamLike } from './batchStream.ts';
import { held } from './held.ts';
import { outputError } from './outputError.ts';
import { currentScope, type Scope } from './Scope.ts';
import { tracked } from './tracked.ts';

/**
 * An operator that has an effect: passes each batch on when the effect is done. Outputs of a batch run one after another, in
 * the order in which the batch reached them, which is the order of their subscription.
 */
export function output<T>(
  operator: string,
  effect: (batch: Batch<T>, signal: AbortSignal) => Answer<unknown>,
): MonoTypeOperatorFunction<Batch<T>> {
  return (source) =>
    batchStreamLike(
      source,
      source.pipe(
        seen(operator),
        inTimeOrder(operator),
        held((batch, signal) =>
          concat(
            batch.scope.inTurn(() => defer(() => effectOf(operator, batch, effect, signal))),
            of(batch),
          ),
        ),
      ),
    );
}

/** Counts a batch as seen by an output, and fails the run when an error comes this far. */
export function seen<T>(operator: string): MonoTypeOperatorFunction<Batch<T>> {
  return (source) =>
    defer(() => {
      let last: Scope | undefined;
      const runs = new Set<RunServices>();
      return attaching(source, runs).pipe(
        tap({
          next(value) {
            last = expectedBatch(operator, value).scope;
            last.seen = true;
          },
          error(error) {
            const scope = currentScope() ?? last;
            for (const run of scope === undefined ? runs : [scope.run]) run.fail(error);
          },
        }),
      );
    });
}

/** An output that is given something else would be left out while others go on and commit: that ends the run. */
function expectedBatch<T>(operator: string, value: Batch<T>): Batch<T> {
  try {
    return asBatch(operator, value);
  } catch (error) {
    currentScope()?.run.fail(error);
    throw error;
  }
}

/** A time comes once: two batches of it would have two effects under one `time`, and a repetition could not tell them apart. */
function inTimeOrder<T>(operator: string): MonoTypeOperatorFunction<Batch<T>> {
  return (source) =>
    defer(() => {
      let run: RunServices | undefined;
      let last = Number.NEGATIVE_INFINITY;
      return source.pipe(
        tap(({ scope }) => {
          if (run !== scope.run) last = Number.NEGATIVE_INFINITY;
          run = scope.run;
          last = evaluate(operator, scope, () => inOrder(operator, last, scope.time));
        }),
      );
    });
}

function effectOf<T>(
  operator: string,
  batch: Batch<T>,
  effect: (batch: Batch<T>, signal: AbortSignal) => Answer<unknown>,
  signal: AbortSignal,
): Observable<never> {
  const failed = (error: unknown): never => {
    throw outputError(operator, batch.time, error);
  };
  let answer: Answer<unknown>;
  try {
    answer = effect(batch, signal);
  } catch (error) {
    return failed(error);
  }
  if (!isPending(answer)) return EMPTY;
  return tracked(batch.scope.run, answer as Observable<unknown>).pipe(ignoreElements(), catchError(failed));
}
