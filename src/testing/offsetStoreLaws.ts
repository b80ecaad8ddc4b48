import { promised } from '../core/Answer.ts';
import { isStreamError } from '../core/errors.ts';
import type { CommittedOffset } from '../core/OffsetRange.ts';
import type { CommitOutcome, OffsetCommit, OffsetStore } from '../offsets/OffsetStore.ts';
import type { OffsetStoreTrial } from './offsetStoreContract.ts';

/** One law: what it says, and how it is tried. */
export interface Law {
  readonly rule: string;
  readonly check: (trial: OffsetStoreTrial) => Promise<void>;
}

/** The name of a law; a store's author can skip it with a reason. */
export type OffsetStoreLaw =
  | 'loadsEmpty'
  | 'loadsWhatWasCommitted'
  | 'survivesTheStore'
  | 'newestWins'
  | 'neverGoesDown'
  | 'repeatsChangeNothing'
  | 'nothingIsACommit'
  | 'refusesWhole'
  | 'wholeOrNotAtAll'
  | 'concurrentCommits'
  | 'manyPartitions'
  | 'oddTopics'
  | 'bigOffsets'
  | 'loadsTheTopicsAsked'
  | 'seesOthers'
  | 'reportsOthers'
  | 'reportsLockstep'
  | 'closesTwice';

/** The laws every offset store keeps. */
export const OFFSET_STORE_LAWS: Readonly<Record<OffsetStoreLaw, Law>> = {
  loadsEmpty: {
    rule: 'a group that nothing was committed to loads empty',
    async check({ make, load, expect }) {
      expect(await load(await make())).toEqual([]);
      expect(await load(await make(), ['lines'])).toEqual([]);
    },
  },
  loadsWhatWasCommitted: {
    rule: 'what was committed is loaded, offset 0 included',
    async check({ make, load, expect }) {
      const store = await make();
      expect(await commit(store, [at('lines', 0, 0), at('lines', 1, 7)])).toEqual({ foreign: [] });
      expect(await load(store)).toEqual([held('lines', 0, 0), held('lines', 1, 7)]);
    },
  },
  survivesTheStore: {
    rule: 'what was committed is loaded by another store object after the first is closed',
    async check({ make, reopen, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 5), at('words', 3, 9)]);
      await promised(() => store.close());
      expect(await load(await reopen(store))).toEqual([held('lines', 0, 5), held('words', 3, 9)]);
    },
  },
  newestWins: {
    rule: 'a higher offset replaces the stored one; other partitions stay',
    async check({ make, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 5), at('lines', 1, 5)]);
      await commit(store, [at('lines', 0, 9, 5)]);
      await commit(store, [at('lines', 0, 10, 9)]);
      await commit(store, [at('lines', 0, 100, 10)]);
      expect(await load(store)).toEqual([held('lines', 0, 100), held('lines', 1, 5)]);
    },
  },
  neverGoesDown: {
    rule: 'a lower offset leaves the stored one, and does not keep the rest of its commit from taking effect',
    async check({ make, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 10), at('lines', 1, 10)]);
      expect(await commit(store, [at('lines', 0, 9, 10), at('lines', 1, 11, 10)])).toEqual({ foreign: [] });
      expect(await load(store)).toEqual([held('lines', 0, 10), held('lines', 1, 11)]);
    },
  },
  repeatsChangeNothing: {
    rule: 'the same commit again is recognised: nothing changes and nobody else is suspected',
    async check({ make, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 10)]);
      const offsets = [at('lines', 0, 20, 10), at('lines', 1, 5)];
      for (let i = 0; i < 3; i++) expect(await commit(store, offsets)).toEqual({ foreign: [] });
      expect(await load(store)).toEqual([held('lines', 0, 20), held('lines', 1, 5)]);
    },
  },
  nothingIsACommit: {
    rule: 'a commit of no offsets changes nothing',
    async check({ make, load, expect }) {
      const store = await make();
      expect(await commit(store, [])).toEqual({ foreign: [] });
      expect(await load(store)).toEqual([]);
    },
  },
  refusesWhole: {
    rule: 'a commit with an offset that is no safe integer from 0 is INVALID_ARGUMENT, and nothing of it is stored',
    async check({ make, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 1)]);
      for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53, '7' as unknown as number]) {
        const failure = await failureOf(() => commit(store, [at('lines', 0, 2, 1), at('lines', 1, wrong)]));
        expect(isStreamError(failure, 'INVALID_ARGUMENT')).toEqual(true);
      }
      expect(await load(store)).toEqual([held('lines', 0, 1)]);
    },
  },
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
  manyPartitions: {
    rule: 'a thousand partitions of several topics are kept apart',
    async check({ make, load, expect }) {
      const store = await make();
      const offsets = ['a', 'a.b', 'a_b', 'b'].flatMap((topic, t) =>
        Array.from({ length: 250 }, (_, partition) => at(topic, partition, t * 1000 + partition)),
      );
      await commit(store, offsets);
      expect(await load(store)).toEqual(offsets.map((offset) => held(offset.topic, offset.partition, offset.until)));
    },
  },
  oddTopics: {
    rule: 'topics may hold any character and be long',
    async check({ make, load, expect }) {
      const store = await make();
      const topics = ODD_TOPICS.toSorted((a, b) => (a < b ? -1 : 1));
      await commit(
        store,
        topics.map((topic, i) => at(topic, 1, i)),
      );
      expect(await load(store)).toEqual(topics.map((topic, i) => held(topic, 1, i)));
      for (const [i, topic] of topics.entries()) expect(await load(store, [topic])).toEqual([held(topic, 1, i)]);
    },
  },
  bigOffsets: {
    rule: 'offsets up to 2^53 - 1 are kept and compared exactly',
    async check({ make, load, expect }) {
      const store = await make();
      const top = Number.MAX_SAFE_INTEGER;
      const untils = [999, 1000, top - 1, top, top - 1, 1000];
      const expected = [999, 1000, top - 1, top, top, top];
      for (const [i, until] of untils.entries()) {
        await commit(store, [at('lines', 0, until, expected[i - 1])]);
        expect(await load(store)).toEqual([held('lines', 0, expected[i] as number)]);
      }
    },
  },
  loadsTheTopicsAsked: {
    rule: 'load answers the topics asked for, and no others',
    async check({ make, load, expect }) {
      const store = await make();
      await commit(store, [at('lines', 0, 1), at('words', 0, 2), at('words', 1, 3), at('word', 0, 4)]);
      expect(await load(store, ['words'])).toEqual([held('words', 0, 2), held('words', 1, 3)]);
      expect(await load(store, ['word', 'lines', 'unknown'])).toEqual([held('lines', 0, 1), held('word', 0, 4)]);
      expect(await load(store, [])).toEqual([]);
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
  closesTwice: {
    rule: 'close may be called twice, and without any call before it',
    async check({ make }) {
      const store = await make();
      await promised(() => store.close());
      await promised(() => store.close());
      const used = await make();
      await commit(used, [at('lines', 0, 1)]);
      await promised(() => used.close());
      await promised(() => used.close());
    },
  },
};

const ODD_TOPICS: readonly string[] = [
  'a b',
  'a:b',
  'a:0',
  ':',
  '/var/log/app 1.log',
  'C:\\logs\\app.log',
  'größe-日本-🚀',
  '{lines}',
  '[a-z]*?',
  '"quoted"\t\\',
  'line\nbreak',
  '__proto__',
  'constructor',
  '12',
  'x'.repeat(4000),
];

function at(topic: string, partition: number, until: number, expected?: number): OffsetCommit {
  return { topic, partition, until, expected };
}

function held(topic: string, partition: number, until: number): CommittedOffset {
  return { topic, partition, until };
}

function commit(store: OffsetStore, offsets: readonly OffsetCommit[]): Promise<CommitOutcome> {
  return promised(() => store.commit(offsets));
}

function inPartitionOrder({ foreign }: CommitOutcome): readonly CommittedOffset[] {
  return [...foreign].sort((a, b) => a.partition - b.partition);
}

async function failureOf(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure, got an answer');
}
