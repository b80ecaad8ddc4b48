import { promised } from '../../core/Answer.ts';
import { isStreamError } from '../../core/errors.ts';
import type { OffsetStoreRule } from '../offsetStoreLaws.ts';
import { at, commit, failureOf, held } from './asking.ts';

/** Laws of what one store keeps. */
export type KeepingLaw =
  | 'loadsEmpty'
  | 'loadsWhatWasCommitted'
  | 'survivesTheStore'
  | 'newestWins'
  | 'neverGoesDown'
  | 'repeatsChangeNothing'
  | 'nothingIsACommit'
  | 'refusesWhole'
  | 'manyPartitions'
  | 'oddTopics'
  | 'bigOffsets'
  | 'loadsTheTopicsAsked'
  | 'closesTwice';

export const KEEPING_LAWS: Readonly<Record<KeepingLaw, OffsetStoreRule>> = {
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
