import type { CheckpointReport } from '../../checkpoint/CheckpointStore.ts';
import { promised } from '../../core/Answer.ts';
import type { CheckpointRule } from '../checkpointLaws.ts';
import { loaded, NOTHING } from './kept.ts';
import { batchAt, change, changesOf, plan, refusal, settle } from './writing.ts';

/** Laws of owning a place. */
export type OwnerLaw =
  | 'oneOwner'
  | 'oneOfTwoAtOnce'
  | 'refusedDoesNoHarm'
  | 'closeGivesBack'
  | 'loadsAgain'
  | 'closesTwice'
  | 'reportsIfAsked'
  | 'survivesItsOwner'
  | 'unansweredIsWholeOrNothing'
  | 'overtakenWritesNothing'
  | 'overtakenCannotGiveBack'
  | 'overtakenMayComeBack';

const STATE = 'totals/keys';

export const OWNER_LAWS: Readonly<Record<OwnerLaw, CheckpointRule>> = {
  oneOwner: {
    rule: 'whoever loads a place that has a living owner is refused with CHECKPOINT_OWNED, and the owner goes on',
    durable: true,
    async check({ begin, reopen, again, expect }) {
      const owner = await begin();
      const other = await reopen(owner);
      expect(await refusal(() => loaded(other))).toEqual('CHECKPOINT_OWNED');
      await change(owner, 1000, { [STATE]: { added: [[1, 'a', 1]] } });
      expect(await refusal(() => loaded(other))).toEqual('CHECKPOINT_OWNED');
      expect((await again(owner)).kept.states[STATE]?.entries).toEqual([[1, 'a', 1]]);
    },
  },
  oneOfTwoAtOnce: {
    rule: 'of those who load a place at the same time exactly one becomes its owner',
    durable: true,
    async check({ make, reopen, expect }) {
      const first = await make();
      const all = [first, await reopen(first), await reopen(first)];
      const outcomes = await Promise.all(all.map((store) => refusal(() => loaded(store))));
      expect(outcomes.toSorted()).toEqual(['CHECKPOINT_OWNED', 'CHECKPOINT_OWNED', 'no failure']);
    },
  },
  refusedDoesNoHarm: {
    rule: 'one who was refused can close without taking anything from the owner',
    durable: true,
    async check({ begin, reopen, again, expect }) {
      const owner = await begin();
      const other = await reopen(owner);
      expect(await refusal(() => loaded(other))).toEqual('CHECKPOINT_OWNED');
      await promised(() => other.close());
      const third = await reopen(owner);
      expect(await refusal(() => loaded(third))).toEqual('CHECKPOINT_OWNED');
      await change(owner, 1000, {});
      expect((await again(owner)).kept.lastTime).toEqual(1000);
    },
  },
  closeGivesBack: {
    rule: 'after a close another may load, and then the first one may not',
    durable: true,
    async check({ begin, reopen, expect }) {
      const first = await begin();
      await change(first, 1000, {});
      await promised(() => first.close());
      const second = await reopen(first);
      expect((await loaded(second)).lastTime).toEqual(1000);
      expect(await refusal(() => loaded(first))).toEqual('CHECKPOINT_OWNED');
      await change(second, 2000, {});
      await promised(() => second.close());
      expect((await loaded(first)).lastTime).toEqual(2000);
    },
  },
  loadsAgain: {
    rule: 'a store may be closed and loaded again and again, and goes on where it was',
    async check({ make, expect }) {
      const store = await make();
      for (let round = 1; round <= 5; round++) {
        const before = await loaded(store);
        expect(before.lastTime).toEqual(round === 1 ? undefined : (round - 1) * 1000);
        expect(before.states[STATE]?.entries ?? []).toEqual(
          Array.from({ length: round - 1 }, (_, at) => [at + 1, at, 'x']),
        );
        await change(store, round * 1000, { [STATE]: { added: [[round, round - 1, 'x']] } });
        await promised(() => store.close());
      }
    },
  },
  closesTwice: {
    rule: 'close may be called twice, and without any call before it',
    async check({ make, begin, expect }) {
      const unused = await make();
      await promised(() => unused.close());
      await promised(() => unused.close());
      expect(await loaded(unused)).toEqual(NOTHING);
      const used = await begin();
      await change(used, 1000, {});
      await promised(() => used.close());
      await promised(() => used.close());
      expect((await loaded(used)).lastTime).toEqual(1000);
    },
  },
  reportsIfAsked: {
    rule: 'what it reports has a code and a message, and there may be nobody who is told',
    durable: true,
    async check({ begin, reopen, abandon, expect }) {
      let owner = await begin();
      const told: CheckpointReport[] = [];
      for (const report of [(report: CheckpointReport): unknown => told.push(report), undefined]) {
        await plan(owner, batchAt(1000));
        await abandon(owner);
        owner = await reopen(owner);
        expect((await loaded(owner, report)).unsettled).toEqual([batchAt(1000)]);
        await settle(owner, 1000);
      }
      for (const { code, message } of told) expect([typeof code, message.length > 0]).toEqual(['string', true]);
    },
  },
  survivesItsOwner: {
    rule: 'all that was answered is there when its owner has died without closing, and his place is free',
    durable: true,
    async check({ begin, reopen, abandon, expect }) {
      const dead = await begin();
      await change(
        dead,
        1000,
        {
          [STATE]: {
            added: [
              [1, 'a', 1],
              [2, 'b', 2],
            ],
          },
        },
        { positions: [['lines', 1]] },
      );
      await change(dead, 2000, { [STATE]: { deleted: [1] } });
      await plan(dead, batchAt(3000));
      await abandon(dead);
      const heir = await reopen(dead);
      expect(await loaded(heir)).toEqual({
        lastTime: 3000,
        unsettled: [batchAt(3000)],
        positions: { lines: 1 },
        states: { [STATE]: { version: 0, entries: [[2, 'b', 2]] } },
      });
      await settle(heir, 3000, { states: [changesOf(STATE, { added: [[3, 'a', 3]] })] });
      await abandon(heir);
      const last = await loaded(await reopen(heir));
      expect(last.states[STATE]?.entries).toEqual([
        [2, 'b', 2],
        [3, 'a', 3],
      ]);
      expect(last.unsettled).toEqual([]);
    },
  },
  unansweredIsWholeOrNothing: {
    rule: 'a settlement whose owner died before the answer is there as a whole or not at all',
    durable: true,
    async check({ begin, reopen, abandon, expect }) {
      const dead = await begin();
      await change(
        dead,
        1000,
        { 'a/keys': { added: [[1, 'x', 1]] }, 'b/keys': { added: [[1, 'x', 1]] } },
        { positions: [['lines', 1]] },
      );
      await plan(dead, batchAt(2000));
      const settling = refusal(() =>
        settle(dead, 2000, {
          positions: [['lines', 2]],
          states: ['a/keys', 'b/keys'].map((state) => changesOf(state, { changed: [[1, 2]] })),
        }),
      );
      await abandon(dead);
      const { unsettled, positions, states } = await loaded(await reopen(dead));
      await settling;
      const seen = [
        unsettled.length,
        positions.lines,
        states['a/keys']?.entries[0]?.[2],
        states['b/keys']?.entries[0]?.[2],
      ];
      expect(seen).toEqual(unsettled.length === 0 ? [0, 2, 2, 2] : [1, 1, 1, 1]);
    },
  },
  overtakenWritesNothing: {
    rule: 'one whose place was taken gets CHECKPOINT_TAKEN for whatever he writes, and nothing of it is ever seen',
    durable: true,
    async check({ begin, reopen, abandon, again, expect }) {
      for (const isWriting of [false, true]) {
        const overtaken = await begin();
        await change(overtaken, 1000, { [STATE]: { added: [[1, 'a', 'first']] } });
        await plan(overtaken, batchAt(2000));
        await abandon(overtaken);
        const owner = await reopen(overtaken);
        expect((await loaded(owner)).unsettled).toEqual([batchAt(2000)]);
        if (isWriting) await settle(owner, 2000, { states: [changesOf(STATE, { changed: [[1, 'second']] })] });
        const late = {
          positions: [['lines', 9]] as const,
          states: [changesOf(STATE, { changed: [[1, 'overtaken']] })],
        };
        expect(await refusal(() => settle(overtaken, 2000, late))).toEqual('CHECKPOINT_TAKEN');
        expect(await refusal(() => plan(overtaken, batchAt(3000)))).toEqual('CHECKPOINT_TAKEN');
        if (!isWriting) await settle(owner, 2000, { states: [changesOf(STATE, { changed: [[1, 'second']] })] });
        await change(owner, 2500, { [STATE]: { added: [[2, 'b', 'second']] } });
        expect((await again(owner)).kept).toEqual({
          lastTime: 2500,
          unsettled: [],
          positions: {},
          states: {
            [STATE]: {
              version: 0,
              entries: [
                [1, 'a', 'second'],
                [2, 'b', 'second'],
              ],
            },
          },
        });
      }
    },
  },
  overtakenCannotGiveBack: {
    rule: 'the close of one whose place was taken takes nothing from the new owner',
    durable: true,
    async check({ begin, reopen, abandon, again, expect }) {
      const overtaken = await begin();
      await abandon(overtaken);
      const owner = await reopen(overtaken);
      await loaded(owner);
      await promised(() => overtaken.close());
      const third = await reopen(owner);
      expect(await refusal(() => loaded(third))).toEqual('CHECKPOINT_OWNED');
      await change(owner, 1000, {});
      expect((await again(owner)).kept.lastTime).toEqual(1000);
    },
  },
  overtakenMayComeBack: {
    rule: 'one whose place was taken may load again when it is free, and finds what the others did',
    durable: true,
    async check({ begin, reopen, abandon, expect }) {
      const overtaken = await begin();
      await change(overtaken, 1000, { [STATE]: { added: [[1, 'a', 1]] } });
      await abandon(overtaken);
      const owner = await reopen(overtaken);
      await loaded(owner);
      expect(await refusal(() => plan(overtaken, batchAt(2000)))).toEqual('CHECKPOINT_TAKEN');
      await promised(() => overtaken.close());
      expect(await refusal(() => loaded(overtaken))).toEqual('CHECKPOINT_OWNED');
      await change(owner, 2000, { [STATE]: { changed: [[1, 2]] } });
      await promised(() => owner.close());
      expect((await loaded(overtaken)).states[STATE]?.entries).toEqual([[1, 'a', 2]]);
      await change(overtaken, 3000, { [STATE]: { changed: [[1, 3]] } });
      await promised(() => overtaken.close());
      expect((await loaded(owner)).states[STATE]?.entries).toEqual([[1, 'a', 3]]);
    },
  },
};
