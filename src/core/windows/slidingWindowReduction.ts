import { liveBody } from '../batch/liveBody.ts';
import { combineInto } from '../keys/combineInto.ts';
import type { KeyColumns } from '../keys/KeyColumns.ts';
import { keyFailure } from '../keys/keyFailure.ts';
import type { Pair } from '../keys/Pair.ts';
import type { BatchScan } from '../state/BatchScan.ts';
import { NOWHERE } from '../state/PlaceIndex.ts';
import { columnValues, wholeValue } from '../state/ValuesIn.ts';
import { HeldKeys, type SlidingFunctions } from './HeldKeys.ts';
import { keeping } from './plainWindowReduction.ts';
import { slidingParts } from './windowParts.ts';
import type { WindowSpan } from './windowSpan.ts';

/** What the window has been given so far. */
interface Extent {
  /** The last time at which the window fired: batches up to it are in the held values. */
  readonly firedAt: number;
}

/**
 * A window with inverse: keeps each batch reduced by key and the reduced value of each key; a slide takes out what left and
 * adds what entered. A batch that enters and leaves between two slides is never counted.
 */
export function slidingWindowReduction<K, V>(
  span: WindowSpan,
  functions: SlidingFunctions<K, V>,
): BatchScan<Pair<K, V>, Pair<K, V>>['open'] {
  const { operator, window, slide } = span;
  const { part, reduce, filter, identify } = functions;
  const parts = slidingParts(part);
  const combiner = { create: (value: V): V => value, merge: reduce };
  return (state) => {
    const batches = state.collection<number, KeyColumns<K, V>>(part, { valuesIn: columnValues });
    const extent = state.collection<'window', Extent>(parts.extent);
    const keys = state.collection<K, V>(parts.reduced, { identify, valuesIn: wholeValue });
    const held = new HeldKeys<K, V>(keys, functions);
    for (const [at, columns] of batches.entries()) if (at <= firedAt()) held.enteredBefore(at, columns);

    function firedAt(): number {
      return extent.get('window')?.firedAt ?? Number.NEGATIVE_INFINITY;
    }

    return (batch) => {
      const { time, scope } = batch;
      const failed = (error: unknown): unknown => keyFailure(operator, error, batch, identify);
      if (!span.firesAt(time, batch.slide)) {
        const cells = combineInto<K, V, V>(operator, scope, batch.body, combiner, identify);
        if (cells.size > 0) batches.set(time, held.columns(cells));
        scope.takenIn = true;
        return undefined;
      }
      const before = firedAt();
      const entering: [number, KeyColumns<K, V>][] = [];
      try {
        for (const [at, batched] of batches.entries()) {
          const isOld = at <= time - window;
          if (isOld) batches.delete(at);
          if (isOld && at <= before) held.leave(at, batched);
          else if (!isOld && at > before) entering.push([at, batched]);
        }
        for (const [at, batched] of entering) held.enter(at, batched);
        const columns = held.enterNew(operator, scope, batch.body);
        if (columns.keys.length > 0) batches.set(time, columns);
      } catch (error) {
        throw failed(error);
      }
      extent.set('window', { firedAt: time });
      const given = keeping(filter, failed);
      const body = liveBody<Pair<K, V>>(scope, (visit) => {
        for (let at = keys.first; at !== NOWHERE; at = keys.next(at)) {
          const pair: Pair<K, V> = [keys.keyAt(at), keys.valueAt(at)];
          if (given(pair) && visit(pair) === false) return;
        }
      });
      return batch.derive<Pair<K, V>>(body, slide === undefined ? {} : { slide });
    };
  };
}
