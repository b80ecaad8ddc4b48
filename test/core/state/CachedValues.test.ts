import { expect, it } from 'vitest';
import { CachedValues } from '../../../src/core/state/CachedValues.ts';
import { CopiedValues, copiedValues } from '../../support/copiedValues.ts';
import { seeded } from '../../support/seeded.ts';

const PLAIN = { form: undefined, freeze: false };

it.each([1, 2, 3, 10, 100])('values are what was put in, with %i of them in memory', (cachedValues) => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seeded(seed);
    const store = new CopiedValues();
    const values = new CachedValues<string, { n: number }>(copiedValues(cachedValues), store, PLAIN);
    const model = new Map<number, number>();
    for (let n = 0; n < 600; n++) {
      const slot = model.size === 0 ? undefined : random.pick([...model.keys()]);
      const what = slot === undefined ? 0 : random.int(0, 5);
      if (what <= 1) {
        const added = values.add('a', { n });
        expect(model.has(added)).toBe(false);
        model.set(added, n);
      } else if (what === 2) {
        values.replace(slot as number, 'a', { n });
        model.set(slot as number, n);
      } else if (what === 3 && model.size > 40) {
        values.free(slot as number);
        model.delete(slot as number);
      } else if (what === 4) values.leave(slot as number);
      else expect(values.read(slot as number, 'a')).toEqual({ n: model.get(slot as number) });
    }
    for (const [slot, n] of model) expect(values.read(slot, 'a')).toEqual({ n });
  }
});

it('as long as all fit into memory nothing is written or read', () => {
  const store = new CopiedValues();
  const values = new CachedValues<string, number>(copiedValues(10), store, PLAIN);
  const slots = Array.from({ length: 10 }, (_, n) => values.add('a', n));
  for (const slot of slots) values.read(slot, 'a');
  expect([store.reads, store.writes]).toEqual([0, 0]);
});

it('values that are used again stay while others are gone through', () => {
  const store = new CopiedValues();
  const values = new CachedValues<string, number>(copiedValues(100), store, PLAIN);
  const slots = Array.from({ length: 1000 }, (_, n) => values.add('a', n));
  const used = slots.slice(0, 20);
  const useAll = (): void => {
    for (const slot of used) values.read(slot, 'a');
  };
  useAll();
  useAll();
  const before = store.reads;
  for (const [n, slot] of slots.entries()) {
    if (!used.includes(slot)) values.read(slot, 'a');
    if (n % 20 === 0) useAll();
  }
  expect(store.reads - before).toBe(slots.length - used.length);
});

it('what was written and not changed since is not written again', () => {
  const store = new CopiedValues();
  const values = new CachedValues<string, number>(copiedValues(8), store, PLAIN);
  const slots = Array.from({ length: 80 }, (_, n) => values.add('a', n));
  for (let round = 0; round < 3; round++) for (const slot of slots) values.read(slot, 'a');
  const { writes } = store;
  for (let round = 0; round < 3; round++) for (const slot of slots) values.read(slot, 'a');
  expect(store.writes).toBe(writes);
});

it('slots that were freed are used again', () => {
  const store = new CopiedValues();
  const values = new CachedValues<string, number>(copiedValues(4), store, PLAIN);
  for (let round = 0; round < 50; round++) {
    const slots = Array.from({ length: 30 }, (_, n) => values.add('a', n));
    for (const slot of slots) values.free(slot);
  }
  expect(store.highest).toBeLessThan(30);
});

it('what could not be written is still there', () => {
  const store = new CopiedValues();
  const values = new CachedValues<string, number>(copiedValues(2), store, PLAIN);
  const slots = [values.add('a', 1), values.add('b', 2)];
  store.onWrite = () => {
    throw new Error('the disk is full');
  };
  expect(() => values.add('c', 3)).toThrow('the disk is full');
  expect(slots.map((slot) => values.read(slot, 'a'))).toEqual([1, 2]);
});

it('values that come back are frozen where values are', () => {
  const values = new CachedValues<string, { list: number[] }>(copiedValues(1), new CopiedValues(), {
    form: undefined,
    freeze: true,
  });
  const slot = values.add('a', { list: [1] });
  values.add('b', { list: [2] });
  expect(() => values.read(slot, 'a').list.push(3)).toThrow(TypeError);
});

it('values of an own type are written and read by their form', () => {
  const store = new CopiedValues();
  const values = new CachedValues<string, Date>(copiedValues(1), store, {
    form: {
      encode: (value, key) => `${key} ${value.getTime()}`,
      decode: (stored, key) => new Date(Number((stored as string).slice(key.length))),
    },
    freeze: false,
  });
  const slot = values.add('a', new Date(5));
  values.add('b', new Date(6));
  expect(store.read(slot)).toBe('a 5');
  expect(values.read(slot, 'a')).toEqual(new Date(5));
});
