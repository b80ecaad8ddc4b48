import type { Settlement } from 'rx-dstream';
import { randomFrom } from '../measure/random.ts';
import { type Kept, newKeys } from '../state/KeyedWork.ts';

/** How many keys change in a batch. */
const CHANGED = 10_000;

type Changes = Settlement['states'][number];

/** The state of `totals` with so many keys. */
export function firstSettlement(keys: number): Settlement {
  const records = newKeys(0, keys);
  return settlementOf(0, {
    added: {
      ids: records.map((_, n) => n + 1),
      keys: records.map(([key]) => key),
      values: records.map(() => keptAt(0)),
    },
  });
}

/** Makes settlements of batches in which 10,000 of so many keys change, each alike. */
export function changesOf(keys: number): (time: number) => Settlement {
  const random = randomFrom(CHANGED);
  return (time) => {
    const ids = [...new Set(Array.from({ length: CHANGED }, () => 1 + Math.floor(random() * keys)))];
    return settlementOf(time, { changed: { ids, values: ids.map(() => keptAt(time)) } });
  };
}

function keptAt(time: number): Kept {
  return { count: time, last: 1.7e12 + time };
}

function settlementOf(time: number, changes: Partial<Changes>): Settlement {
  const none = { deleted: [], changed: { ids: [], values: [] }, added: { ids: [], keys: [], values: [] } };
  return { time, positions: [], states: [{ state: 'totals/keys', version: 0, ...none, ...changes }] };
}
