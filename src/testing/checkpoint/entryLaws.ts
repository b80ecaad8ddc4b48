import type { CheckpointRule } from '../checkpointLaws.ts';
import { EntryHistory } from './EntryHistory.ts';
import { isSame, type KeptEntry } from './kept.ts';
import { type ChangeRows, change } from './writing.ts';

/** Laws of the entries of a state. */
export type EntryLaw =
  | 'keepsEntries'
  | 'newestValueWins'
  | 'deletesFirst'
  | 'comesBackAtTheEnd'
  | 'sparseIds'
  | 'anyHistory'
  | 'bigSettlements'
  | 'emptiesAndFills';

const STATE = 'totals/keys';

export const ENTRY_LAWS: Readonly<Record<EntryLaw, CheckpointRule>> = {
  keepsEntries: {
    rule: 'entries come back with their ids, keys and values, in the order of ids',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, {
        [STATE]: {
          added: [
            [1, 'z', 26],
            [2, 'a', { n: 1 }],
            [3, 'm', [13]],
          ],
        },
      });
      await change(store, 2000, { [STATE]: { added: [[4, 'b', 2]] } });
      expect((await again(store)).kept.states[STATE]?.entries).toEqual([
        [1, 'z', 26],
        [2, 'a', { n: 1 }],
        [3, 'm', [13]],
        [4, 'b', 2],
      ]);
    },
  },
  newestValueWins: {
    rule: 'a value that changed is the newest one, across settlements and restarts; its entry keeps its place',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, {
        [STATE]: {
          added: [
            [1, 'a', 1],
            [2, 'b', 1],
          ],
        },
      });
      await change(store, 2000, { [STATE]: { changed: [[1, 2]] } });
      await change(store, 3000, {
        [STATE]: {
          changed: [
            [2, 3],
            [1, undefined],
          ],
        },
      });
      const { store: next, kept } = await again(store);
      expect(
        isSame(kept.states[STATE]?.entries, [
          [1, 'a', undefined],
          [2, 'b', 3],
        ]),
      ).toEqual(true);
      await change(next, 4000, { [STATE]: { changed: [[1, 4]] } });
      expect((await again(next)).kept.states[STATE]?.entries).toEqual([
        [1, 'a', 4],
        [2, 'b', 3],
      ]);
    },
  },
  deletesFirst: {
    rule: 'deleted ids go, then changed ones get their values, then added ones come: all in one settlement',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, {
        [STATE]: {
          added: [
            [1, 'a', 1],
            [2, 'b', 2],
            [3, 'c', 3],
          ],
        },
      });
      await change(store, 2000, {
        [STATE]: {
          deleted: [3, 1],
          changed: [[2, 'two']],
          added: [
            [4, 'a', 'again'],
            [5, 'd', 5],
          ],
        },
      });
      expect((await again(store)).kept.states[STATE]?.entries).toEqual([
        [2, 'b', 'two'],
        [4, 'a', 'again'],
        [5, 'd', 5],
      ]);
    },
  },
  comesBackAtTheEnd: {
    rule: 'a key that was deleted and comes back is at the end, whichever settlement and process it comes back in',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, {
        [STATE]: {
          added: [
            [1, 'a', 1],
            [2, 'b', 2],
          ],
        },
      });
      await change(store, 2000, { [STATE]: { deleted: [1] } });
      const { store: next } = await again(store);
      await change(next, 3000, { [STATE]: { added: [[3, 'a', 3]] } });
      await change(next, 4000, { [STATE]: { deleted: [2], added: [[4, 'b', 4]] } });
      const { store: last, kept } = await again(next);
      expect(kept.states[STATE]?.entries).toEqual([
        [3, 'a', 3],
        [4, 'b', 4],
      ]);
      await change(last, 5000, { [STATE]: { changed: [[3, 5]] } });
      expect((await again(last)).kept.states[STATE]?.entries).toEqual([
        [3, 'a', 5],
        [4, 'b', 4],
      ]);
    },
  },
  sparseIds: {
    rule: 'ids may leave gaps, begin anywhere and be as high as a safe integer',
    async check({ begin, again, expect }) {
      const top = Number.MAX_SAFE_INTEGER;
      const ids = [0, 7, 255, 256, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 40, top - 1, top];
      const [gone, isGone] = [[7, 2 ** 32], (id: number): boolean => id === 7 || id === 2 ** 32];
      const changed = ids.filter((id) => isEven(id) && !isGone(id)).map((id) => [id, 'new'] as const);
      const store = await begin();
      await change(store, 1000, { [STATE]: { added: ids.slice(0, 6).map((id) => [id, id, 'old']) } });
      await change(store, 2000, { [STATE]: { added: ids.slice(6).map((id) => [id, id, 'old']) } });
      await change(store, 3000, { [STATE]: { deleted: gone, changed } });
      expect((await again(store)).kept.states[STATE]?.entries).toEqual(
        ids.filter((id) => !isGone(id)).map((id) => [id, id, isEven(id) ? 'new' : 'old']),
      );
    },
  },
  anyHistory: {
    rule: 'after any history of settlements and restarts the entries are those that it leads to',
    async check({ begin, again, expect }) {
      const histories = ['one/keys', 'two/keys', 'three/keys'].map(
        (name, at) => [name, new EntryHistory(at + 1)] as const,
      );
      let store = await begin();
      for (let time = 1; time <= 150; time++) {
        const named = histories.filter((_, at) => (time + at) % 3 !== 0);
        await change(store, time, Object.fromEntries(named.map(([name, history]) => [name, history.step()])));
        if (time % 25 !== 0) continue;
        const { store: next, kept } = await again(store);
        const wrong = histories.filter(([name, history]) => !isSame(kept.states[name]?.entries, history.entries()));
        expect(wrong.map(([name]) => `${name} at ${time}`)).toEqual([]);
        store = next;
      }
    },
  },
  bigSettlements: {
    rule: 'twenty thousand entries settle at once: added, changed, deleted',
    async check({ begin, again, expect }) {
      const added = Array.from(
        { length: 20_000 },
        (_, at): KeptEntry => [at + 1, `key ${at}`, { count: at, tags: ['a'] }],
      );
      const store = await begin();
      await change(store, 1000, { [STATE]: { added } });
      await change(store, 2000, { [STATE]: { changed: added.slice(0, 10_000).map(([id]) => [id, id]) } });
      await change(store, 3000, { [STATE]: { deleted: added.filter(([id]) => !isEven(id)).map(([id]) => id) } });
      const { entries } = (await again(store)).kept.states[STATE] ?? {};
      const expected = added
        .filter(([id]) => isEven(id))
        .map(([id, key, value]) => [id, key, id <= 10_000 ? id : value]);
      expect(entries?.length).toEqual(10_000);
      expect(isSame(entries, expected)).toEqual(true);
    },
  },
  emptiesAndFills: {
    rule: 'a state that is emptied and filled again and again holds what is there now',
    async check({ begin, again, expect }) {
      let store = await begin();
      let last: ChangeRows = {};
      for (let round = 0; round < 20; round++) {
        const added = Array.from({ length: 50 }, (_, at): KeptEntry => [round * 50 + at, at, `round ${round}`]);
        await change(store, round + 1, { [STATE]: { deleted: (last.added ?? []).map(([id]) => id), added } });
        last = { added };
        if (round % 7 === 6) store = (await again(store)).store;
      }
      expect((await again(store)).kept.states[STATE]?.entries).toEqual(last.added);
    },
  },
};

function isEven(id: number): boolean {
  return id % 2 === 0;
}
