import type { CheckpointRule } from '../checkpointLaws.ts';
import { isSame, loaded, NOTHING } from './kept.ts';
import { batchAt, change, changesOf, cutOf, plan, settle } from './writing.ts';

/** Laws of planned batches, positions and times. */
export type BatchLaw =
  | 'beginsEmpty'
  | 'keepsPlans'
  | 'plansInOrder'
  | 'exactCuts'
  | 'settlesWhole'
  | 'settlesEarlier'
  | 'keepsPositions'
  | 'keepsTheLastTime'
  | 'forgetsWhoLeft'
  | 'settlesNothing'
  | 'manyPlans';

export const BATCH_LAWS: Readonly<Record<BatchLaw, CheckpointRule>> = {
  beginsEmpty: {
    rule: 'a place where nothing was kept gives nothing, however often it is loaded',
    async check({ make, again, expect }) {
      const store = await make();
      expect(await loaded(store)).toEqual(NOTHING);
      expect((await again(store)).kept).toEqual(NOTHING);
    },
  },
  keepsPlans: {
    rule: 'a planned batch is unsettled and its time the last one',
    async check({ begin, again, expect }) {
      const store = await begin();
      const batch = batchAt(1000, { lines: cutOf('lines', 0, 5), words: cutOf('words', 3, 3) });
      await plan(store, batch);
      expect((await again(store)).kept).toEqual({ ...NOTHING, lastTime: 1000, unsettled: [batch] });
    },
  },
  plansInOrder: {
    rule: 'unsettled batches come in time order, those planned before and after a restart',
    async check({ begin, again, expect }) {
      const batches = [900, 1000, 2000, 10_000].map((time, at) => batchAt(time, { lines: cutOf('lines', at, at + 1) }));
      const first = await begin();
      for (const batch of batches.slice(0, 2)) await plan(first, batch);
      const { store } = await again(first);
      for (const batch of batches.slice(2)) await plan(store, batch);
      expect((await again(store)).kept.unsettled).toEqual(batches);
    },
  },
  exactCuts: {
    rule: 'a cut comes back as it was, whatever plain data it is made of',
    async check({ begin, again, expect }) {
      const data = { files: new Map([['a\ud800', new Date(7)]]), ranges: [[0, -0, Number.NaN]], until: 2n ** 70n };
      const batch = batchAt(1000, {
        files: { data, records: 0, position: new Map([['é', undefined]]) },
        blocks: { data: undefined },
        'a/b \u0000': cutOf('a:b', Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER),
      });
      const store = await begin();
      await plan(store, batch);
      const { unsettled } = (await again(store)).kept;
      expect(isSame(unsettled, [batch])).toEqual(true);
    },
  },
  settlesWhole: {
    rule: 'state changes, positions and the time of a batch settle together',
    async check({ begin, again, expect }) {
      const store = await begin();
      await plan(store, batchAt(1000, { lines: cutOf('lines', 0, 5) }));
      await settle(store, 1000, {
        positions: [['lines', { until: 5 }]],
        states: [changesOf('totals/keys', { added: [[1, 'a', 5]] })],
      });
      expect((await again(store)).kept).toEqual({
        lastTime: 1000,
        unsettled: [],
        positions: { lines: { until: 5 } },
        states: { 'totals/keys': { version: 0, entries: [[1, 'a', 5]] } },
      });
    },
  },
  settlesEarlier: {
    rule: 'a batch settles with all that were planned before it; later ones stay unsettled',
    async check({ begin, again, expect }) {
      const store = await begin();
      const batches = [1000, 2000, 3000, 4000].map((time) => batchAt(time, { lines: cutOf('lines', time, time + 1) }));
      for (const batch of batches) await plan(store, batch);
      await settle(store, 2000);
      const { store: next, kept } = await again(store);
      expect(kept.unsettled).toEqual(batches.slice(2));
      await settle(next, 3000);
      expect((await again(next)).kept.unsettled).toEqual(batches.slice(3));
    },
  },
  keepsPositions: {
    rule: 'a source that a settlement does not name keeps its position, which may be any plain data',
    async check({ begin, again, expect }) {
      const positions = new Map<string, unknown>([
        ['kafka:lines', new Map([[0, 2n ** 63n]])],
        ['socket', undefined],
        ['__proto__', -0],
        ['', { read: new Date(3), next: ['b', undefined] }],
        ['ü \ud800', Number.NaN],
      ]);
      const store = await begin();
      await change(store, 1000, {}, { positions: [...positions, ['lines', 1]] });
      await change(store, 2000, {}, { positions: [['lines', 2]] });
      const { kept } = await again(store);
      const expected = Object.fromEntries([...positions, ['lines', 2]]);
      const wrong = [...positions.keys(), 'lines'].filter(
        (name) => !isSame(own(kept.positions, name), own(expected, name)),
      );
      expect(wrong).toEqual([]);
      expect(Object.keys(kept.positions).length).toEqual(positions.size + 1);
    },
  },
  keepsTheLastTime: {
    rule: 'the last planned time stays after it has settled, and after a restart without batches',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, {});
      await plan(store, batchAt(2000));
      await settle(store, 2000);
      const { store: next } = await again(store);
      expect((await again(next)).kept).toEqual({ ...NOTHING, lastTime: 2000 });
    },
  },
  forgetsWhoLeft: {
    rule: 'what is planned of a source that was left is forgotten, its position stays',
    async check({ begin, again, expect }) {
      const store = await begin();
      const [lines, words] = [cutOf('lines', 5, 9), cutOf('words', 1, 2)];
      await plan(store, batchAt(1000, { lines: cutOf('lines', 0, 5) }));
      await plan(store, batchAt(2000, { lines, words }));
      await plan(store, batchAt(3000, { lines }));
      await plan(store, batchAt(4000, { words }));
      await settle(store, 1000, { positions: [['lines', 5]], left: ['lines', 'never there'] });
      expect((await again(store)).kept).toEqual({
        ...NOTHING,
        lastTime: 4000,
        unsettled: [batchAt(2000, { words }), batchAt(4000, { words })],
        positions: { lines: 5 },
      });
    },
  },
  settlesNothing: {
    rule: 'batches without cuts and settlements without changes are kept as any others',
    async check({ begin, again, expect }) {
      const store = await begin();
      for (const time of [1000, 2000, 3000]) await plan(store, batchAt(time));
      await settle(store, 1000, { left: [], dropped: [] });
      await settle(store, 2000);
      expect((await again(store)).kept).toEqual({ ...NOTHING, lastTime: 3000, unsettled: [batchAt(3000)] });
    },
  },
  manyPlans: {
    rule: 'hundreds of batches may be unsettled',
    async check({ begin, again, expect }) {
      const batches = Array.from({ length: 300 }, (_, at) => batchAt(at + 1, { lines: cutOf('lines', at, at + 1) }));
      const store = await begin();
      for (const batch of batches) await plan(store, batch);
      await settle(store, 100);
      expect((await again(store)).kept.unsettled).toEqual(batches.slice(100));
    },
  },
};

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? [record[name]] : [];
}
