/** A keyed state whose values lie behind a cache is one whose values do not. */
import { expect, it } from 'vitest';
import { CachedPlaces } from '../../../src/core/state/CachedPlaces.ts';
import { CachedValues } from '../../../src/core/state/CachedValues.ts';
import { KeyedState } from '../../../src/core/state/KeyedState.ts';
import { SETTLED, type SettledEntries, type StateChanges } from '../../../src/core/state/StateChanges.ts';
import { CopiedValues, copiedValues } from '../../support/copiedValues.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';

type Value = { readonly n: number };
type State = KeyedState<string, Value>;

function behind(store: CopiedValues, cachedValues: number): State {
  const form = { form: undefined, freeze: false };
  return new KeyedState([], { places: new CachedPlaces(new CachedValues(copiedValues(cachedValues), store, form)) });
}

/** The same at both of them. */
function changeBoth(random: Seeded, n: number, states: readonly State[]): void {
  const key = `k${random.int(0, 40)}`;
  const what = random.int(0, 5);
  for (const state of states) {
    if (what <= 2) state.set(key, { n });
    else if (what === 3) state.delete(key);
    else if (what === 4) expect(state.get(key)).toEqual((states[0] as State).get(key));
    else {
      const place = state.find(key);
      if (place >= 0) state.replaceAt(place, { n: -n });
    }
  }
}

const plain = ({ deleted, changed, added }: StateChanges): unknown => structuredClone({ deleted, changed, added });
const settledOf = (changes: StateChanges): SettledEntries => changes[SETTLED] as SettledEntries;

it.each([1, 3, 20, 100])('whatever is done to it, with %i values in memory', (cachedValues) => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = seeded(seed);
    const store = new CopiedValues();
    const states = [new KeyedState<string, Value>(), behind(store, cachedValues)];
    const settles = seed % 3 !== 0;
    for (let batch = 0; batch < 30; batch++) {
      for (let n = 0; n < 30; n++) changeBoth(random, batch * 100 + n, states);
      const [ordinary, cached] = states.map((state) => state.takeChanges()) as [StateChanges, StateChanges];
      // Asked for by stores outside memory, and not by others.
      if (!settles || batch % 4 === 0) expect(plain(cached)).toEqual(plain(ordinary));
      if (!settles) continue;
      const isInTime = random.int(0, 1) === 0;
      if (isInTime) for (const changes of [ordinary, cached]) settledOf(changes).settle();
      changeBoth(random, batch * 100 + 50, states);
      expect([...settledOf(cached)]).toEqual([...settledOf(ordinary)]);
      if (!isInTime) for (const changes of [ordinary, cached]) settledOf(changes).settle();
      expect([...settledOf(cached)]).toEqual([...settledOf(ordinary)]);
    }
    expect([...(states[1] as State).entries()]).toEqual([...(states[0] as State).entries()]);
    // 41 keys, and what two batches had before.
    expect(store.highest).toBeLessThan(41 * 3);
  }
});

it('before a change nothing is read that is in memory', () => {
  const store = new CopiedValues();
  const state = behind(store, 100);
  for (let n = 0; n < 100; n++) state.set(`k${n}`, { n });
  expect([store.reads, store.writes]).toEqual([0, 0]);
});

it('lets its store go at the end of a run that nothing of was settled', () => {
  const store = new CopiedValues();
  const state = behind(store, 1);
  state.set('a', { n: 1 });
  state.takeChanges();
  state.close();
  expect(store.isClosed).toBe(true);
});

it('what has settled can be asked for after the run until it is given up', () => {
  const store = new CopiedValues();
  const state = behind(store, 1);
  state.set('a', { n: 1 });
  state.set('b', { n: 2 });
  const first = settledOf(state.takeChanges());
  first.settle();
  state.set('b', { n: 3 });
  const second = settledOf(state.takeChanges());
  second.settle();
  first.giveUp();
  state.set('a', { n: 4 });
  state.close();
  expect([...second].map(({ values }) => values)).toEqual([[{ n: 1 }, { n: 3 }]]);
  expect(store.isClosed).toBe(false);
  second.giveUp();
  expect(store.isClosed).toBe(true);
});
