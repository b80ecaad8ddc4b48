import type { PlannedBatch } from '../../../src/checkpoint/CheckpointStore.ts';
import { add } from '../../support/pairs.ts';
import { type Given, groups, type Model, put, replay, within } from './given.ts';
import type { Outside, Sale } from './Outside.ts';
import { otherModels } from './otherOperators.ts';
import { INITIAL, INTERVAL, isKept, isSeen, pairOf, TABLE, TIMEOUT, total } from './pipeline.ts';

/** All outputs by chain and time; `undefined` records: nothing is due. */
export function expected({ history, logs }: Outside): ReadonlyMap<string, readonly unknown[]> {
  const given = history.map(({ time, cuts }): Given => {
    const of = (name: 'a' | 'b'): readonly Sale[] => logs[name].records.slice(...rangeOf(name, cuts));
    return { time, a: of('a'), b: of('b') };
  });
  const effects = new Map<string, readonly unknown[]>();
  for (const [chain, model] of Object.entries(models)) {
    const recordsAt = model(given);
    for (const batch of given) {
      const records = recordsAt(batch);
      if (isSeen(batch.time) && isDue(chain, batch.time)) effects.set(`${chain} ${batch.time}`, records);
    }
  }
  return effects;
}

function rangeOf(name: string, cuts: PlannedBatch['cuts']): readonly [number, number] {
  return (cuts.find(({ source }) => source === name)?.cut.data ?? [0, 0]) as readonly [number, number];
}

const EVERY_OTHER: ReadonlySet<string> = new Set(['sums', 'grouped', 'values']);

function isDue(chain: string, time: number): boolean {
  if (chain === 'totals') return isKept(time);
  if (chain === 'whole') return isKept(time) && time % (2 * INTERVAL) === 0;
  if (chain === 'seldom') return time % (8 * INTERVAL) === 0;
  return !EVERY_OTHER.has(chain) || time % (2 * INTERVAL) === 0;
}

const models: Readonly<Record<string, Model>> = {
  ...otherModels,
  sums: (given) => (at) => sumsOf(given, at.time),
  texts: (given) => (at) =>
    [...groups(within(given, 3, at.time).map(({ word, at: n }) => [word, `${n}`] as const))].flatMap(
      ([word, texts]) => {
        const others = at.b.filter((other) => other.word === word);
        const matches = others.length === 0 ? [undefined] : others.map(({ count }) => count);
        return matches.map((match) => [word, [texts.join(' '), match]]);
      },
    ),
  grouped: (given) => (at) => {
    const counts = groups(within(given, 6, at.time).map(pairOf));
    return sumsOf(given, at.time).flatMap(([word, sum]) => (counts.has(word) ? [[word, [counts.get(word), sum]]] : []));
  },
  totals: (given) => {
    const states = new Map<string, number>();
    return replay(given, (batch) => {
      if (!isKept(batch.time)) return [];
      const counts = groups(batch.a.map(({ word, count, at }) => [JSON.stringify([word, at % 2]), count] as const));
      for (const key of new Set([...states.keys(), ...counts.keys()])) {
        put(states, key, total(counts.get(key) ?? [], states.get(key)));
      }
      return [...states].map(([key, state]) => [JSON.parse(key), state]);
    });
  },
  states: (given) => replay(given, statesModel().mapped),
  snapshots: (given) => replay(given, statesModel().snapshots),
  distinct: (given) => {
    const seen = new Map<string, number>();
    return replay(given, ({ time, a }) => {
      for (const [key, since] of seen) if (since <= time - 5 * INTERVAL) seen.delete(key);
      return a.filter(({ word, count }) => {
        const key = `${word} ${count}`;
        if (seen.has(key)) return false;
        seen.set(key, time);
        if (seen.size > 6) seen.delete([...seen.keys()][0] as string);
        return true;
      });
    });
  },
  whole: (given) => (at) => {
    const kept = within(
      given.filter(({ time }) => isKept(time)),
      4,
      at.time,
    );
    return kept.length === 0 ? [] : [kept.map(({ at: n }) => n).join(' ')];
  },
  memory: (given) => (at) =>
    given
      .filter(({ time }) => time <= at.time && time > at.time - 4 * INTERVAL)
      .map(({ time, a }) => ({ time, records: a })),
  lowest: (given) => {
    const states = new Map<string, number>();
    return replay(given, ({ a }) => {
      for (const [word, counts] of groups(a.filter(({ count }) => count < 0).map(pairOf))) {
        const low = counts.reduce(add, states.get(word) ?? 0);
        put(states, word, low > -9 ? low : undefined);
      }
      return [...states];
    });
  },
  /** Nothing before the first record ever. */
  gains: (given) => (at) => {
    const isGain = ({ count }: Sale): boolean => count >= 0;
    if (!within(given, Number.POSITIVE_INFINITY, at.time).some(isGain)) return [];
    return [within(given, 3, at.time).filter(isGain).length];
  },
  slow: (given) => {
    const states = new Map<string, number>();
    return replay(given, ({ a }) => {
      for (const { word, at } of a) for (const [key, name] of TABLE) if (key === word) states.set(name, at);
      return [...states];
    });
  },
  raw: () => (at) => at.a.map(({ at: n }) => n),
};

/** States and what is given of them, with a time after which a key is forgotten. */
function statesModel() {
  const states = new Map<string, { readonly state: number; readonly time: number }>();
  let isBegun = false;
  const mapped = ({ time, a }: Given): readonly unknown[] => {
    if (!isBegun) for (const [word, state] of INITIAL) states.set(word, { state, time });
    isBegun = true;
    const given: string[] = [];
    for (const { word, count } of a) {
      const before = states.get(word)?.state;
      const state = (before ?? 0) + count;
      if (state % 5 !== 0) states.set(word, { state, time });
      else states.delete(word);
      given.push(`${word} ${state}`);
    }
    for (const [word, { state, time: touched }] of states) {
      if (touched >= time - TIMEOUT) continue;
      given.push(`${word} out ${state}`);
      states.delete(word);
    }
    return given;
  };
  const snapshots = (batch: Given): readonly unknown[] => {
    mapped(batch);
    return [...states].map(([word, { state }]) => [{ word }, state]);
  };
  return { mapped, snapshots };
}

function sumsOf(given: readonly Given[], time: number): readonly (readonly [string, number])[] {
  const counts = groups(within(given, 4, time).map(pairOf));
  return [...counts].map(([word, all]) => [word, all.reduce(add)] as const).filter(([, sum]) => sum !== 0);
}
