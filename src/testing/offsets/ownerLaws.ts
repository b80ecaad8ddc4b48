import { promised } from '../../core/Answer.ts';
import type { OffsetStoreRule } from '../offsetStoreLaws.ts';
import { at, commit, held, own, refusal } from './asking.ts';

/** Laws of taking a group over; for stores that have `own`. */
export type OwnerLaw =
  | 'ownerCommits'
  | 'owningKeepsOffsets'
  | 'ownsAgain'
  | 'overtakenIsRefused'
  | 'overtakenStaysOut'
  | 'takingOverLasts'
  | 'successorReportsOnlyOthers'
  | 'neverOwnedIsNotFenced'
  | 'lastOfManyOwns'
  | 'overtakenLoads';

const needs = 'own';

export const OWNER_LAWS: Readonly<Record<OwnerLaw, OffsetStoreRule>> = {
  ownerCommits: {
    rule: 'the owner commits as anybody would, on a group that nothing was ever committed to, too',
    needs,
    async check({ make, load, expect }) {
      const store = await make();
      await own(store);
      expect(await commit(store, [at('lines', 0, 5), at('words', 1, 7)])).toEqual({ foreign: [] });
      expect(await commit(store, [at('lines', 0, 9, 5)])).toEqual({ foreign: [] });
      expect(await load(store)).toEqual([held('lines', 0, 9), held('words', 1, 7)]);
    },
  },
  owningKeepsOffsets: {
    rule: 'taking a group over changes none of its offsets',
    needs,
    async check({ make, reopen, load, expect }) {
      const first = await make();
      await own(first);
      expect(await load(first)).toEqual([]);
      await commit(first, [at('lines', 0, 5), at('words', 1, 7)]);
      const second = await reopen(first);
      await own(second);
      expect(await load(second)).toEqual([held('lines', 0, 5), held('words', 1, 7)]);
      expect(await load(second, ['words'])).toEqual([held('words', 1, 7)]);
    },
  },
  ownsAgain: {
    rule: 'own again by the owner changes nothing',
    needs,
    async check({ make, load, expect }) {
      const store = await make();
      for (let until = 1; until <= 3; until++) {
        await own(store);
        expect(await commit(store, [at('lines', 0, until, until - 1 || undefined)])).toEqual({ foreign: [] });
      }
      expect(await load(store)).toEqual([held('lines', 0, 3)]);
    },
  },
  overtakenIsRefused: {
    rule: 'the commit of a store whose group was taken over is OFFSET_STORE_TAKEN, for good, and nothing of it is stored',
    needs,
    async check({ make, reopen, load, expect }) {
      const zombie = await make();
      await own(zombie);
      await commit(zombie, [at('lines', 0, 5)]);
      const owner = await reopen(zombie);
      await own(owner);
      const late = [at('lines', 0, 6, 5), at('lines', 1, 6)];
      expect(await refusal(() => commit(zombie, late))).toEqual('OFFSET_STORE_TAKEN');
      expect(await load(owner)).toEqual([held('lines', 0, 5)]);
      expect(await commit(owner, [at('lines', 0, 8, 5)])).toEqual({ foreign: [] });
      for (let i = 0; i < 3; i++) expect(await refusal(() => commit(zombie, late))).toEqual('OFFSET_STORE_TAKEN');
      expect(await load(owner)).toEqual([held('lines', 0, 8)]);
    },
  },
  overtakenStaysOut: {
    rule: 'a store that was overtaken cannot take the group back, so that two that restart by themselves do not fight for it',
    needs,
    async check({ make, reopen, load, expect }) {
      const zombie = await make();
      await own(zombie);
      const owner = await reopen(zombie);
      await own(owner);
      expect(await refusal(() => own(zombie))).toEqual('OFFSET_STORE_TAKEN');
      expect(await refusal(() => commit(zombie, [at('lines', 0, 5)]))).toEqual('OFFSET_STORE_TAKEN');
      expect(await commit(owner, [at('lines', 0, 7)])).toEqual({ foreign: [] });
      expect(await load(owner)).toEqual([held('lines', 0, 7)]);
    },
  },
  takingOverLasts: {
    rule: 'a group that was taken over stays taken when whoever took it is closed',
    needs,
    async check({ make, reopen, load, expect }) {
      const zombie = await make();
      await own(zombie);
      await commit(zombie, [at('lines', 0, 5)]);
      const owner = await reopen(zombie);
      await own(owner);
      await promised(() => owner.close());
      expect(await refusal(() => commit(zombie, [at('lines', 0, 6, 5)]))).toEqual('OFFSET_STORE_TAKEN');
      const third = await reopen(zombie);
      await own(third);
      await commit(third, [at('lines', 0, 9, 5)]);
      expect(await refusal(() => commit(zombie, [at('lines', 0, 10, 5)]))).toEqual('OFFSET_STORE_TAKEN');
      expect(await load(third)).toEqual([held('lines', 0, 9)]);
    },
  },
  successorReportsOnlyOthers: {
    rule: 'whoever takes over goes on from what it loads without suspecting the one before',
    needs,
    async check({ make, reopen, load, expect }) {
      let store = await make();
      for (let until = 1; until <= 4; until++) {
        await own(store);
        const found = (await load(store))[0]?.until;
        expect(await commit(store, [at('lines', 0, until, found)])).toEqual({ foreign: [] });
        store = await reopen(store);
      }
      expect(await load(store)).toEqual([held('lines', 0, 4)]);
    },
  },
  neverOwnedIsNotFenced: {
    rule: 'a store that never owned commits beside an owner, and both go on',
    needs,
    async check({ make, reopen, load, expect }) {
      const owner = await make();
      const other = await reopen(owner);
      await own(owner);
      expect(await commit(other, [at('lines', 0, 5)])).toEqual({ foreign: [] });
      expect(await commit(owner, [at('lines', 0, 6)])).toEqual({ foreign: [held('lines', 0, 5)] });
      expect(await commit(other, [at('lines', 1, 7)])).toEqual({ foreign: [] });
      expect(await load(owner)).toEqual([held('lines', 0, 6), held('lines', 1, 7)]);
    },
  },
  lastOfManyOwns: {
    rule: 'of those who take a group over at the same time exactly one owns it in the end',
    needs,
    async check({ make, reopen, load, expect }) {
      const first = await make();
      const all = [first, await reopen(first), await reopen(first), await reopen(first)];
      await Promise.all(all.map((store) => refusal(() => own(store))));
      const outcomes = await Promise.all(all.map((store, i) => refusal(() => commit(store, [at('lines', i, 1)]))));
      const owners = all.flatMap((_, i) => (outcomes[i] === 'no failure' ? [i] : []));
      expect([owners.length, ...outcomes.filter((outcome) => outcome !== 'no failure')]).toEqual([
        1,
        ...Array.from({ length: all.length - 1 }, () => 'OFFSET_STORE_TAKEN'),
      ]);
      expect(await load(first)).toEqual(owners.map((i) => held('lines', i, 1)));
    },
  },
  overtakenLoads: {
    rule: 'a store that was overtaken may still load and close',
    needs,
    async check({ make, reopen, load, expect }) {
      const zombie = await make();
      await own(zombie);
      const owner = await reopen(zombie);
      await own(owner);
      await commit(owner, [at('lines', 0, 5)]);
      expect(await refusal(() => commit(zombie, [at('lines', 0, 6)]))).toEqual('OFFSET_STORE_TAKEN');
      expect(await load(zombie)).toEqual([held('lines', 0, 5)]);
      await promised(() => zombie.close());
      expect(await commit(owner, [at('lines', 0, 7, 5)])).toEqual({ foreign: [] });
    },
  },
};
