import { AsyncSubject, concatMap, defer, EMPTY, map, merge, type Observable } from 'rxjs';
import { asBatch, Batch, iterableBody } from '../batch/Batch.ts';
import { batchStreamInfo, batchStreamLike } from '../batch/batchStream.ts';
import { passedOn } from '../batch/passedOn.ts';
import type { Hold, Scope } from '../batch/Scope.ts';
import { StreamError } from '../errors.ts';
import { evaluate } from '../operatorError.ts';
import type { RunServices } from '../RunServices.ts';
import { inOrder } from '../state/BatchScan.ts';

/** The sides of one time that have come, and where their pair will be emitted. */
interface Slot {
  readonly scope: Scope;
  readonly sides: (Batch<unknown> | undefined)[];
  /** Emits the pair once, within the scope. */
  readonly pair: Observable<Batch<unknown>>;
  /** Makes the pair of what is there. */
  resolve(): void;
  /** Its run is over: the pair is no more waited for. */
  abandon(): void;
  /** While a side is missing: the wait; afterwards the hold of passing the pair on. */
  hold: Hold | undefined;
}

let ranks = 0;

/**
 * Brings together the batches of the same time of several streams of one context; a side that does not come is an empty
 * batch. `combine` gets one batch for each input, in their order.
 *
 * A time is complete when all sides are there, or when nobody else is busy with it any more: then the waiting pairs are
 * resolved from upstream to downstream (by the order in which their subscriptions were completed).
 */
export function pairBatches<R>(
  operator: string,
  inputs: readonly Observable<Batch<unknown>>[],
  combine: (sides: readonly Batch<unknown>[]) => Batch<R>,
): Observable<Batch<R>> {
  checkAlike(operator, inputs);
  const paired = defer(() => {
    let rank = 0;
    let slot: Slot | undefined;
    let context: object | undefined;
    let run: RunServices | undefined;
    const last = inputs.map(() => Number.NEGATIVE_INFINITY);
    const slides = inputs.map((input) => batchStreamInfo(input)?.slide);
    const origins: (readonly string[] | undefined)[] = inputs.map(() => undefined);

    const begin = (first: Batch<unknown>): Slot => {
      const { scope } = first;
      const result = new AsyncSubject<Batch<unknown>>();
      const sides: (Batch<unknown> | undefined)[] = inputs.map(() => undefined);
      const begun: Slot = {
        scope,
        sides,
        hold: undefined,
        pair: passedOn(scope, { release: () => begun.hold?.release(), leave: () => begun.hold?.leave() }, result),
        resolve() {
          slot = undefined;
          begun.hold?.release();
          begun.hold = scope.hold();
          try {
            result.next(
              evaluate(operator, scope, () => combine(sides.map((side, at) => side ?? emptySide(first, origins[at])))),
            );
            result.complete();
          } catch (error) {
            result.error(error);
          }
        },
        abandon: () => result.complete(),
      };
      return begun;
    };

    /** A `retry` further up has kept the pair: the next run gives the batches again that had not settled. */
    const begins = (next: RunServices): void => {
      run = next;
      last.fill(Number.NEGATIVE_INFINITY);
    };

    const drop = (): void => {
      const dropped = slot;
      slot = undefined;
      dropped?.abandon();
    };

    const arrive = (side: number, value: Batch<unknown>): Observable<Batch<unknown>> => {
      const batch = asBatch(operator, value);
      batch.scope.assertReadable();
      if (run !== batch.scope.run) begins(batch.scope.run);
      last[side] = inOrder(operator, last[side] ?? Number.NEGATIVE_INFINITY, batch.time);
      slides[side] = batch.slide;
      origins[side] = batch.origins;
      checkSlides(operator, slides);
      context ??= batch.scope.run.context;
      if (batch.scope.run.context !== context) throw contextMixed(operator);
      if (slot?.scope !== batch.scope) drop();
      const isFirst = slot === undefined;
      slot ??= begin(batch);
      const current = slot;
      current.sides[side] = batch;
      if (current.sides.every((known) => known !== undefined)) {
        current.resolve();
      } else if (isFirst) {
        const wait = current.scope.awaitSide(rank, current.resolve);
        current.hold ??= wait;
      }
      return isFirst ? current.pair : EMPTY;
    };

    const sides = inputs.map((input, side) => input.pipe(map((batch) => arrive(side, batch))));
    const ranked = defer(() => {
      rank = ++ranks;
      return EMPTY;
    });
    return merge(...sides, ranked).pipe(concatMap((pair) => pair));
  }) as Observable<Batch<R>>;
  return batchStreamLike(inputs[0] as Observable<unknown>, paired);
}

/** A side that gave no batch descends from what it did before; from any source of this time if it never gave one. */
function emptySide(like: Batch<unknown>, origins: readonly string[] = like.scope.sources): Batch<unknown> {
  return new Batch(like.scope, iterableBody<unknown>([]), { slide: like.slide, origins });
}

function checkAlike(operator: string, inputs: readonly Observable<unknown>[]): void {
  const infos = inputs.map(batchStreamInfo).filter((info) => info !== undefined);
  const contexts = infos.map((info) => info.context).filter((context) => context !== undefined);
  if (new Set(contexts).size > 1) throw contextMixed(operator);
  checkSlides(
    operator,
    infos.map((info) => info.slide),
  );
}

function checkSlides(operator: string, slides: readonly (number | undefined)[]): void {
  const known = [...new Set(slides.filter((slide) => slide !== undefined))];
  if (known.length < 2) return;
  throw new StreamError(
    'SLIDE_MISMATCH',
    `${operator}: expected streams of the same slide, got different slide durations: ${known.map((slide) => `${slide} ms`).join(' and ')}. ` +
      'Bring them to one slide first, e.g. with windowBatches.',
    { details: { slides: known } },
  );
}

function contextMixed(operator: string): StreamError {
  return new StreamError(
    'CONTEXT_MIXED',
    `${operator}: expected streams of one StreamingContext, got streams of different contexts. ` +
      'Make one context and pass it to every batchInterval(context) whose streams meet.',
  );
}
