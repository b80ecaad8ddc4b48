import type { OffsetStoreRule } from '../offsetStoreLaws.ts';
import { at, begin, commit, ended, held, range, refusal, rolledBack } from './asking.ts';

/** Laws of what one transaction does; for stores that have `begin`. */
export type TransactionLaw =
  | 'nothingBeforeCommit'
  | 'togetherAtCommit'
  | 'manyTransactions'
  | 'withoutOffsets'
  | 'withoutResults'
  | 'rollbackLeavesNothing'
  | 'rollbackAfterCommit'
  | 'oneAtATime'
  | 'endsOnce'
  | 'refusesWhatWasCommitted'
  | 'refusesWhatWasLost'
  | 'transactionRefusesWhole'
  | 'transactionNeverGoesDown';

const needs = 'begin';

export const TRANSACTION_LAWS: Readonly<Record<TransactionLaw, OffsetStoreRule>> = {
  nothingBeforeCommit: {
    rule: 'nobody sees the results of a transaction that is open',
    needs,
    async check({ make, reopen, add, read, load, expect }) {
      const store = await make();
      const reader = await reopen(store);
      const open = await begin(store, { time: 1000 });
      await add(open, 'a', 1);
      await add(open, 'b', 2);
      expect([await read(reader, 'a'), await read(reader, 'b')]).toEqual([0, 0]);
      expect(await load(reader)).toEqual([]);
      await ended(open, [range('lines', 0, 0, 5)]);
      expect([await read(reader, 'a'), await read(reader, 'b')]).toEqual([1, 2]);
    },
  },
  togetherAtCommit: {
    rule: 'a commit makes results and offsets seen, by another store object too, and answers as commits do',
    needs,
    async check({ make, reopen, add, read, load, expect }) {
      const store = await make();
      const open = await begin(store, { time: 1000 });
      expect(open.committed).toEqual(false);
      await add(open, 'a', 1);
      await add(open, 'a', 2);
      expect(await ended(open, [range('lines', 0, 0, 5), range('words', 1, 0, 7)])).toEqual({ foreign: [] });
      for (const one of [store, await reopen(store)]) {
        expect(await read(one, 'a')).toEqual(3);
        expect(await load(one)).toEqual([held('lines', 0, 5), held('words', 1, 7)]);
      }
    },
  },
  manyTransactions: {
    rule: 'transactions one after another add up, and plain commits may come between them',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      for (let i = 0; i < 6; i++) {
        if (i % 2 === 1) {
          expect(await commit(store, [at('lines', 0, i + 1, i)])).toEqual({ foreign: [] });
          continue;
        }
        const open = await begin(store, { time: 1000 * i });
        expect(open.committed).toEqual(false);
        await add(open, 'a', 1);
        expect(await ended(open, [range('lines', 0, i, i + 1)])).toEqual({ foreign: [] });
      }
      expect(await read(store, 'a')).toEqual(3);
      expect(await load(store)).toEqual([held('lines', 0, 6)]);
    },
  },
  withoutOffsets: {
    rule: 'a transaction of no offsets keeps its results and its batch',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      const open = await begin(store, { time: 1000 });
      await add(open, 'a', 1);
      expect(await ended(open, [])).toEqual({ foreign: [] });
      expect(await read(store, 'a')).toEqual(1);
      expect(await load(store)).toEqual([]);
      const again = await begin(store, { time: 1000, repeated: true });
      expect(again.committed).toEqual(true);
      await rolledBack(again);
    },
  },
  withoutResults: {
    rule: 'a transaction of no results keeps its offsets and its batch',
    needs,
    async check({ make, load, expect }) {
      const store = await make();
      await ended(await begin(store, { time: 1000 }), [range('lines', 0, 0, 5)]);
      expect(await load(store)).toEqual([held('lines', 0, 5)]);
      const again = await begin(store, { time: 1000, repeated: true });
      expect(again.committed).toEqual(true);
      await rolledBack(again);
    },
  },
  rollbackLeavesNothing: {
    rule: 'a rollback leaves nothing, and the batch is not taken for committed when it is repeated',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      const given = await begin(store, { time: 1000 });
      await add(given, 'a', 1);
      await rolledBack(given);
      await rolledBack(given);
      expect(await read(store, 'a')).toEqual(0);
      expect(await load(store)).toEqual([]);
      const again = await begin(store, { time: 1000, repeated: true });
      expect(again.committed).toEqual(false);
      await add(again, 'a', 2);
      await ended(again, [range('lines', 0, 0, 5)]);
      expect(await read(store, 'a')).toEqual(2);
      expect(await load(store)).toEqual([held('lines', 0, 5)]);
    },
  },
  rollbackAfterCommit: {
    rule: 'a rollback after the commit is harmless',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      const open = await begin(store, { time: 1000 });
      await add(open, 'a', 1);
      await ended(open, [range('lines', 0, 0, 5)]);
      await rolledBack(open);
      const next = await begin(store, { time: 2000 });
      await add(next, 'a', 1);
      await rolledBack(open);
      await ended(next, [range('lines', 0, 5, 6)]);
      expect(await read(store, 'a')).toEqual(2);
      expect(await load(store)).toEqual([held('lines', 0, 6)]);
    },
  },
  oneAtATime: {
    rule: 'a second transaction while one is open is OFFSET_STORE_FAILED, and the first one goes on; after its end another begins',
    needs,
    async check({ make, add, read, expect }) {
      const store = await make();
      const open = await begin(store, { time: 1000 });
      await add(open, 'a', 1);
      expect(await refusal(() => begin(store, { time: 2000 }))).toEqual('OFFSET_STORE_FAILED');
      await ended(open, []);
      const next = await begin(store, { time: 2000 });
      await add(next, 'a', 10);
      await ended(next, []);
      expect(await read(store, 'a')).toEqual(11);
    },
  },
  endsOnce: {
    rule: 'a transaction that has ended cannot be committed: OFFSET_STORE_FAILED, and nothing is kept',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      const done = await begin(store, { time: 1000 });
      await add(done, 'a', 1);
      await ended(done, [range('lines', 0, 0, 5)]);
      expect(await refusal(() => ended(done, [range('lines', 0, 5, 6)]))).toEqual('OFFSET_STORE_FAILED');
      const given = await begin(store, { time: 2000 });
      await add(given, 'a', 1);
      await rolledBack(given);
      expect(await refusal(() => ended(given, [range('lines', 0, 5, 7)]))).toEqual('OFFSET_STORE_FAILED');
      expect(await read(store, 'a')).toEqual(1);
      expect(await load(store)).toEqual([held('lines', 0, 5)]);
    },
  },
  refusesWhatWasCommitted: {
    rule: 'an offset stored above the from of its commit is OFFSET_STORE_FAILED, and nothing of the transaction is kept',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 10), at('lines', 1, 10)]);
      const twice = await begin(store, { time: 1000 });
      await add(twice, 'a', 1);
      const offsets = [range('lines', 0, 9, 20), range('lines', 1, 10, 20), range('words', 0, 0, 3)];
      expect(await refusal(() => ended(twice, offsets))).toEqual('OFFSET_STORE_FAILED');
      expect(await read(store, 'a')).toEqual(0);
      expect(await load(store)).toEqual([held('lines', 0, 10), held('lines', 1, 10)]);
      const again = await begin(store, { time: 1000, repeated: true });
      expect(again.committed).toEqual(false);
      await add(again, 'a', 1);
      await ended(again, [
        range('lines', 0, 10, 20),
        { ...range('lines', 1, 15, 20), expected: 10 },
        range('words', 0, 0, 3),
      ]);
      expect(await read(store, 'a')).toEqual(1);
      expect(await load(store)).toEqual([held('lines', 0, 20), held('lines', 1, 20), held('words', 0, 3)]);
    },
  },
  refusesWhatWasLost: {
    rule: 'an offset stored below both the from of its commit and what was expected is OFFSET_STORE_FAILED, and nothing of the transaction is kept',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 10)]);
      for (const [topic, partition] of [
        ['lines', 0],
        ['lines', 1],
      ] as const) {
        const open = await begin(store, { time: 1000 });
        await add(open, 'a', 1);
        const offsets = [range('words', 0, 0, 3), { ...range(topic, partition, 15, 20), expected: 12 }];
        expect(await refusal(() => ended(open, offsets))).toEqual('OFFSET_STORE_FAILED');
      }
      expect(await read(store, 'a')).toEqual(0);
      expect(await load(store)).toEqual([held('lines', 0, 10)]);
      // Nobody has lost what lies between where records begin and what was known: it was never there.
      const open = await begin(store, { time: 2000 });
      await add(open, 'a', 1);
      await ended(open, [
        { ...range('lines', 0, 12, 20), expected: 10 },
        { ...range('lines', 1, 5, 6), expected: undefined },
      ]);
      expect(await read(store, 'a')).toEqual(1);
      expect(await load(store)).toEqual([held('lines', 0, 20), held('lines', 1, 6)]);
    },
  },
  transactionRefusesWhole: {
    rule: 'a transaction with an offset that is no safe integer from 0 is INVALID_ARGUMENT, and nothing of it is kept',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) {
        const open = await begin(store, { time: 1000 });
        await add(open, 'a', 1);
        const offsets = [range('lines', 0, 0, 2), range('lines', 1, 0, wrong)];
        expect(await refusal(() => ended(open, offsets))).toEqual('INVALID_ARGUMENT');
        await rolledBack(open);
      }
      expect(await read(store, 'a')).toEqual(0);
      expect(await load(store)).toEqual([]);
    },
  },
  transactionNeverGoesDown: {
    rule: 'without from, a lower offset leaves the stored one, and the rest of the transaction takes effect',
    needs,
    async check({ make, add, read, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 10)]);
      const open = await begin(store, { time: 1000 });
      await add(open, 'a', 1);
      expect(await ended(open, [at('lines', 0, 9, 10), at('lines', 1, 3)])).toEqual({ foreign: [] });
      expect(await read(store, 'a')).toEqual(1);
      expect(await load(store)).toEqual([held('lines', 0, 10), held('lines', 1, 3)]);
    },
  },
};
