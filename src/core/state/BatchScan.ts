import { defer, filter, map, type OperatorFunction } from 'rxjs';
import { textArgument } from '../arguments.ts';
import { asBatch, type Batch } from '../batch/Batch.ts';
import { batchStreamLike } from '../batch/batchStream.ts';
import { StreamError } from '../errors.ts';
import { evaluate } from '../operatorError.ts';
import type { OperatorState, RunServices, StateClaim } from '../RunServices.ts';
import { PLAIN_SHAPE, type StateShape } from './StateOptions.ts';

/** One run of a stateful operator: takes the batches in time order, gives the batch to pass on, or nothing. */
export type BatchStep<A, B> = (batch: Batch<A>) => Batch<B> | undefined;

/** A stateful operator: what it keeps past a batch, and what it does with one. */
export interface BatchScan<A, B> {
  /** The operator's name, for messages and default state names. */
  readonly operator: string;
  /** The name the user chose for the state. */
  readonly name: string | undefined;
  /** What the user's values in the state are like; left out where there are none. */
  readonly shape?: StateShape;
  /** Milliseconds between two batches of the result; the input's where left out. */
  readonly slide?: number;
  /** Checks that need the input's slide; at the call where it is known, else at the first batch. */
  check?(inputSlide: number): void;
  /** Begins a run with the state that the checkpoint has. */
  open(state: OperatorState, first: Batch<A>): BatchStep<A, B>;
}

/**
 * Turns a stateful step into an operator: its input is evaluated once, on arrival, in time order; the state is new in each
 * run, restored from the checkpoint; a throwing function ends the run. The only place where state meets RxJS.
 */
export function scanBatches<A, B>(scan: BatchScan<A, B>): OperatorFunction<Batch<A>, Batch<B>> {
  const { operator, name, shape = PLAIN_SHAPE } = scan;
  if (name !== undefined) textArgument(`${operator}({ name })`, name);
  const claim: StateClaim = { operator, name, shape, identity: {} };
  return (source) =>
    batchStreamLike(
      source,
      defer(() => {
        let run: RunServices | undefined;
        let step: BatchStep<A, B>;
        let last = Number.NEGATIVE_INFINITY;
        return source.pipe(
          map((value) => {
            const batch = asBatch(scan.operator, value);
            const { scope } = batch;
            scope.assertReadable();
            return evaluate(scan.operator, scope, () => {
              if (run !== scope.run) {
                run = scope.run;
                last = Number.NEGATIVE_INFINITY;
                scan.check?.(batch.slide);
                const state = run.claimState(claim);
                step = scan.open(state, batch);
                state.complete();
              }
              last = inOrder(scan.operator, last, batch.time);
              return step(batch);
            });
          }),
          filter((batch) => batch !== undefined),
        );
      }),
      scan.slide,
    );
}

/** Times rise strictly on every input of our operators. */
export function inOrder(operator: string, last: number, time: number): number {
  if (time > last) return time;
  throw new StreamError(
    'BATCH_ORDER',
    `${operator}: expected a batch later than ${last}, got one of time ${time}. ` +
      'Two batches of one time cannot follow each other on one stream (merge, concat, mergeMap): ' +
      'join streams of one context with unionBatches, look at another one with withLatestFrom.',
    { details: { last, time } },
  );
}
