import { promised } from '../../core/Answer.ts';
import type { CheckpointRule } from '../checkpointLaws.ts';
import { isSame, type KeptEntry, loaded } from './kept.ts';
import { STORABLE } from './storable.ts';
import { batchAt, change, changesOf, cutOf, plan, refusal, settle } from './writing.ts';

/** Laws of the values and keys of entries. */
export type ValueLaw =
  | 'exactValues'
  | 'exactKeys'
  | 'keysApart'
  | 'sharedInside'
  | 'loadedIsACopy'
  | 'refusesWhatCannotBeStored'
  | 'nothingAfterAFailure';

const STATE = 'totals/keys';

export const VALUE_LAWS: Readonly<Record<ValueLaw, CheckpointRule>> = {
  exactValues: {
    rule: 'values of every kind that can be cloned come back exactly, those added and those changed',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, {
        'added/keys': { added: STORABLE.map(([kind, make], at) => [at, kind, make()]) },
        'changed/keys': { added: STORABLE.map(([kind], at) => [at, kind, 0]) },
        'inside/keys': {
          added: STORABLE.map(([kind, make], at) => [at, kind, { list: [make()], map: new Map([[kind, make()]]) }]),
        },
      });
      await change(store, 2000, { 'changed/keys': { changed: STORABLE.map(([, make], at) => [at, make()]) } });
      const { states } = (await again(store)).kept;
      const valueIn = (state: string, at: number): unknown => states[state]?.entries[at]?.[2];
      const wrong = STORABLE.filter(
        ([kind, make], at) =>
          !isSame(valueIn('added/keys', at), make()) ||
          !isSame(valueIn('changed/keys', at), make()) ||
          !isSame(valueIn('inside/keys', at), { list: [make()], map: new Map([[kind, make()]]) }),
      );
      expect(wrong.map(([kind]) => kind)).toEqual([]);
    },
  },
  exactKeys: {
    rule: 'keys of every kind that can be cloned come back exactly',
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, { [STATE]: { added: STORABLE.map(([, make], at) => [at, make(), at]) } });
      await change(store, 2000, { [STATE]: { changed: STORABLE.map((_, at) => [at, -at]) } });
      const entries = (await again(store)).kept.states[STATE]?.entries ?? [];
      const wrong = STORABLE.filter(([, make], at) => !isSame(entries[at], [at, make(), -at]));
      expect(wrong.map(([kind]) => kind)).toEqual([]);
    },
  },
  keysApart: {
    rule: 'entries are known by their ids alone: keys that are alike, or even the same, stay apart',
    async check({ begin, again, expect }) {
      const added = ALIKE.map((key, at): KeptEntry => [at + 1, key, at]);
      const store = await begin();
      await change(store, 1000, { [STATE]: { added } });
      await change(store, 2000, { [STATE]: { deleted: [1], changed: added.slice(1).map(([id]) => [id, -id]) } });
      const { entries } = (await again(store)).kept.states[STATE] ?? {};
      expect(
        isSame(
          entries,
          added.slice(1).map(([id, key]) => [id, key, -id]),
        ),
      ).toEqual(true);
    },
  },
  sharedInside: {
    rule: 'what one value holds twice it holds twice again, and no two values hold the same object',
    durable: true,
    async check({ begin, again, expect }) {
      const shared = { n: 1 };
      const store = await begin();
      await change(store, 1000, {
        [STATE]: {
          added: [
            [1, 'a', { left: shared, right: shared }],
            [2, 'b', { left: shared }],
          ],
        },
      });
      const values = ((await again(store)).kept.states[STATE]?.entries ?? []).map(([, , value]) => value) as {
        readonly left: unknown;
        readonly right?: unknown;
      }[];
      expect(values).toEqual([{ left: { n: 1 }, right: { n: 1 } }, { left: { n: 1 } }]);
      expect(values[0]?.left === values[0]?.right).toEqual(true);
    },
  },
  loadedIsACopy: {
    rule: 'whatever is done to what was loaded, the store keeps what was settled',
    durable: true,
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(
        store,
        1000,
        { [STATE]: { added: [[1, ['k'], { list: [1] }]] } },
        { positions: [['lines', { until: 1 }]] },
      );
      await plan(store, batchAt(2000, { lines: cutOf('lines', 1, 2) }));
      const { store: next, kept: before } = await again(store);
      const copy = structuredClone(before);
      for (const [, key, value] of before.states[STATE]?.entries ?? []) {
        (key as string[]).push('changed');
        (value as { list: number[] }).list.push(2);
      }
      (before.positions.lines as { until: number }).until = 99;
      for (const { cuts } of before.unsettled) for (const { cut } of cuts) (cut.data as number[]).push(99);
      await promised(() => next.close());
      expect(await loaded(next)).toEqual(copy);
      expect((await again(next)).kept).toEqual(copy);
    },
  },
  refusesWhatCannotBeStored: {
    rule: 'a settlement with a value that cannot be stored is STATE_UNREADABLE, and nothing of it is kept',
    durable: true,
    async check({ make, again, expect }) {
      for (const value of UNSTORABLE) {
        const store = await make();
        await loaded(store);
        await change(store, 1000, { [STATE]: { added: [[1, 'a', 1]] } }, { positions: [['lines', 1]] });
        await plan(store, batchAt(2000));
        const states = [
          changesOf('first/keys', { added: [[1, 'x', 1]] }),
          changesOf(STATE, { changed: [[1, 2]], added: [[2, 'b', { value }]] }),
        ];
        const failed = refusal(() => settle(store, 2000, { positions: [['lines', 2]], states }));
        expect(await failed).toEqual('STATE_UNREADABLE');
        expect((await again(store)).kept).toEqual({
          lastTime: 2000,
          unsettled: [batchAt(2000)],
          positions: { lines: 1 },
          states: { [STATE]: { version: 0, entries: [[1, 'a', 1]] } },
        });
      }
    },
  },
  nothingAfterAFailure: {
    rule: 'after a call that failed nothing is written until the store is loaded again',
    durable: true,
    async check({ begin, again, expect }) {
      const store = await begin();
      await change(store, 1000, { [STATE]: { added: [[1, 'a', 1]] } });
      await plan(store, batchAt(2000));
      const unstorable = changesOf(STATE, { changed: [[1, () => 2]] });
      expect(await refusal(() => settle(store, 2000, { states: [unstorable] }))).toEqual('STATE_UNREADABLE');
      await refusal(() => settle(store, 2000, { states: [changesOf(STATE, { changed: [[1, 3]] })] }));
      await refusal(() => plan(store, batchAt(3000)));
      await promised(() => store.close());
      const expected = {
        lastTime: 2000,
        unsettled: [batchAt(2000)],
        positions: {},
        states: { [STATE]: { version: 0, entries: [[1, 'a', 1]] } },
      };
      expect(await loaded(store)).toEqual(expected);
      await settle(store, 2000, { states: [changesOf(STATE, { changed: [[1, 4]] })] });
      expect((await again(store)).kept.states[STATE]?.entries).toEqual([[1, 'a', 4]]);
    },
  },
};

const ALIKE: readonly unknown[] = [
  ...['a', 'a', '', '\u0000', '0', 'NaN', '\ud800', '\udc00', '\ufffd', 'ä', 'a\u0308'],
  ...[0, -0, 0n, Number.NaN, false, null, undefined],
  ...[['a'], ['a', ''], [['a']], ['a', 1], ['a', '1'], ['a,1'], [], [[]]],
  ...[{}, { a: 1 }, { a: '1' }, { a: 1, b: undefined }, { b: undefined, a: 1 }],
];

const UNSTORABLE: readonly unknown[] = [() => 1, Symbol('x'), new WeakMap(), [1, { inside: () => 1 }]];
