import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { promised } from '../../src/core/Answer.ts';
import { StreamError } from '../../src/core/errors.ts';
import { writeAheadLog } from '../../src/drivers/log/writeAheadLog.ts';
import type { BlockLog, LogContents, LoggedBlock } from '../../src/sources/receiver/BlockLog.ts';
import { memoryLog } from '../../src/sources/receiver/memoryLog.ts';
import { blockLogContract } from '../../src/testing/blockLogContract.ts';
import { BLOCK_LOG_LAWS, type BlockLogLaw } from '../../src/testing/blockLogLaws.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = temporaryFolder();

/** For each law a log that does not keep it. */
const broken: Readonly<Record<BlockLogLaw, (log: BlockLog) => Partial<BlockLog>>> = {
  beginsEmpty: (log) => ({ open: () => ({ ...opened(log), id: 'always the same' }) }),
  numbersRecords: (log) => ({ append: (block) => (log.append(block) as number) + 1 }),
  keepsWholeBlocks: (log) => ({ append: (block) => log.append({ ...block, parts: block.parts.slice(0, 2) }) }),
  readsWhatWasAsked: (log) => ({ read: (from, until) => log.read(from, until + 1) }),
  takesWithinLimits: (log) => ({ take: (from, limit) => log.take(from, { ...limit, maxBytes: limit.maxBytes + 1 }) }),
  answersInOrder: (log) => ({
    append: async (block) => {
      if (block.parts[0]?.length === 7) for (let turns = 0; turns < 10; turns++) await undefined;
      return log.append(block) as number;
    },
  }),
  outlivesItsClose: (log) => {
    let current = log;
    return {
      open: () => opened(current),
      append: (block) => current.append(block),
      read: (from, until) => current.read(from, until),
      close: () => {
        current = memoryLog({ name: 'another', maxBytes: 1e6 });
      },
    };
  },
  trimsForGood: (log) => ({ open: () => ({ ...opened(log), first: 0 }) }),
  keepsTheLastNote: (log) => {
    let note: unknown;
    return {
      append: (block) => {
        note = block.note;
        return log.append(block);
      },
      open: () => ({ ...opened(log), note }),
    };
  },
  refusesAtOnceWhenFull: (log) => ({
    append: (block) => {
      try {
        return log.append(block);
      } catch {
        throw new StreamError('LOG_FAILED', 'it is full');
      }
    },
  }),
  hasTheRoomItSays: (log) => ({ hasRoom: (bytes) => log.hasRoom(bytes - 200) }),
  hasOneOwner: () => ({}),
};

describe('a log that breaks it is found out by', () => {
  it.each(Object.keys(BLOCK_LOG_LAWS) as BlockLogLaw[])('%s', async (law) => {
    expect(await failureOf(law, memory)).toBeUndefined();
    const make = law === 'hasOneOwner' ? shared() : (maxBytes: number) => like(memory(maxBytes), broken[law]);
    expect(await failureOf(law, make)).toBeInstanceOf(Error);
  });
});

describe('the suite', () => {
  it('asks for another log on the place of a durable one, and skips a law with its reason', async () => {
    expect(await failureOf('hasOneOwner', shared(), false)).toMatchObject({ message: 'a durable log needs reopen' });
    const skipped: string[] = [];
    const tests = Object.assign(() => {}, { skip: (title: string) => skipped.push(title) });
    blockLogContract(
      { describe: (_, body) => body(), it: tests, expect },
      { name: 'mine', make: memory, skip: { keepsTheLastNote: 'it keeps none' } },
    );
    expect(skipped).toEqual([expect.stringMatching(/^keepsTheLastNote: .* \[SKIPPED: it keeps none\]$/)]);
  });
});

function memory(maxBytes: number): BlockLog {
  return memoryLog({ name: 'memory', maxBytes });
}

/** A log on disk that anybody may take from anybody. */
function shared(): (maxBytes: number) => BlockLog {
  const folder = join(mkdtempSync(join(root, 'shared-')), 'log');
  return (maxBytes) => writeAheadLog({ folder, maxBytes, takeOver: true });
}

function like(log: BlockLog, change: (log: BlockLog) => Partial<BlockLog>): BlockLog {
  const { name, durable, maxBytes } = log;
  return {
    name,
    durable,
    maxBytes,
    get bytes() {
      return log.bytes;
    },
    hasRoom: (bytes) => log.hasRoom(bytes),
    open: (scheduler, report) => log.open(scheduler, report),
    append: (block) => log.append(block),
    take: (from, limit) => log.take(from, limit),
    read: (from, until) => log.read(from, until) as readonly LoggedBlock[],
    trim: (until) => log.trim(until),
    close: () => log.close(),
    ...change(log),
  };
}

function opened(log: BlockLog): LogContents {
  return log.open(undefined as never, () => {}) as LogContents;
}

/** Tries one law alone; answers what it failed with. */
async function failureOf(law: BlockLogLaw, make: (maxBytes: number) => BlockLog, reopens = true): Promise<unknown> {
  let test = (): Promise<void> => Promise.reject(new Error(`no test ${law}`));
  const framework = {
    describe: (_: string, body: () => void) => body(),
    it: Object.assign(
      (title: string, body: () => Promise<void>) => {
        if (title.startsWith(`${law}:`)) test = body;
      },
      { skip: () => {} },
    ),
    expect,
  };
  const reopen = (log: BlockLog): BlockLog => make(log.maxBytes);
  blockLogContract(framework, { name: 'mine', make, ...(reopens ? { reopen } : {}) });
  return promised(test).then(
    () => undefined,
    (error: unknown) => error,
  );
}
