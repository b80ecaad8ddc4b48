import { describe, expect, it } from 'vitest';
import { type BatchBody, iterableBody } from '../../../src/core/batch/Batch.ts';
import { eachPlaced } from '../../../src/core/state/eachPlaced.ts';
import { KeyedState } from '../../../src/core/state/KeyedState.ts';
import { FOUND_AT_ONCE } from '../../../src/core/state/PlaceFinder.ts';
import { NOWHERE } from '../../../src/core/state/PlaceIndex.ts';
import { seeded } from '../../support/seeded.ts';
import { entriesOf } from '../../support/stateEntries.ts';

const MANY = 20_000;

/** Texts with the same hash: they differ where it does not look. */
const alike = (n: number): string => `${'a'.repeat(100)}b${String(n).padStart(7, '0')}c${'d'.repeat(103)}`;
const short = (n: number): string => `key-${n}`;

describe('the places of many keys', () => {
  it.each([
    ['texts whose hashes are the same', alike],
    ['short texts', short],
    ['numbers', (n: number): number => n / 3],
    ['tuples', (n: number): readonly [string, number] => ['t', n]],
  ])('%s are found one by one and together, and not after they have gone', (_kind, keyOf) => {
    const state = new KeyedState<unknown, number>();
    for (let n = 0; n < MANY; n++) state.put(keyOf(n), n);
    for (let n = 0; n < MANY; n += 3) state.delete(keyOf(n));
    for (let n = 0; n < MANY; n += 9) state.put(keyOf(n), -n);
    state.takeChanges();
    for (let n = 0; n < MANY; n += 18) state.delete(keyOf(n));
    state.takeChanges();
    const expected = (n: number): number | undefined =>
      n % 18 === 0 ? undefined : n % 9 === 0 ? -n : n % 3 === 0 ? undefined : n;
    const places = new Int32Array(FOUND_AT_ONCE);
    for (let from = 0; from < MANY; from += FOUND_AT_ONCE) {
      const keys = Array.from({ length: FOUND_AT_ONCE }, (_, n) => keyOf(from + n));
      expect(state.finder.findAll(keys, keys.length, places)).toBeUndefined();
      for (let n = 0; n < keys.length && from + n < MANY; n++) {
        const place = places[n] as number;
        expect(place === NOWHERE ? undefined : state.valueAt(place)).toBe(expected(from + n));
        expect(state.find(keys[n])).toBe(place);
      }
    }
  });

  it.each([10, MANY, 300_000])(
    '%i keys of a checkpoint are found; the last of those that are one now counts',
    (count) => {
      const kept = Array.from({ length: count }, (_, n) => [short(n), n] as const);
      const state = new KeyedState<string, number>(entriesOf(kept), {
        identify: (key) => (key.endsWith('7') ? `${key.slice(0, -1)}3` : key),
      });
      const isOther = (n: number): boolean => n % 10 === 7;
      const expected = kept.flatMap(([key, n]) => (isOther(n) ? [] : [[key, n % 10 === 3 ? n + 4 : n]]));
      expect([...state.entries()]).toEqual(expected);
      expect(state.size).toBe(expected.length);
      expect(kept.filter(([key, n]) => state.get(key) !== (n % 10 === 3 ? n + 4 : n))).toEqual([]);
      const { deleted, changed, added } = state.takeChanges();
      const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);
      expect(sorted(deleted)).toEqual(kept.flatMap(([, n]) => (isOther(n) ? [n + 1] : [])));
      expect(sorted(changed.ids)).toEqual(kept.flatMap(([, n]) => (n % 10 === 3 ? [n + 1] : [])));
      expect(added.ids).toEqual([]);
      state.put('new', -1);
      expect([state.get('new'), state.takeChanges().added.ids]).toEqual([-1, [count + 1]]);
    },
  );

  it.each([10, 20, MANY])('records are placed as if each were looked up by itself, among %i keys', (known) => {
    const { int } = seeded(known);
    const state = new KeyedState<string, number>(entriesOf(Array.from({ length: known }, (_, n) => [short(n), 0])));
    const model = new Map(Array.from({ length: known }, (_, n) => [short(n), 0]));
    const records = Array.from({ length: 3000 }, () => [short(int(known - 10, known + 9)), 1] as const);
    eachPlaced(state.finder, iterableBody(records), (key, value, place) => {
      const before = model.get(key);
      expect(place === NOWHERE ? undefined : state.valueAt(place)).toBe(before);
      if (before === 3) {
        model.delete(key);
        state.deleteAt(place);
        return;
      }
      model.set(key, (before ?? 0) + value);
      if (place === NOWHERE) state.put(key, value);
      else state.replaceAt(place, (before as number) + value);
    });
    expect(new Map(state.entries())).toEqual(model);
  });

  it('the records before one that fails come first, and what fails there is told', () => {
    const refused = (key: string): string => {
      if (key === 'no key') throw new Error('no key');
      return key;
    };
    const state = new KeyedState<string, number>([], { identify: refused });
    const seen: string[] = [];
    const run = (body: BatchBody<readonly [string, number]>): void =>
      eachPlaced(state.finder, body, (key) => {
        seen.push(key);
      });
    const withoutKey = iterableBody(['a', 'no key', 'b'].map((key) => [key, 1] as const));
    expect(() => run(withoutKey)).toThrow('no key');
    expect(seen).toEqual(['a']);
    const failing: BatchBody<readonly [string, number]> = {
      run(visit) {
        visit(['c', 1]);
        throw new Error('no more');
      },
    };
    expect(() => run(failing)).toThrow('no more');
    expect(seen).toEqual(['a', 'c']);
  });
});
