import { filter, type Observable, share } from 'rxjs';
import {
  type Batch,
  countByValueAndWindow,
  dropDuplicates,
  mapRecords,
  mapWithState,
  reduceByKeyAndWindow,
  reduceByWindow,
  type StateValues,
  stateSnapshots,
  updateStateByKey,
  windowBatches,
} from '../../../src/index.ts';
import { add } from '../../support/pairs.ts';
import { groups, type Model, put, replay, within } from './given.ts';
import type { Sale } from './Outside.ts';
import { INTERVAL, pairOf, total } from './pipeline.ts';

type Fails = <A extends readonly unknown[], R>(fn: (...args: A) => R) => (...args: A) => R;

const subtract = (sum: number, left: number): number => sum - left;

/** Comes to its operator seldom: much has settled in a run before its state is asked for. */
const isSeldom = (time: number): boolean => time % (8 * INTERVAL) === 0;

/** The stateful operators, and ways to use them, that no longer chain has. */
export function otherOperators(
  a: Observable<Batch<Sale>>,
  fails: Fails,
  where: { readonly values?: StateValues },
): Readonly<Record<string, Observable<Batch<unknown>>>> {
  const lasting = a.pipe(
    mapRecords(pairOf),
    mapWithState<readonly [string, number], number, string>(
      fails((word, count, state) => {
        const sum = (state.getOption() ?? 0) + (count as number);
        if (sum % 6 !== 0) state.update(sum);
        else if (state.exists()) state.remove();
        return `${word} ${sum}`;
      }),
      { name: 'lasting', ...where },
    ),
    share(),
  );
  return {
    recent: a.pipe(
      mapRecords(({ at }) => at),
      windowBatches({ window: 3 * INTERVAL, name: 'recent' }),
    ),
    values: a.pipe(
      mapRecords(({ word, count }) => [word, count] as const),
      countByValueAndWindow({ window: 4 * INTERVAL, slide: 2 * INTERVAL, name: 'values' }),
      mapRecords(([[word, value], count]) => `${word} ${value}: ${count}`),
    ),
    sum: a.pipe(
      mapRecords(({ count }) => count),
      reduceByWindow(fails(add), { inverse: fails(subtract), window: 3 * INTERVAL, name: 'sum' }),
    ),
    ever: a.pipe(
      mapRecords(pairOf),
      reduceByKeyAndWindow(fails(add), { inverse: fails(subtract), window: 2 * INTERVAL, name: 'ever' }),
    ),
    lasting,
    'lasting snapshots': lasting.pipe(stateSnapshots()),
    seldom: a.pipe(
      filter(({ time }) => isSeldom(time)),
      mapRecords(pairOf),
      updateStateByKey(fails(total), { name: 'seldom', initial: [['w1', 1]], ...where }),
    ),
    first: a.pipe(
      dropDuplicates({ by: ({ word, count }) => [count, word], within: Number.POSITIVE_INFINITY, name: 'first' }),
    ),
  };
}

/** What they should give. */
export const otherModels: Readonly<Record<string, Model>> = {
  recent: (given) => (at) => within(given, 3, at.time).map(({ at: n }) => n),
  values: (given) => (at) =>
    [...groups(within(given, 4, at.time).map(({ word, count }) => [`${word} ${count}`, 1] as const))].map(
      ([value, ones]) => `${value}: ${ones.length}`,
    ),
  /** Nothing before the first record ever. */
  sum: (given) => (at) => {
    if (within(given, Number.POSITIVE_INFINITY, at.time).length === 0) return [];
    return [within(given, 3, at.time).reduce((sum, { count }) => sum + count, 0)];
  },
  /** A key that is there stays. */
  ever: (given) => (at) => {
    const sums = new Map(within(given, Number.POSITIVE_INFINITY, at.time).map(({ word }) => [word, 0]));
    for (const { word, count } of within(given, 2, at.time)) sums.set(word, (sums.get(word) ?? 0) + count);
    return [...sums];
  },
  lasting: (given) => {
    const states = new Map<string, number>();
    return replay(given, ({ a }) => a.map((sale) => lastingStep(states, sale)));
  },
  'lasting snapshots': (given) => {
    const states = new Map<string, number>();
    return replay(given, ({ a }) => {
      for (const sale of a) lastingStep(states, sale);
      return [...states];
    });
  },
  seldom: (given) => {
    const states = new Map([['w1', 1]]);
    return replay(given, ({ time, a }) => {
      if (!isSeldom(time)) return [];
      const counts = groups(a.map(pairOf));
      for (const key of new Set([...states.keys(), ...counts.keys()])) {
        put(states, key, total(counts.get(key) ?? [], states.get(key)));
      }
      return [...states];
    });
  },
  first: (given) => {
    const seen = new Set<string>();
    return replay(given, ({ a }) => a.filter(({ word, count }) => seen.size < seen.add(`${word} ${count}`).size));
  },
};

function lastingStep(states: Map<string, number>, { word, count }: Sale): string {
  const sum = (states.get(word) ?? 0) + count;
  put(states, word, sum % 6 !== 0 ? sum : undefined);
  return `${word} ${sum}`;
}
