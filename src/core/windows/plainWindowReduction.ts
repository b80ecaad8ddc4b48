import type { Visit } from '../batch/Batch.ts';
import { liveBody } from '../batch/liveBody.ts';
import { type Combiner, combineInto } from '../keys/combineInto.ts';
import { detached } from '../keys/detached.ts';
import type { KeyColumns } from '../keys/KeyColumns.ts';
import { KeyFault } from '../keys/KeyFault.ts';
import { keyFailure } from '../keys/keyFailure.ts';
import type { Identify } from '../keys/keyIdentity.ts';
import type { Pair } from '../keys/Pair.ts';
import type { BatchScan } from '../state/BatchScan.ts';
import type { ValuesIn } from '../state/ValuesIn.ts';
import { forgetUpTo } from './forgetUpTo.ts';
import { WindowedKeys } from './WindowedKeys.ts';
import { slidingParts, type WindowBatches } from './windowParts.ts';
import type { WindowSpan } from './windowSpan.ts';

/** What a window without inverse does with the values of a key. */
export interface PlainFunctions<K, V, C> {
  readonly part: WindowBatches;
  /** Makes one of the values of a batch: what is kept of it. */
  readonly combiner: Combiner<V, C>;
  /** Makes one of the values of several batches, earlier ones on the left. */
  readonly reduce: (left: C, right: C) => C;
  readonly identify: Identify<K>;
  /** Where the user's values are in what is kept of a batch. */
  readonly valuesIn: ValuesIn<number, KeyColumns<K, C>>;
  /** Decides what is given. */
  readonly filter?: ((pair: Pair<K, C>) => boolean) | undefined;
}

/**
 * A window without inverse: a slide costs what entered and left, whatever the window's length ({@link WindowedKeys}).
 *
 * The state is each batch of the window reduced by key: a settled batch adds one entry and deletes those that left. The queues
 * of the keys are not in it: they follow from the batches, and are made again from them when a run begins.
 */
export function plainWindowReduction<K, V, C>(
  span: WindowSpan,
  { part, combiner, reduce, identify, valuesIn, filter }: PlainFunctions<K, V, C>,
): BatchScan<Pair<K, V>, Pair<K, C>>['open'] {
  const { operator, window, slide } = span;
  return (state, first) => {
    const batches = state.collection<number, KeyColumns<K, C>>(part, { valuesIn });
    // What a window with inverse kept under this name would be wrong by the time it is there again.
    for (const other of Object.values(slidingParts(part))) state.forget(other);
    const stepOf = stepsFrom(first.time, first.slide, window);
    const keys = new WindowedKeys<K, C>({ reduce, length: window / first.slide });
    forgetUpTo(batches, first.time - window);
    try {
      for (const { key: time, value } of batches.cells()) keys.enter(stepOf(time), value.keys.map(identify), value);
    } catch (error) {
      throw keyFailure(operator, error, first, identify);
    }
    return (batch) => {
      const { time, scope } = batch;
      const failed = (error: unknown): unknown => keyFailure(operator, error, batch, identify);
      const now = stepOf(time);
      forgetUpTo(batches, time - window);
      try {
        keys.leave(stepOf(time - window), now);
        const combined = combineInto<K, V, C>(operator, scope, batch.body, combiner, identify);
        if (combined.size > 0 && span.holds(time, batch.slide)) {
          const columns: { readonly keys: K[]; readonly values: C[] } = { keys: [], values: [] };
          const identities: unknown[] = [];
          combined.forEach((cell, identity) => {
            identities.push(identity);
            columns.keys.push(detached(cell[0]));
            columns.values.push(detached(cell[1]));
          });
          keys.enter(now, identities, columns);
          batches.set(time, columns);
        }
      } catch (error) {
        throw failed(error);
      }
      if (!span.firesAt(time, batch.slide)) {
        scope.takenIn = true;
        return undefined;
      }
      return batch.derive<Pair<K, C>>(
        liveBody(scope, pairsOf(keys, now, filter, failed)),
        slide === undefined ? {} : { slide },
      );
    };
  };
}

/** Hands on the pairs of the window; what `reduce` and `filter` throw is the operator's failure, what the visitor throws is not. */
function pairsOf<K, C>(
  keys: WindowedKeys<K, C>,
  now: number,
  filter: ((pair: Pair<K, C>) => boolean) | undefined,
  failed: (error: unknown) => unknown,
): (visit: Visit<Pair<K, C>>) => void {
  const given = keeping(filter, failed);
  return (visit) => {
    let visiting = false;
    try {
      keys.visit(now, (key, value) => {
        const pair: Pair<K, C> = [key, value];
        if (!given(pair)) return true;
        visiting = true;
        const answer = visit(pair);
        visiting = false;
        return answer;
      });
    } catch (error) {
      throw visiting ? error : failed(error);
    }
  };
}

/**
 * Times as whole steps of the input, counted from a multiple of the window's length near `time`: small numbers, and the same
 * ones in every run as far as the remainder by that length goes.
 */
function stepsFrom(time: number, step: number, window: number): (time: number) => number {
  const origin = Math.floor(time / window) * window;
  return (at) => Math.round((at - origin) / step);
}

/** Whether a pair is given; a failing filter is the operator's failure, and names the key. */
export function keeping<K, V>(
  filter: ((pair: Pair<K, V>) => boolean) | undefined,
  failed: (error: unknown) => unknown,
): (pair: Pair<K, V>) => boolean {
  if (filter === undefined) return () => true;
  return (pair) => {
    try {
      return filter(pair);
    } catch (error) {
      throw failed(new KeyFault(pair[0], error));
    }
  };
}
