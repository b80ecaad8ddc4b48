import { describe, expect, it } from 'vitest';
import { KeyedState, SETTLED, type SettledEntries, type StateChanges } from '../../src/core/KeyedState.ts';

describe('a keyed state', () => {
  it('reports each changed key once, with its last value', () => {
    const state = new KeyedState([['a', 1]]);
    state.set('a', 2);
    state.set('b', 3);
    state.set('a', 4);
    expect(state.takeChanges()).toEqual({
      deletes: [],
      puts: [
        ['a', 4],
        ['b', 3],
      ],
    });
    expect(state.takeChanges()).toEqual({ deletes: [], puts: [] });
  });

  it('reports nothing for a value that is the same', () => {
    const value = { n: 1 };
    const state = new KeyedState([['a', value]]);
    state.set('a', value);
    expect(state.takeChanges()).toEqual({ deletes: [], puts: [] });
  });

  it('a cell replaces its value without a look-up, and the change is reported', () => {
    const state = new KeyedState<string, number>();
    const cell = state.set('a', 1);
    state.takeChanges();
    state.replace(cell, 2);
    expect(state.get('a')).toBe(2);
    expect(state.takeChanges()).toEqual({ deletes: [], puts: [['a', 2]] });
  });

  it('gives its changes in an order that rebuilds its own', () => {
    const state = new KeyedState([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    const copy = new Map(state.entries());
    state.delete('a');
    state.set('d', 4);
    state.delete('b');
    state.set('a', 5);
    state.set('c', 6);
    apply(copy, state.takeChanges());
    expect([...copy]).toEqual([...state.entries()]);
    state.delete('d');
    state.set('e', 1);
    state.delete('e');
    state.set('d', 2);
    state.delete('d');
    apply(copy, state.takeChanges());
    expect([...copy]).toEqual([...state.entries()]);
    expect(copy.has('d') || copy.has('e')).toBe(false);
  });

  it('keeps the entries that have settled, in their order, whatever an open batch does', () => {
    const state = new KeyedState([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    state.set('d', 4);
    const first = settledOf(state);
    expect([...first]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ]);
    first.settle();
    expect([...first]).toEqual([
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
    expect([...first]).toEqual([
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
    ]);
    const second = settledOf(state);
    expect([...second]).toEqual([...first]);
    second.settle();
    expect([...second]).toEqual([
      ['b', 6],
      ['d', 4],
      ['a', 5],
      ['e', 7],
    ]);
    expect([...state.entries()]).toEqual([...second]);
  });

  it('changes that never settled are not among the settled entries, also later', () => {
    const state = new KeyedState([['a', 1]]);
    state.set('a', 2);
    state.set('b', 2);
    state.takeChanges();
    state.set('c', 3);
    const later = settledOf(state);
    later.settle();
    expect([...later]).toEqual([
      ['a', 1],
      ['c', 3],
    ]);
  });

  it('goes on giving entries while they are deleted and added', () => {
    const state = new KeyedState([
      ['a', 1],
      ['b', 2],
    ]);
    const seen: string[] = [];
    for (const { key } of state.cells()) {
      seen.push(key);
      state.delete(key);
      if (key === 'a') state.set('c', 3);
    }
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(state.size).toBe(0);
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

function apply(copy: Map<unknown, unknown>, { deletes, puts }: StateChanges): void {
  for (const key of deletes) copy.delete(key);
  for (const [key, value] of puts) copy.set(key, value);
}
