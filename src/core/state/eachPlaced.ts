import type { BatchBody } from '../batch/Batch.ts';
import type { Pair } from '../keys/Pair.ts';
import { FOUND_AT_ONCE, type PlaceFinder } from './PlaceFinder.ts';
import { NOWHERE } from './PlaceIndex.ts';

/**
 * Hands on each record with the place of its key, as if it were looked up just then; the visitor may bring keys and take them away.
 * Many are looked up together, which is much cheaper far from the caches.
 */
export function eachPlaced<K, V>(
  finder: PlaceFinder<K>,
  body: BatchBody<Pair<K, V>>,
  visit: (key: K, value: V, place: number) => void,
): void {
  const keys: K[] = [];
  const values: V[] = [];
  const places = new Int32Array(FOUND_AT_ONCE);
  let size = 0;
  let isVisiting = false;

  function visitAll(): void {
    isVisiting = true;
    const failure = finder.findAll(keys, size, places);
    const { comings, goings } = finder;
    const found = failure === undefined ? size : failure.at;
    for (let n = 0; n < found; n++) {
      const key = keys[n] as K;
      let place = places[n] as number;
      const isOld = place === NOWHERE ? finder.comings !== comings : finder.goings !== goings;
      if (isOld) place = finder.find(key);
      visit(key, values[n] as V, place);
    }
    if (failure !== undefined) throw failure.error;
    size = 0;
    isVisiting = false;
  }

  try {
    body.run((pair) => {
      keys[size] = pair[0];
      values[size] = pair[1];
      if (++size === FOUND_AT_ONCE) visitAll();
    });
  } catch (error) {
    // Those before the one that failed come first, and may fail themselves.
    if (!isVisiting) visitAll();
    throw error;
  }
  visitAll();
}
