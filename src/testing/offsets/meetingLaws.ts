import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type { CommitOutcome, OffsetCommit } from '../../offsets/OffsetStore.ts';
import type { OffsetStoreRule } from '../offsetStoreLaws.ts';
import { at, commit, held } from './asking.ts';

/** Laws of several calls and several stores at once. */
export type MeetingLaw = 'wholeOrNotAtAll' | 'concurrentCommits' | 'seesOthers' | 'reportsOthers' | 'reportsLockstep';

export const MEETING_LAWS: Readonly<Record<MeetingLaw, OffsetStoreRule>> = {
  wholeOrNotAtAll: {
    rule: 'whoever loads during a commit sees all of it or nothing',
    async check({ make, reopen, load, expect }) {
      const store = await make();
      const reader = await reopen(store);
      const all = (until: number): OffsetCommit[] =>
        Array.from({ length: 50 }, (_, partition) =>
          at('lines', partition, until, until === 1 ? undefined : until - 1),
        );
      const seen = new Set<number>();
      for (let until = 1; until <= 10; until++) {
        const committed = commit(store, all(until));
        for (let i = 0; i < 3; i++) seen.add(new Set((await load(reader)).map((offset) => offset.until)).size);
        await committed;
      }
      seen.delete(0);
      expect([...seen]).toEqual([1]);
    },
  },
  concurrentCommits: {
    rule: 'commits at the same time all take effect; the highest offset wins',
    async check({ make, load, expect }) {
      const store = await make();
      const untils = [3, 9, 1, 12, 7, 12, 2];
      await Promise.all(untils.map((until) => commit(store, [at('lines', 0, until), at('lines', until, until)])));
      expect(await load(store)).toEqual([
        held('lines', 0, 12),
        ...[1, 2, 3, 7, 9, 12].map((until) => held('lines', until, until)),
      ]);
    },
  },
  seesOthers: {
    rule: 'two stores on one group see what the other has committed',
    async check({ make, reopen, load, expect }) {
      const first = await make();
      const second = await reopen(first);
      await commit(first, [at('lines', 0, 5)]);
      expect(await load(second)).toEqual([held('lines', 0, 5)]);
      expect(await commit(second, [at('lines', 0, 8, 5), at('lines', 1, 3)])).toEqual({ foreign: [] });
      expect(await load(first)).toEqual([held('lines', 0, 8), held('lines', 1, 3)]);
    },
  },
  reportsOthers: {
    rule: "a commit that finds somebody else's offset reports what it found, and the highest offset stays",
    async check({ make, reopen, load, expect }) {
      const first = await make();
      const second = await reopen(first);
      await commit(first, [at('lines', 0, 5), at('lines', 1, 5), at('lines', 2, 5)]);
      await commit(second, [at('lines', 0, 9, 5), at('lines', 1, 6, 5)]);
      expect(
        inPartitionOrder(await commit(first, [at('lines', 0, 8, 5), at('lines', 1, 7, 5), at('lines', 2, 8, 5)])),
      ).toEqual([held('lines', 0, 9), held('lines', 1, 6)]);
      expect(await load(second)).toEqual([held('lines', 0, 9), held('lines', 1, 7), held('lines', 2, 8)]);
    },
  },
  reportsLockstep: {
    rule: 'a commit that finds its own offset there without ever having asked for it reports somebody else',
    async check({ make, reopen, expect }) {
      const first = await make();
      const second = await reopen(first);
      await commit(first, [at('lines', 0, 5)]);
      expect(await commit(second, [at('lines', 0, 5)])).toEqual({ foreign: [held('lines', 0, 5)] });
      expect(await commit(second, [at('lines', 0, 8, 5)])).toEqual({ foreign: [] });
      expect(await commit(first, [at('lines', 0, 8, 5)])).toEqual({ foreign: [held('lines', 0, 8)] });
    },
  },
};

function inPartitionOrder({ foreign }: CommitOutcome): readonly CommittedOffset[] {
  return [...foreign].sort((a, b) => a.partition - b.partition);
}
