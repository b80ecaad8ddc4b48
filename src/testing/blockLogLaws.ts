import { type Answer, promised } from '../core/Answer.ts';
import { isStreamError } from '../core/errors.ts';
import type { BlockLog, LoggedBlock, NewBlock } from '../sources/receiver/BlockLog.ts';
import type { BlockLogTrial } from './blockLogContract.ts';

/** One law of block logs: what it says, and how it is tried. */
export interface BlockLogRule {
  readonly rule: string;
  readonly check: (trial: BlockLogTrial) => Promise<void>;
}

/** The name of a law; a log's author can skip it with a reason. */
export type BlockLogLaw =
  | 'beginsEmpty'
  | 'numbersRecords'
  | 'keepsWholeBlocks'
  | 'readsWhatWasAsked'
  | 'takesWithinLimits'
  | 'answersInOrder'
  | 'outlivesItsClose'
  | 'trimsForGood'
  | 'keepsTheLastNote'
  | 'refusesAtOnceWhenFull'
  | 'hasTheRoomItSays'
  | 'hasOneOwner';

const EVERYTHING = { maxRecords: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

/** The laws every block log keeps. */
export const BLOCK_LOG_LAWS: Readonly<Record<BlockLogLaw, BlockLogRule>> = {
  beginsEmpty: {
    rule: 'a log on a new place holds nothing, has no note, and an id that no other has',
    async check({ begin, again, expect }) {
      const [one, two] = [await again(await begin()), await again(await begin())];
      const { id, ...contents } = one.contents;
      expect(contents).toEqual({ first: 0, next: 0, note: undefined });
      expect(id === two.contents.id).toEqual(false);
      expect([one.log.bytes, one.log.take(0, EVERYTHING)]).toEqual([0, 0]);
    },
  },
  numbersRecords: {
    rule: 'an append answers the number of its first record, from 0',
    async check({ begin, expect }) {
      const log = await begin();
      expect([await append(log, 3), await append(log, 1), await append(log, 2)]).toEqual([0, 3, 4]);
      expect(log.take(0, EVERYTHING)).toEqual(6);
    },
  },
  keepsWholeBlocks: {
    rule: 'a block comes back with the bytes of all its parts, empty ones and big ones too',
    async check({ begin, expect }) {
      const log = await begin(10_000_000);
      await appended(log, { parts: [], records: 1 });
      await appended(log, {
        parts: [new Uint8Array(0), Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)],
        records: 2,
      });
      const big = new Uint8Array(300_000).fill(9);
      await appended(log, { parts: [big, Uint8Array.of(8), big], records: 1 });
      const [empty, small, large] = await read(log, 0, 4);
      expect([empty?.bytes.length, [...(small?.bytes ?? [])], large?.bytes.length]).toEqual([0, [1, 2, 3], 600_001]);
      expect([large?.bytes[299_999], large?.bytes[300_000], large?.bytes[300_001]]).toEqual([9, 8, 9]);
    },
  },
  readsWhatWasAsked: {
    rule: 'reading gives the blocks that hold the records that were asked for, in order, and no others',
    async check({ begin, expect }) {
      const log = await begin();
      for (let block = 0; block < 5; block++) await append(log, 2);
      const spans = async (from: number, until: number): Promise<readonly (readonly number[])[]> =>
        (await read(log, from, until)).map(({ first, records }) => [first, records]);
      expect(await spans(0, 10)).toEqual([0, 2, 4, 6, 8].map((first) => [first, 2]));
      expect(await spans(3, 4)).toEqual([[2, 2]]);
      expect(await spans(3, 5)).toEqual([
        [2, 2],
        [4, 2],
      ]);
      expect(await spans(4, 4)).toEqual([]);
    },
  },
  takesWithinLimits: {
    rule: 'single records up to the limit in records, whole blocks up to the limit in bytes, one block at least',
    async check({ begin, expect }) {
      const log = await begin();
      for (let block = 0; block < 5; block++) await append(log, 4, 100);
      const { maxRecords, maxBytes } = EVERYTHING;
      expect([1, 4, 6, 99].map((most) => log.take(0, { maxRecords: most, maxBytes }))).toEqual([1, 4, 6, 20]);
      expect([1, 100, 199, 200, 1e9].map((most) => log.take(0, { maxRecords, maxBytes: most }))).toEqual([
        4, 4, 4, 8, 20,
      ]);
      expect([log.take(6, { maxRecords, maxBytes: 200 }), log.take(20, EVERYTHING)]).toEqual([12, 20]);
    },
  },
  answersInOrder: {
    rule: 'appends that come together are answered in the order of the calls',
    async check({ begin, expect }) {
      const log = await begin();
      const order: number[] = [];
      const answers = Array.from({ length: 100 }, (_, n) => append(log, 1, n).then((first) => order.push(first)));
      await Promise.all(answers);
      expect(order).toEqual(answers.map((_, n) => n));
      expect((await read(log, 0, 100)).map(({ bytes }) => bytes.length)).toEqual(order);
    },
  },
  outlivesItsClose: {
    rule: 'closed and opened again it is the same log, holds the same, and goes on with its numbers',
    async check({ begin, again, open, expect }) {
      const log = await begin();
      await append(log, 2, 10);
      await append(log, 3, 20);
      await promised(() => log.close());
      const { id } = await open(log);
      const next = await again(log);
      expect(next.contents).toEqual({ id, first: 0, next: 5, note: undefined });
      expect((await read(next.log, 0, 5)).map(({ bytes }) => bytes.length)).toEqual([10, 20]);
      expect(await append(next.log, 1)).toEqual(5);
    },
  },
  trimsForGood: {
    rule: 'what is trimmed gives its room back and does not come back; a block that is trimmed in part is still read',
    async check({ begin, again, expect }) {
      const log = await begin();
      for (let block = 0; block < 4; block++) await append(log, 5, 100);
      const before = log.bytes;
      await promised(() => log.trim(12));
      await promised(() => log.trim(3));
      expect(log.bytes < before).toEqual(true);
      const next = await again(log);
      expect([next.contents.first, next.contents.next]).toEqual([12, 20]);
      expect((await read(next.log, 12, 20)).map(({ first }) => first)).toEqual([10, 15]);
      await promised(() => next.log.trim(20));
      expect(next.log.bytes).toEqual(0);
      const last = await again(next.log);
      expect([last.contents.first, last.contents.next, await append(last.log, 1)]).toEqual([20, 20, 20]);
    },
  },
  keepsTheLastNote: {
    rule: 'the last note replaces the one before it and outlives all blocks; a block without one changes nothing',
    async check({ begin, again, expect }) {
      const log = await begin();
      await appended(log, { parts: [], records: 1, note: { marks: [1, null] } });
      await appended(log, { parts: [], records: 1, note: { marks: [2, 'two'] } });
      await append(log, 1);
      await promised(() => log.trim(3));
      const next = await again(log);
      expect(next.contents.note).toEqual({ marks: [2, 'two'] });
      expect((await again(next.log)).contents.note).toEqual({ marks: [2, 'two'] });
    },
  },
  refusesAtOnceWhenFull: {
    rule: 'a block that does not fit is refused with BUFFER_FULL, retriable, and spends no number',
    async check({ begin, expect }) {
      const log = await begin(2000);
      await append(log, 1, 1500);
      expect(log.hasRoom(1500)).toEqual(false);
      const refusal = await append(log, 1, 1500).catch((error: unknown) => error);
      expect([isStreamError(refusal, 'BUFFER_FULL'), (refusal as { retriable?: boolean }).retriable]).toEqual([
        true,
        true,
      ]);
      await promised(() => log.trim(1));
      expect([log.hasRoom(1500), await append(log, 1, 1500)]).toEqual([true, 1]);
    },
  },
  hasTheRoomItSays: {
    rule: 'while it says that there is room for a block it takes it, and never holds much more than it may',
    async check({ begin, expect }) {
      const log = await begin(10_000);
      let blocks = 0;
      while (log.hasRoom(97)) {
        expect(await append(log, 1, 97)).toEqual(blocks);
        blocks += 1;
      }
      expect([blocks > 20, log.bytes <= log.maxBytes + 500]).toEqual([true, true]);
    },
  },
  hasOneOwner: {
    rule: 'a durable log is refused to others with LOG_OWNED as long as it is open',
    async check({ begin, other, open, expect }) {
      const log = await begin();
      const second = await other(log);
      if (second === undefined) return;
      const refusal = await open(second).catch((error: unknown) => error);
      expect(isStreamError(refusal, 'LOG_OWNED')).toEqual(true);
      expect(await append(log, 1)).toEqual(0);
      await promised(() => log.close());
      expect((await open(second)).next).toEqual(1);
    },
  },
};

function appended(log: BlockLog, block: NewBlock): Promise<number> {
  return promised((): Answer<number> => log.append(block));
}

/** A block of so many records and bytes. */
function append(log: BlockLog, records: number, size = 10): Promise<number> {
  return appended(log, { parts: [new Uint8Array(size)], records });
}

function read(log: BlockLog, from: number, until: number): Promise<readonly LoggedBlock[]> {
  return promised(() => log.read(from, until));
}
