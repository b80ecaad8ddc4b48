import { promised } from '../../core/Answer.ts';
import type { OffsetStoreRule } from '../offsetStoreLaws.ts';
import { at, begin, commit, ended, held, own, range, refusal, rolledBack } from './asking.ts';

/** Laws of batches that come again and of writers that were overtaken; for stores that have `begin`. */
export type RepeatLaw =
  | 'recognisesRepeated'
  | 'keepsNothingTwice'
  | 'recognisedByTheNext'
  | 'newBatchOfEqualTime'
  | 'onlyTheLastBatch'
  | 'plainCommitsAreNoBatches'
  | 'overtakenTransaction'
  | 'overtakenCannotBegin'
  | 'neverOwnedTransaction';

const needs = 'begin';

export const REPEAT_LAWS: Readonly<Record<RepeatLaw, OffsetStoreRule>> = {
  recognisesRepeated: {
    rule: 'the batch that was committed last is recognised when it is repeated, again and again',
    needs,
    async check({ make, add, expect }) {
      const store = await make();
      const open = await begin(store, { time: 1000 });
      await add(open, 'a', 1);
      await ended(open, [range('lines', 0, 0, 5)]);
      for (let i = 0; i < 3; i++) {
        const again = await begin(store, { time: 1000, repeated: true });
        expect(again.committed).toEqual(true);
        await ended(again, [range('lines', 0, 0, 5)]);
      }
    },
  },
  keepsNothingTwice: {
    rule: 'a batch that is recognised keeps no results a second time, and the next one goes on',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      for (const repeated of [false, true, true]) {
        const open = await begin(store, { time: 1000, repeated });
        await add(open, 'a', 1);
        expect(await ended(open, [range('lines', 0, 0, 5)])).toEqual({ foreign: [] });
      }
      expect(await read(store, 'a')).toEqual(1);
      const next = await begin(store, { time: 2000, repeated: true });
      expect(next.committed).toEqual(false);
      await add(next, 'a', 1);
      await ended(next, [range('lines', 0, 5, 8)]);
      expect(await read(store, 'a')).toEqual(2);
      expect(await load(store)).toEqual([held('lines', 0, 8)]);
    },
  },
  recognisedByTheNext: {
    rule: 'whoever takes the group over recognises the batch that was committed before',
    needs,
    async check({ make, reopen, add, read, expect }) {
      const first = await make();
      await own(first);
      const open = await begin(first, { time: 1000 });
      await add(open, 'a', 1);
      await ended(open, [range('lines', 0, 0, 5)]);
      await promised(() => first.close());
      const second = await reopen(first);
      await own(second);
      const again = await begin(second, { time: 1000, repeated: true });
      expect(again.committed).toEqual(true);
      await add(again, 'a', 1);
      await ended(again, [range('lines', 0, 0, 5)]);
      expect(await read(second, 'a')).toEqual(1);
    },
  },
  newBatchOfEqualTime: {
    rule: 'a new batch of equal time that is not repeated is another batch',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      for (let i = 0; i < 2; i++) {
        const open = await begin(store, { time: 1000, repeated: false });
        expect(open.committed).toEqual(false);
        await add(open, 'a', 1);
        await ended(open, [range('lines', 0, i, i + 1)]);
      }
      expect(await read(store, 'a')).toEqual(2);
      expect(await load(store)).toEqual([held('lines', 0, 2)]);
    },
  },
  onlyTheLastBatch: {
    rule: 'repeated batches of other times, before and after the last committed one, are not taken for committed',
    needs,
    async check({ make, expect }) {
      const store = await make();
      for (const [i, time] of [0, 1000, 1e12 + 1, Number.MAX_SAFE_INTEGER - 1].entries()) {
        await ended(await begin(store, { time }), [range('lines', 0, i, i + 1)]);
        for (const other of [time - 1, time + 1]) {
          const open = await begin(store, { time: other, repeated: true });
          expect(open.committed).toEqual(false);
          await rolledBack(open);
        }
        const same = await begin(store, { time, repeated: true });
        expect(same.committed).toEqual(true);
        await rolledBack(same);
      }
    },
  },
  plainCommitsAreNoBatches: {
    rule: 'commits and rollbacks between keep the last committed batch in mind',
    needs,
    async check({ make, add, expect }) {
      const store = await make();
      await ended(await begin(store, { time: 1000 }), [range('lines', 0, 0, 5)]);
      await commit(store, [at('words', 0, 7)]);
      const given = await begin(store, { time: 2000 });
      await add(given, 'a', 1);
      await rolledBack(given);
      const again = await begin(store, { time: 1000, repeated: true });
      expect(again.committed).toEqual(true);
      await rolledBack(again);
    },
  },
  overtakenTransaction: {
    rule: 'the open transaction of a store whose group is taken over is OFFSET_STORE_TAKEN whole; the new owner runs the batch',
    needs,
    async check({ make, reopen, add, read, load, expect }) {
      const zombie = await make();
      await own(zombie);
      await ended(await begin(zombie, { time: 1000 }), [range('lines', 0, 0, 5)]);
      const late = await begin(zombie, { time: 2000 });
      await add(late, 'a', 1);
      const owner = await reopen(zombie);
      await own(owner);
      expect(await refusal(() => ended(late, [range('lines', 0, 5, 8)]))).toEqual('OFFSET_STORE_TAKEN');
      expect(await read(owner, 'a')).toEqual(0);
      expect(await load(owner)).toEqual([held('lines', 0, 5)]);
      const again = await begin(owner, { time: 2000, repeated: true });
      expect(again.committed).toEqual(false);
      await add(again, 'a', 1);
      await ended(again, [range('lines', 0, 5, 8)]);
      expect(await read(owner, 'a')).toEqual(1);
      expect(await load(owner)).toEqual([held('lines', 0, 8)]);
    },
  },
  overtakenCannotBegin: {
    rule: 'a store that was overtaken is OFFSET_STORE_TAKEN at its next transaction, at its begin or its commit, and keeps nothing',
    needs,
    async check({ make, reopen, add, read, load, expect }) {
      const zombie = await make();
      await own(zombie);
      const owner = await reopen(zombie);
      await own(owner);
      for (let i = 0; i < 2; i++) {
        const outcome = await refusal(async () => {
          const open = await begin(zombie, { time: 1000 });
          await add(open, 'a', 1);
          await ended(open, [range('lines', 0, 0, 5)]);
        });
        expect(outcome).toEqual('OFFSET_STORE_TAKEN');
      }
      expect(await read(owner, 'a')).toEqual(0);
      expect(await load(owner)).toEqual([]);
      await ended(await begin(owner, { time: 1000 }), [range('lines', 0, 0, 5)]);
      expect(await load(owner)).toEqual([held('lines', 0, 5)]);
    },
  },
  neverOwnedTransaction: {
    rule: 'a store that never owned is not fenced, and its transactions take effect',
    needs,
    async check({ make, reopen, add, read, load, expect }) {
      const owner = await make();
      await own(owner);
      const other = await reopen(owner);
      const open = await begin(other, { time: 1000 });
      await add(open, 'a', 1);
      await ended(open, [range('lines', 0, 0, 5)]);
      expect(await read(owner, 'a')).toEqual(1);
      expect(await load(owner)).toEqual([held('lines', 0, 5)]);
    },
  },
};
