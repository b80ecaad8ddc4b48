import { describe, expect, it } from 'vitest';
import { IdSet } from '../../../../src/checkpoint/log/ids/IdSet.ts';
import { LaterValues, UNCHANGED } from '../../../../src/checkpoint/log/reading/LaterValues.ts';
import { seeded, seeds } from '../../../support/seeded.ts';

describe('a set of ids', () => {
  it.each(seeds(20))('seed %i: holds what a Set holds, and takes ids above all that are there only', (seed) => {
    const random = seeded(seed);
    const [ids, plain] = [new IdSet(), new Set<number>()];
    for (let step = 0; step < 2000; step++) {
      const id = random.int(0, 3000) * random.pick([1, 1, 5000, 2 ** 31]);
      if (random.int(0, 1) === 0) {
        const isAbove = id > Math.max(-1, ...plain);
        expect(ids.add(id)).toBe(isAbove);
        if (isAbove) plain.add(id);
      } else {
        const some = random.int(0, 1) === 0 ? id : ([...plain].at(random.pick([-1, 0])) ?? id);
        expect(ids.delete(some)).toBe(plain.delete(some));
      }
      expect([ids.size, ids.has(id)]).toEqual([plain.size, plain.has(id)]);
    }
  });

  it('takes no id that is no whole number', () => {
    expect([1.5, -1, Number.NaN, 2 ** 60].map((id) => new IdSet().add(id))).toEqual([false, false, false, false]);
  });
});

describe('ids in their order', () => {
  it.each(seeds(10))('seed %i: each has its rank, one that is not there has none', (seed) => {
    const random = seeded(seed);
    const ids = new IdSet();
    const there: number[] = [];
    let last = -1;
    for (let n = 0; n < 2000; n++) {
      last += random.int(1, random.pick([1, 3, 3000, 2 ** 40]));
      ids.add(last);
      if (random.int(0, 2) === 0) ids.delete(last);
      else there.push(last);
    }
    const ranks = ids.ranks();
    expect(there.map((id) => ranks.of(id))).toEqual([...there.keys()]);
    expect([ranks.of(last + 1), ranks.of(2 ** 52)]).toEqual([-1, -1]);
  });
});

describe('values that came later', () => {
  it.each(seeds(20))('seed %i: the last one of each entry counts, of those below the limit of its block', (seed) => {
    const random = seeded(seed);
    const ids = new IdSet();
    const there = Array.from({ length: 3000 }, (_, id) => id).filter(() => random.int(0, 4) > 0);
    for (const id of there) ids.add(id);
    const first = random.int(0, 500);
    const [later, plain] = [new LaterValues(ids.ranks(), first, there.length - first), new Map<number, string>()];
    for (let block = 9; block >= 0; block--) {
      const changed = [...new Set(Array.from({ length: 500 }, () => random.int(0, 3000)))];
      const until = random.pick([Number.POSITIVE_INFINITY, 2000]);
      later.take(changed, until, (places) => places.map((n) => `${changed[n]} in ${block}`));
      for (const id of changed) if (id < until && !plain.has(id)) plain.set(id, `${id} in ${block}`);
    }
    const expected = there.slice(first).map((id) => plain.get(id) ?? UNCHANGED);
    const given: unknown[] = [];
    while (given.length < expected.length) {
      const count = Math.min(random.int(1, 100), expected.length - given.length);
      given.push(...(later.give(count) ?? Array.from({ length: count }, () => UNCHANGED)));
    }
    expect(given).toEqual(expected);
    expect(later.next).toBe(there.length);
  });

  it('are asked for once, and not at all where there are none', () => {
    const ids = new IdSet();
    for (const id of [1, 2, 3, 4]) ids.add(id);
    const later = new LaterValues(ids.ranks(), 0, 4);
    const asked: unknown[] = [];
    const take = (changed: readonly number[], values: readonly string[]): void =>
      later.take(changed, Number.POSITIVE_INFINITY, (places) => {
        asked.push(places);
        return places.map((n) => values[n]);
      });
    take([3, 2], ['new 3', 'new 2']);
    take([2, 1], ['old 2', 'old 1']);
    take([3, 2, 7], ['no', 'no', 'no']);
    expect(asked).toEqual([[0, 1], [1]]);
    expect([later.give(3), later.give(1)]).toEqual([['old 1', 'new 2', 'new 3'], undefined]);
  });
});
