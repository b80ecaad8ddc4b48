import { describe, expect, it } from 'vitest';
import { IdMap } from '../../../src/checkpoint/log/IdMap.ts';
import { IdSet } from '../../../src/checkpoint/log/IdSet.ts';
import { seeded, seeds } from '../../support/seeded.ts';

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

describe('a map by ids', () => {
  it.each(seeds(10))('seed %i: holds what a Map holds', (seed) => {
    const random = seeded(seed);
    const [values, plain] = [new IdMap(), new Map<number, unknown>()];
    for (let step = 0; step < 2000; step++) {
      const id = random.int(0, 500) * random.pick([1, 5000, 2 ** 40]);
      if (random.int(0, 1) === 0) {
        const value = random.pick([undefined, 1, 'x']);
        values.set(id, value);
        plain.set(id, value);
      }
      expect([values.has(id), values.get(id, 'none'), values.size]).toEqual([
        plain.has(id),
        plain.has(id) ? plain.get(id) : 'none',
        plain.size,
      ]);
    }
  });
});
