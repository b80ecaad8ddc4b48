import type { BatchScan } from './BatchScan.ts';
import { combineInto } from './combineInto.ts';
import type { KeyedState } from './KeyedState.ts';
import { liveBody } from './liveBody.ts';
import type { Pair } from './Pair.ts';
import { keeping, type Partial } from './plainWindowReduction.ts';
import type { WindowSpan } from './windowSpan.ts';

/** What a window holds of one key: replaced, never changed. */
interface Held<V> {
  /** The values of all batches in the window, reduced. */
  readonly value: V;
  /** How many batches of the window have the key: exact, so that a value that cancels out is no empty window. */
  readonly batches: number;
}

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
  reduce: (left: V, right: V) => V,
  inverse: (reduced: V, left: V) => V,
  filter: ((pair: Pair<K, V>) => boolean) | undefined,
): BatchScan<Pair<K, V>, Pair<K, V>>['open'] {
  const { operator, window, slide } = span;
  return (state) => {
    const batches = state.collection<number, Partial<K, V>>('batches');
    const keys = state.collection<K, Held<V>>('keys');
    const extent = state.collection<'window', Extent>('extent');
    return (batch) => {
      const { time, scope } = batch;
      const cells = combineInto<K, V, V>(operator, scope, batch.body, { create: (value) => value, merge: reduce });
      if (cells.size > 0) batches.set(time, new Map(cells.values()));
      if (!span.firesAt(time, batch.slide)) {
        scope.takenIn = true;
        return undefined;
      }
      const firedAt = extent.get('window')?.firedAt ?? Number.NEGATIVE_INFINITY;
      const entering: Partial<K, V>[] = [];
      for (const [at, part] of batches.entries()) {
        const isOld = at <= time - window;
        if (isOld) batches.delete(at);
        if (isOld && at <= firedAt) leave(keys, part, inverse, filter);
        else if (!isOld && at > firedAt) entering.push(part);
      }
      for (const part of entering) enter(keys, part, reduce);
      extent.set('window', { firedAt: time });
      const given = keeping(operator, scope, filter);
      const body = liveBody<Pair<K, V>>(scope, (visit) => {
        for (const [key, { value }] of keys.entries()) {
          const pair: Pair<K, V> = [key, value];
          if (given(pair) && visit(pair) === false) return;
        }
      });
      return batch.derive<Pair<K, V>>(body, slide === undefined ? {} : { slide });
    };
  };
}

/** Takes one batch out of the window. */
function leave<K, V>(
  keys: KeyedState<K, Held<V>>,
  part: Partial<K, V>,
  inverse: (reduced: V, left: V) => V,
  filter: ((pair: Pair<K, V>) => boolean) | undefined,
): void {
  for (const [key, value] of part) {
    const held = keys.get(key);
    if (held === undefined) continue;
    const left: Held<V> = { value: inverse(held.value, value), batches: held.batches - 1 };
    if (left.batches === 0 && filter !== undefined && !filter([key, left.value])) keys.delete(key);
    else keys.set(key, left);
  }
}

/** Adds one batch to the window. A key none of whose batches are left begins anew, which also ends any drift. */
function enter<K, V>(keys: KeyedState<K, Held<V>>, part: Partial<K, V>, reduce: (left: V, right: V) => V): void {
  for (const [key, value] of part) {
    const held = keys.get(key);
    const begins = held === undefined || held.batches === 0;
    keys.set(key, begins ? { value, batches: 1 } : { value: reduce(held.value, value), batches: held.batches + 1 });
  }
}
