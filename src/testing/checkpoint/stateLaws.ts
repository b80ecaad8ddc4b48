import type { CheckpointContents, StoredState } from '../../checkpoint/CheckpointStore.ts';
import { promised } from '../../core/Answer.ts';
import type { CheckpointRule } from '../checkpointLaws.ts';
import { entriesOf, type KeptEntry, kept as keptOf } from './kept.ts';
import { batchAt, change, plan, settle } from './writing.ts';

/** Laws of whole states. */
export type StateLaw =
  | 'keepsStates'
  | 'emptyStates'
  | 'statesApart'
  | 'manyStates'
  | 'keepsVersions'
  | 'replacesWhole'
  | 'dropsOnPurpose'
  | 'wholeOrNotAtAll'
  | 'readsTwice'
  | 'readsLate';

export const STATE_LAWS: Readonly<Record<StateLaw, CheckpointRule>> = {
  keepsStates: {
    rule: 'a state that a settlement does not name stays as it is',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, { 'a/keys': { added: [[1, 'x', 1]] }, 'b/keys': { added: [[1, 'x', 2]] } });
      await change(store, 2000, { 'b/keys': { changed: [[1, 3]] } });
      const { store: next } = await again(store);
      await change(next, 3000, {});
      expect((await again(next)).kept.states).toEqual({
        'a/keys': { version: 0, entries: [[1, 'x', 1]] },
        'b/keys': { version: 0, entries: [[1, 'x', 3]] },
      });
    },
  },
  emptyStates: {
    rule: 'a state that was named is known, also where it has no entries or none any more',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, { 'never/keys': { version: 3 }, 'gone/keys': { added: [[1, 'x', 1]] } });
      await change(store, 2000, { 'gone/keys': { deleted: [1] } });
      expect((await again(store)).kept.states).toEqual({
        'never/keys': { version: 3, entries: [] },
        'gone/keys': { version: 0, entries: [] },
      });
    },
  },
  statesApart: {
    rule: 'a state may have any name, and names are compared to the letter',
    async check({ begin, again, expect }) {
      const store = await begin();
      const rows = ODD_NAMES.map((name, at) => [name, { added: [[at + 1, 'key', name]] as KeptEntry[] }] as const);
      await change(store, 1000, Object.fromEntries(rows));
      const { store: next } = await again(store);
      await change(next, 2000, Object.fromEntries(rows.slice(1).map(([name]) => [name, { added: [[99, 'k', 0]] }])));
      const { states } = (await again(next)).kept;
      expect(Object.keys(states).toSorted()).toEqual(ODD_NAMES.toSorted());
      const wrong = ODD_NAMES.filter((name, at) => {
        const entries = Object.entries(states).find(([state]) => state === name)?.[1].entries ?? [];
        return JSON.stringify(entries) !== JSON.stringify([[at + 1, 'key', name], ...(at === 0 ? [] : [[99, 'k', 0]])]);
      });
      expect(wrong).toEqual([]);
    },
  },
  manyStates: {
    rule: 'two hundred states settle together',
    async check({ begin, again, expect }) {
      const names = Array.from({ length: 200 }, (_, at) => `operator ${at % 100}/part ${at}`);
      const store = await begin();
      await change(store, 1000, Object.fromEntries(names.map((name, at) => [name, { added: [[1, 'x', at]] }])));
      await change(store, 2000, Object.fromEntries(names.map((name, at) => [name, { changed: [[1, -at]] }])));
      const { states } = (await again(store)).kept;
      expect(names.map((name) => states[name]?.entries)).toEqual(names.map((_, at) => [[1, 'x', -at]]));
    },
  },
  keepsVersions: {
    rule: 'the version a state was written with comes back with it',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, { 'a/keys': { version: 7, added: [[1, 'x', 1]] }, 'b/keys': { added: [[1, 'x', 1]] } });
      await change(store, 2000, { 'a/keys': { version: 7, changed: [[1, 2]] } });
      const { states } = (await again(store)).kept;
      expect([states['a/keys']?.version, states['b/keys']?.version]).toEqual([7, 0]);
    },
  },
  replacesWhole: {
    rule: 'changes that replace leave nothing of what was there',
    async check({ begin, again, expect }) {
      const store = await begin();
      const old: KeptEntry[] = [1, 2, 3].map((id) => [id, `k${id}`, id]);
      await change(store, 1000, {
        'a/keys': { version: 1, added: old },
        'b/keys': { added: old },
        'c/keys': { added: old },
      });
      const { store: next } = await again(store);
      await change(next, 2000, {
        'a/keys': {
          version: 2,
          replaces: true,
          added: [
            [1, 'k3', 'three'],
            [2, 'k1', 'one'],
          ],
        },
        'b/keys': { version: 1, replaces: true },
        'new/keys': { version: 1, replaces: true, added: [[5, 'x', 1]] },
      });
      await change(next, 3000, { 'a/keys': { version: 2, changed: [[2, 'uno']], added: [[9, 'k9', 'nine']] } });
      expect((await again(next)).kept.states).toEqual({
        'a/keys': {
          version: 2,
          entries: [
            [1, 'k3', 'three'],
            [2, 'k1', 'uno'],
            [9, 'k9', 'nine'],
          ],
        },
        'b/keys': { version: 1, entries: [] },
        'c/keys': { version: 0, entries: old },
        'new/keys': { version: 1, entries: [[5, 'x', 1]] },
      });
    },
  },
  dropsOnPurpose: {
    rule: 'a state that is dropped is not there any more, and may come anew',
    async check({ begin, again, expect }) {
      const store = await begin();
      const added: KeptEntry[] = [[4, 'x', 1]];
      await change(store, 1000, { 'a/keys': { version: 2, added }, 'a/form': { added }, 'ab/keys': { added } });
      await change(store, 2000, {}, { dropped: ['a/keys', 'a/form', 'never there'] });
      const { store: next, kept } = await again(store);
      expect(kept.states).toEqual({ 'ab/keys': { version: 0, entries: added } });
      await change(next, 3000, { 'a/keys': { added: [[1, 'y', 2]] } });
      expect((await again(next)).kept.states).toEqual({
        'a/keys': { version: 0, entries: [[1, 'y', 2]] },
        'ab/keys': { version: 0, entries: added },
      });
    },
  },
  wholeOrNotAtAll: {
    rule: 'a batch that was planned and not settled leaves states and positions as they were',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, { 'a/keys': { added: [[1, 'x', 1]] } }, { positions: [['lines', 1]] });
      const { store: next, kept: before } = await again(store);
      await plan(next, batchAt(2000));
      const { kept, store: last } = await again(next);
      expect(kept).toEqual({ ...before, lastTime: 2000, unsettled: [batchAt(2000)] });
      await settle(last, 2000, { positions: [['lines', 2]] });
      expect((await again(last)).kept).toEqual({ ...before, lastTime: 2000, positions: { lines: 2 } });
    },
  },
  readsTwice: {
    rule: 'loaded entries can be gone through again, also after a reader that stopped early, and side by side',
    async check({ begin, again, expect }) {
      const store = await begin();
      const added = manyEntries(3000);
      await change(store, 1000, { 'a/keys': { added } });
      const { store: next } = await again(store);
      await promised(() => next.close());
      const contents = await promised(() => next.load());
      const state = stateIn(contents, 'a/keys');
      for (const _ of state.entries) break;
      const [left, right] = [state.entries[Symbol.iterator](), state.entries[Symbol.iterator]()];
      const steps = [left.next(), right.next(), left.next(), right.next()];
      expect(steps[0]).toEqual(steps[1]);
      expect(steps[2]).toEqual(steps[3]);
      expect(entriesOf(state)).toEqual(added);
      expect(keptOf(contents).states['a/keys']?.entries).toEqual(added);
      expect(state.bytes === undefined || state.bytes > 0).toEqual(true);
    },
  },
  readsLate: {
    rule: 'the entries of a state that nobody has changed since can be read when much else has settled after the load',
    async check({ begin, again, expect }) {
      const first = await begin();
      const added = manyEntries(3000);
      await change(first, 1000, { 'late/keys': { added }, 'busy/keys': { added } });
      const { store } = await again(first);
      await promised(() => store.close());
      const contents = await promised(() => store.load());
      const late = stateIn(contents, 'late/keys');
      for (let round = 1; round <= 20; round++) {
        await change(store, 1000 + round, { 'busy/keys': { changed: added.map(([id]) => [id, `round ${round}`]) } });
      }
      expect(entriesOf(late)).toEqual(added);
      await change(store, 2000, { 'late/keys': { deleted: [1] } });
      expect((await again(store)).kept.states['late/keys']?.entries).toEqual(added.slice(1));
    },
  },
};

function manyEntries(count: number): KeptEntry[] {
  return Array.from({ length: count }, (_, at) => [at + 1, `key ${at}`, { at }]);
}

function stateIn({ states }: CheckpointContents, name: string): StoredState {
  const state = states.get(name);
  if (state === undefined) throw new Error(`expected the state ${name}, got ${[...states.keys()].join() || 'none'}`);
  return state;
}

const ODD_NAMES: readonly string[] = [
  'a/keys',
  'a /keys',
  'A/keys',
  'a//keys',
  'a/b/keys',
  'größe-日本-🚀/keys',
  '../../etc/keys',
  'C:\\state/keys',
  'a:b:{c}/keys',
  '"quoted"\t\n/keys',
  '__proto__/keys',
  'constructor/keys',
  '\u0000/keys',
  `${'x'.repeat(4000)}/keys`,
];
