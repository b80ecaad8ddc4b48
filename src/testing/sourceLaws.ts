import { firstValueFrom, take, toArray } from 'rxjs';
import { promised } from '../core/Answer.ts';
import { type OffsetRange, partitionKey } from '../core/OffsetRange.ts';
import { type Cut, SOURCE, type SourceObservable } from '../sources/Source.ts';
import type { TestFramework } from './offsetStoreContract.ts';
import { eventually, SourceSession } from './SourceSession.ts';
import type { SourcePlace } from './sourceContract.ts';

/** What a law is given. */
export interface SourceTrial {
  readonly place: SourcePlace<unknown>;
  readonly recordKey: (record: unknown) => unknown;
  readonly unit: number;
  readonly patienceMs: number;
  readonly expect: TestFramework['expect'];
}

interface Law {
  readonly rule: string;
  readonly check: (trial: SourceTrial) => Promise<void>;
}

/** The laws of a source, by name. */
export type SourceLaw =
  | 'inOrder'
  | 'noGapNoOverlap'
  | 'sameCut'
  | 'plainData'
  | 'limit'
  | 'offsets'
  | 'settled'
  | 'resumes'
  | 'unsettledAgain'
  | 'anotherProcess'
  | 'wakes'
  | 'closes'
  | 'direct'
  | 'leaves';

/** Every law with its rule in words and its check. */
export const SOURCE_LAWS: Readonly<Record<SourceLaw, Law>> = {
  inOrder: {
    rule: 'cuts give every record once, in order',
    check: (trial) =>
      withSession(trial, async (session) => {
        const fed = await feed(trial, 5);
        const { records } = await session.cutUntil(fed.length);
        trial.expect(keys(trial, records).slice(0, fed.length)).toEqual(fed);
      }),
  },
  noGapNoOverlap: {
    rule: 'a cut begins where the one before it ended, also while records arrive',
    check: (trial) =>
      withSession(trial, async (session) => {
        const fed: unknown[] = [];
        const got: unknown[] = [];
        for (let round = 0; round < 4; round++) {
          fed.push(...(await feed(trial, 3)));
          const { records } = await session.cutUntil(Math.max(0, fed.length - got.length - 1), 2);
          got.push(...keys(trial, records));
        }
        const { records } = await session.cutUntil(Math.max(0, fed.length - got.length), 2);
        trial.expect([...got, ...keys(trial, records)].slice(0, fed.length)).toEqual(fed);
      }),
  },
  sameCut: {
    rule: 'the same cut always gives the same records: read twice, after a visit that stopped early, after later cuts',
    check: (trial) =>
      withSession(trial, async (session) => {
        const { cuts, records } = await session.cutUntil((await feed(trial, 3)).length);
        const first = cuts[0] as Cut;
        await session.readOne(first);
        await session.cutUntil((await feed(trial, 3)).length);
        for (let again = 0; again < 2; again++) trial.expect(await session.read(first)).toEqual(records[0]);
      }),
  },
  plainData: {
    rule: 'a cut that went through JSON gives the same records: it can be kept in a checkpoint',
    check: (trial) =>
      withSession(trial, async (session) => {
        const { cuts, records } = await session.cutUntil((await feed(trial, 3)).length);
        const copy: Cut = JSON.parse(JSON.stringify(cuts[0]));
        trial.expect(copy.data).toEqual(structuredClone(cuts[0]?.data));
        trial.expect(await session.read(copy)).toEqual(records[0]);
      }),
  },
  limit: {
    rule: 'a cut holds no more records than its limit, and no fewer than it says',
    check: (trial) =>
      withSession(trial, async (session) => {
        const { cuts, records } = await session.cutUntil((await feed(trial, 10)).length, 2);
        const most = Math.max(2, trial.unit);
        trial.expect(records.filter((some) => some.length > most)).toEqual([]);
        const known = cuts.map((cut, i) => cut.records ?? records[i]?.length);
        trial.expect(known).toEqual(records.map((some) => some.length));
      }),
  },
  offsets: {
    rule: 'the offset ranges of a partition follow each other without gap or overlap',
    check: (trial) =>
      withSession(trial, async (session) => {
        const { cuts } = await session.cutUntil((await feed(trial, 8)).length, 2);
        const reached = new Map<string, number>();
        const broken: OffsetRange[] = [];
        for (const range of cuts.flatMap(({ offsets }) => offsets ?? [])) {
          if (range.from !== (reached.get(partitionKey(range)) ?? range.from) || range.until < range.from)
            broken.push(range);
          reached.set(partitionKey(range), range.until);
        }
        trial.expect(broken).toEqual([]);
      }),
  },
  settled: {
    rule: 'settling is cumulative and idempotent, and leaves later cuts alone',
    check: (trial) =>
      withSession(trial, async (session) => {
        const { cuts, records } = await session.cutUntil((await feed(trial, 6)).length, 1);
        const [first, second, third] = cuts as [Cut, Cut, Cut];
        for (const cut of [second, second, first]) await session.settle(cut);
        trial.expect(await session.read(third)).toEqual(records[2]);
        trial
          .expect(keys(trial, (await session.cutUntil((await feed(trial, 2)).length)).records).length >= 2)
          .toEqual(true);
      }),
  },
  resumes: {
    rule: 'opened at the position of a cut it goes on right after it',
    check: async (trial) => {
      const session = await opened(trial);
      const fed = await feed(trial, 6);
      const { cuts, records } = await session.cutUntil(2 * trial.unit, 1);
      for (const cut of cuts) await session.settle(cut);
      await session.close();
      const again = await opened(trial, cuts.at(-1)?.position);
      await goesOn(trial, again, keys(trial, records), fed);
    },
  },
  unsettledAgain: {
    rule: 'a cut that had not settled gives the same records to the next run of the process',
    check: async (trial) => {
      const session = await opened(trial);
      const fed = await feed(trial, 6);
      const { cuts, records } = await session.cutUntil(4 * trial.unit, 1);
      await session.settle(cuts[0] as Cut);
      await session.close();
      const again = await opened(trial, cuts.at(-1)?.position);
      trial.expect(await Promise.all(cuts.slice(1).map((cut) => again.read(cut)))).toEqual(records.slice(1));
      await goesOn(trial, again, keys(trial, records), fed);
    },
  },
  anotherProcess: {
    rule: 'a replayable source gives an unsettled cut again and goes on after it in another process',
    check: async (trial) => {
      const { source, reopen } = trial.place;
      const session = await SourceSession.open(source[SOURCE](), undefined, trial.patienceMs);
      const { replayable } = session.source;
      if (replayable && reopen === undefined) throw new Error('a replayable source needs reopen()');
      const fed = await feed(trial, 6);
      const { cuts, records } = await session.cutUntil(3 * trial.unit, 1);
      await session.close();
      if (!replayable || reopen === undefined) return;
      const again = await SourceSession.open(reopen()[SOURCE](), throughJson(cuts.at(-1)?.position), trial.patienceMs);
      trial.expect(await again.read(throughJson(cuts[1]) as Cut)).toEqual(records[1]);
      await goesOn(trial, again, keys(trial, records), fed);
    },
  },
  wakes: {
    rule: 'a source that says so wakes when something has arrived',
    check: (trial) =>
      withSession(trial, async (session) => {
        if (!session.source.wakes) return;
        await session.cutUntil((await feed(trial, 1)).length);
        let asked = 0;
        const isNothingLeft = async (): Promise<boolean> => {
          asked = session.wakes;
          return (await session.cut()).empty;
        };
        await eventually('nothing to cut', isNothingLeft, trial.patienceMs);
        await feed(trial, 1);
        // As a drain trigger does it: every wake since the last cut is a reason to cut again, also one that came late.
        const hasBroughtOne = async (): Promise<boolean> => {
          if (session.wakes === asked) return false;
          asked = session.wakes;
          return !(await session.cut()).empty;
        };
        await eventually('a wake that brings a record', hasBroughtOne, trial.patienceMs);
      }),
  },
  closes: {
    rule: 'a closed source is quiet, and can be opened again',
    check: async (trial) => {
      const source = made(trial);
      const session = await SourceSession.open(source, undefined, trial.patienceMs);
      await session.cutUntil((await feed(trial, 1)).length);
      await session.close();
      const again = await SourceSession.open(source, undefined, trial.patienceMs);
      try {
        await again.cutUntil((await feed(trial, 1)).length);
        trial.expect(session.strayWakes).toEqual(0);
      } finally {
        await again.close();
      }
    },
  },
  direct: {
    rule: 'subscribed directly it is a stream of its records, which goes no further than take(n)',
    check: async (trial) => {
      const fed = await feed(trial, 4);
      const records = await firstValueFrom(trial.place.source.pipe(take(3), toArray()));
      trial.expect(records.map(trial.recordKey)).toEqual(fed.slice(0, 3));
    },
  },
  leaves: {
    rule: 'unsubscribed at any point it leaves nothing running',
    check: async (trial) => {
      const before = running();
      await feed(trial, 3);
      const { source } = trial.place;
      source.subscribe().unsubscribe();
      await feed(trial, 1);
      await firstValueFrom(source.pipe(take(1)));
      await promised(() => trial.place.dispose?.());
      await nothingLeft(trial, running, before);
    },
  },
};

async function withSession(
  trial: SourceTrial,
  check: (session: SourceSession<unknown>) => Promise<void>,
): Promise<void> {
  const session = await opened(trial);
  try {
    await check(session);
  } finally {
    await session.close();
  }
}

/** The rest of what was fed comes, each record once. */
async function goesOn(
  trial: SourceTrial,
  session: SourceSession<unknown>,
  before: readonly unknown[],
  fed: readonly unknown[],
): Promise<void> {
  try {
    const { records } = await session.cutUntil(Math.max(0, fed.length - before.length));
    trial.expect([...before, ...keys(trial, records)].slice(0, fed.length)).toEqual(fed);
  } finally {
    await session.close();
  }
}

function opened(trial: SourceTrial, position?: unknown): Promise<SourceSession<unknown>> {
  return SourceSession.open(made(trial), position, trial.patienceMs);
}

function made({ place }: SourceTrial): ReturnType<SourceObservable<unknown>[typeof SOURCE]> {
  return place.source[SOURCE]();
}

/** `count` units, so that there are as many cuts as a law needs. */
function feed({ place, unit }: SourceTrial, count: number): Promise<readonly unknown[]> {
  return promised(() => place.feed(count * unit));
}

function keys({ recordKey }: SourceTrial, records: readonly (readonly unknown[])[]): unknown[] {
  return records.flat().map(recordKey);
}

function throughJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

/** Timers, sockets and file operations that keep a process alive. */
function running(): number {
  return process.getActiveResourcesInfo().filter((kind) => /Timeout|TCP|FSReq/.test(kind)).length;
}

async function nothingLeft({ expect, patienceMs }: SourceTrial, count: () => number, before: number): Promise<void> {
  await eventually('what was started to end', () => count() <= before, patienceMs);
  expect(count() <= before).toEqual(true);
}
