import { describe, expect, it } from 'vitest';
import { KeyedState } from '../../../src/core/state/KeyedState.ts';
import { SETTLED, type SettledEntries, type StateChanges } from '../../../src/core/state/StateChanges.ts';
import { seeded } from '../../support/seeded.ts';
import { ById, entriesOf, pairsOf } from '../../support/stateEntries.ts';

describe('a keyed state', () => {
  it('reports each changed key once, with its last value', () => {
    const state = new KeyedState<string, number>(entriesOf([['a', 1]]));
    state.set('a', 2);
    state.set('b', 3);
    state.set('a', 4);
    expect(told(state)).toEqual({ changed: [[1, 4]], added: [[2, 'b', 3]] });
    expect(told(state)).toEqual({});
  });

  it('tells of a key that comes back as of another one, and not of one that came and went', () => {
    const state = new KeyedState<string, number>(
      entriesOf([
        ['a', 1],
        ['b', 2],
      ]),
    );
    state.delete('a');
    state.set('c', 1);
    state.delete('c');
    state.set('a', 2);
    expect(told(state)).toEqual({ deleted: [1], added: [[4, 'a', 2]] });
  });

  it('goes on with ids above those it was restored with', () => {
    const state = new KeyedState<string, number>([{ ids: [3, 900], keys: ['a', 'b'], values: [1, 2] }]);
    state.set('c', 3);
    state.set('a', 4);
    expect(told(state)).toEqual({ changed: [[3, 4]], added: [[901, 'c', 3]] });
  });

  it('reports nothing for a value that is the same', () => {
    const value = { n: 1 };
    const state = new KeyedState<string, unknown>(entriesOf([['a', value]]));
    state.set('a', value);
    expect(told(state)).toEqual({});
  });

  it('a cell replaces its value without a look-up, and the change is reported', () => {
    const state = new KeyedState<string, number>();
    const cell = state.set('a', 1);
    told(state);
    state.replace(cell, 2);
    expect(state.get('a')).toBe(2);
    expect(told(state)).toEqual({ changed: [[1, 2]] });
  });

  it('gives its changes in an order that rebuilds its own', () => {
    const state = new KeyedState<string, number>(
      entriesOf([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]),
    );
    const copy = new ById(entriesOf([...state.entries()]));
    state.delete('a');
    state.set('d', 4);
    state.delete('b');
    state.set('a', 5);
    state.set('c', 6);
    copy.apply(state.takeChanges());
    expect(copy.pairs).toEqual([...state.entries()]);
    state.delete('d');
    state.set('e', 1);
    state.delete('e');
    state.set('d', 2);
    state.delete('d');
    copy.apply(state.takeChanges());
    expect(copy.pairs).toEqual([...state.entries()]);
  });

  it('keeps the entries that have settled, in their order, whatever an open batch does', () => {
    const state = new KeyedState<string, number>(
      entriesOf([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ]),
    );
    state.set('d', 4);
    const first = settledOf(state);
    expect(pairsOf(first)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    first.settle();
    expect(pairsOf(first)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ]);
    state.delete('a');
    state.delete('c');
    state.set('a', 5);
    state.set('b', 6);
    state.set('e', 7);
    expect(pairsOf(first)).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ]);
    const second = settledOf(state);
    expect(pairsOf(second)).toEqual(pairsOf(first));
    second.settle();
    expect(pairsOf(second)).toEqual([
      ['b', 6],
      ['d', 4],
      ['a', 5],
      ['e', 7],
    ]);
    expect([...state.entries()]).toEqual(pairsOf(second));
  });

  it('changes that were taken and have not settled are not among the settled entries', () => {
    const state = new KeyedState<string, number>(
      entriesOf([
        ['a', 1],
        ['b', 2],
      ]),
    );
    state.set('a', 2);
    state.delete('b');
    state.set('c', 2);
    const taken = settledOf(state);
    state.set('a', 3);
    state.set('b', 3);
    state.delete('c');
    state.set('d', 3);
    expect(pairsOf(taken)).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
    taken.settle();
    expect(pairsOf(taken)).toEqual([
      ['a', 2],
      ['c', 2],
    ]);
  });

  it('does not keep settled entries for a store that does not settle, and says so to who looks for them', () => {
    const state = new KeyedState<string, number>(entriesOf([['a', 1]]));
    for (const n of [2, 3]) {
      state.set('a', n);
      state.takeChanges();
    }
    expect(() => [...settledOf(state)]).toThrow('kept only if all its changes settle');
  });

  it('takes the last of the entries that are one key', () => {
    const state = new KeyedState<unknown, number>(
      entriesOf([
        [['a', 1], 1],
        [['a', 1], 2],
      ]),
    );
    expect([...state.entries()]).toEqual([[['a', 1], 2]]);
    expect(told(state)).toEqual({ deleted: [2], changed: [[1, 2]] });
  });

  it('is what a Map is, whatever is done to it, and so is what has settled', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seeded(seed);
      const keys = random.pick([3, 10, 200]);
      const state = new KeyedState<number, number>();
      const map = new Map<number, number>();
      const kept = new ById();
      let settled = new Map<number, number>();
      for (let step = 0; step < 12; step++) {
        for (let n = random.int(0, keys * 2); n > 0; n--) {
          const key = random.int(0, keys);
          if (random.int(0, 3) === 0) {
            state.delete(key);
            map.delete(key);
          } else {
            state.set(key, n);
            map.set(key, n);
          }
        }
        const changes = state.takeChanges();
        const view = changes[SETTLED] as SettledEntries;
        expect(pairsOf(view), `seed ${seed}`).toEqual([...settled]);
        kept.apply(changes);
        view.settle();
        settled = new Map(map);
        expect(pairsOf(view), `seed ${seed}`).toEqual([...map]);
        expect(kept.pairs, `seed ${seed}`).toEqual([...map]);
        expect([...state.entries()], `seed ${seed}`).toEqual([...map]);
        expect(state.size).toBe(map.size);
      }
    }
  });

  it('goes on giving entries while they are deleted and added', () => {
    const state = new KeyedState<string, number>(
      entriesOf([
        ['a', 1],
        ['b', 2],
      ]),
    );
    const seen: string[] = [];
    for (const { key } of state.cells()) {
      seen.push(key);
      state.delete(key);
      if (key === 'a') state.set('c', 3);
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(state.size).toBe(0);
  });

  it('goes on with what was added after the last one was deleted', () => {
    const state = new KeyedState<string, number>(
      entriesOf([
        ['a', 1],
        ['b', 2],
      ]),
    );
    const seen: string[] = [];
    for (const { key } of state.cells()) {
      seen.push(key);
      if (seen.length !== 2) continue;
      state.delete('b');
      state.delete('a');
      state.set('c', 3);
      state.set('b', 4);
    }
    expect(seen).toEqual(['a', 'b', 'c', 'b']);
  });

  it('holds many keys of all kinds, many times filled and emptied', () => {
    const keys: unknown[] = [];
    for (let n = 0; n < 50_000; n++)
      keys.push(n, `key-${n}`, `a-key-that-has-a-long-name-${n}-in-it`, BigInt(n), n + 0.5, [n]);
    const state = new KeyedState<unknown, number>();
    for (let round = 0; round < 2; round++) {
      for (const [n, key] of keys.entries()) state.set(key, n);
      state.takeChanges();
      expect(state.size).toBe(keys.length);
      expect(keys.every((key, n) => state.get(key) === n)).toBe(true);
      expect([...state.entries()].every(([key, n]) => keys[n] === key || Array.isArray(key))).toBe(true);
      for (const key of keys) state.delete(key);
      state.takeChanges();
      expect(state.size).toBe(0);
      expect([...state.entries()]).toEqual([]);
      expect(keys.some((key) => state.has(key))).toBe(false);
    }
  });

  it('a tag stays with its key, and a key that comes back begins without one', () => {
    const state = new KeyedState<string, number>();
    const place = state.put('a', 1);
    state.setTagAt(place, 7);
    state.put('a', 2);
    expect(state.tagAt(state.find('a'))).toBe(7);
    state.deleteAt(place);
    state.takeChanges();
    state.takeChanges();
    expect(state.tagAt(state.put('a', 1))).toBe(0);
  });

  it('frozen values cannot be changed in place', () => {
    const state = new KeyedState<string, { list: number[] }>([], { freeze: true });
    const cell = state.set('a', { list: [1] });
    expect(() => cell.value.list.push(2)).toThrow(TypeError);
    state.replace(cell, { list: [2] });
    expect(() => cell.value.list.push(3)).toThrow(TypeError);
  });
});

function settledOf(state: KeyedState<string, number>): SettledEntries {
  return state.takeChanges()[SETTLED] as SettledEntries;
}

/** What changed, in rows; without what is empty. */
function told(state: KeyedState<string, unknown> | KeyedState<unknown, number>): Record<string, unknown> {
  const { deleted, changed, added }: StateChanges = state.takeChanges();
  return {
    ...(deleted.length > 0 ? { deleted } : {}),
    ...(changed.ids.length > 0 ? { changed: changed.ids.map((id, n) => [id, changed.values[n]]) } : {}),
    ...(added.ids.length > 0 ? { added: added.ids.map((id, n) => [id, added.keys[n], added.values[n]]) } : {}),
  };
}
