/** An owner of a log that is stopped or dies before any single call of the file system that it makes. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type WriteAheadLog, writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import { type FileCall, withFileCalls, withoutWaitingForTheDisk } from '../../support/fileCalls.ts';
import { died, stopped } from '../../support/interruptedDeeds.ts';
import { appended, expectNumbered, numberedBlock, opened, readAll } from '../../support/numberedBlocks.ts';
import { closesItsFiles, turnsUntil } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

withoutWaitingForTheDisk();
closesItsFiles();
const root = temporaryFolder();
let count = 0;
const freshFolder = (): string => join(root, `${count++}`, 'log');
const SMALL = { segmentBytes: 300 };

/** What an owner may be busy with. Each gives the record behind the last one that was answered. */
const DEEDS: Readonly<Record<string, (log: WriteAheadLog, next: number) => Promise<number>>> = {
  'an append': (log, next) => appended(log, next, 2, 50),
  'an append that begins a segment': async (log, next) => {
    await log.append(numberedBlock(next, 1, 300));
    return appended(log, next + 1, 1, 50);
  },
  'an append to a file that is written again': async (log, next) => {
    await log.trim(next - 1);
    await log.append(numberedBlock(next, 1, 300));
    return appended(log, next + 1, 1, 50);
  },
  'a trim that removes files': async (log, next) => {
    await log.trim(next - 1);
    return next;
  },
  'its end': async (log, next) => {
    await log.trim(next - 1);
    await log.close();
    return next;
  },
};

describe('an owner that is stopped before any call of the file system, and goes on when another has taken over', () => {
  it.each(Object.keys(DEEDS))('in %s does no harm; what was answered before is there', async (deed) => {
    const outcomes = new Set<string>();
    for (let stop = 0; ; stop++) {
      const folder = freshFolder();
      const zombie = writeAheadLog({ folder, ...SMALL });
      await opened(zombie);
      const begun = await filled(zombie, 0);
      const heir = writeAheadLog({ folder, ...SMALL, takeOver: true });
      let next = 0;
      const meanwhile = async (): Promise<void> => {
        const contents = await opened(heir);
        expect(contents.next).toBeGreaterThanOrEqual(begun);
        next = await filled(heir, contents.next);
      };
      const { calls, outcome } = await stopped(stop, meanwhile, () => (DEEDS[deed] as typeof appendOf)(zombie, begun));
      if (calls.length <= stop) {
        await zombie.close();
        break;
      }
      outcomes.add(outcome);
      await zombie.close();
      await expectLater(heir, next);
    }
    const expected = deed.startsWith('an append') ? 'LOG_OWNED' : 'done';
    expect(outcomes.has(expected)).toBe(true);
    expect([...outcomes].filter((outcome) => !['LOG_OWNED', 'done'].includes(outcome))).toEqual([]);
  });

  it.each([1, 3])('while it opens the log, and %s others do meanwhile: it is refused', async (others) => {
    const outcomes = new Set<string>();
    for (let stop = 0; ; stop++) {
      const folder = freshFolder();
      const first = writeAheadLog({ folder, ...SMALL });
      await opened(first);
      await filled(first, 0);
      await first.close();
      const zombie = writeAheadLog({ folder, ...SMALL });
      const heir = writeAheadLog({ folder, ...SMALL, takeOver: true });
      let next = 0;
      const meanwhile = async (): Promise<void> => {
        for (let other = 0; other < others; other++) {
          if (other > 0) await heir.close();
          const contents = await opened(heir);
          next = await filled(heir, contents.next);
          await heir.trim(contents.next + 1);
        }
      };
      const { calls, outcome } = await stopped(stop, meanwhile, async () => {
        await opened(zombie);
        await zombie.append(numberedBlock(0, 1, 10));
      });
      await zombie.close();
      if (calls.length <= stop) break;
      outcomes.add(outcome);
      if (next === 0) continue;
      await expectLater(heir, next);
    }
    expect([...outcomes].filter((outcome) => outcome !== 'LOG_OWNED')).toEqual([]);
  });
});

describe('an owner that removes what is trimmed while another takes over and reads', () => {
  it('at any moment of it: the other finds all that was answered', async () => {
    for (let moment = 0; ; moment++) {
      const folder = freshFolder();
      const log = writeAheadLog({ folder, ...SMALL });
      await opened(log);
      const next = await filled(log, 0);
      const heir = writeAheadLog({ folder, ...SMALL, takeOver: true });
      let [isRemoving, isReading, calls] = [false, false, 0];
      let goOn = (): void => {};
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      let trimmed: Promise<void> | undefined;
      const before = async ({ name, path }: FileCall): Promise<void> => {
        if (!isRemoving && name === 'rm' && path.endsWith('.wal')) {
          isRemoving = true;
          await held;
        } else if (isReading && calls++ === moment) {
          goOn();
          await trimmed;
        }
      };
      await withFileCalls(before, async () => {
        trimmed = log.trim(next - 1);
        await turnsUntil(() => isRemoving);
        isReading = true;
        const contents = await opened(heir);
        isReading = false;
        expect(contents).toMatchObject({ first: next - 1, next, note: { upTo: next } });
        expectNumbered(await readAll(heir, contents), next - 1, next);
        goOn();
        await trimmed;
      });
      await log.close();
      await expectLater(heir, next);
      if (calls <= moment) break;
    }
  });
});

describe('an owner that dies before any call of the file system', () => {
  it.each(Object.keys(DEEDS))('in %s: the next one finds all that was answered, and goes on', async (deed) => {
    for (let death = 0; ; death++) {
      const folder = freshFolder();
      const log = writeAheadLog({ folder, ...SMALL });
      await opened(log);
      const begun = await filled(log, 0);
      const { calls } = await died(death, () => (DEEDS[deed] as typeof appendOf)(log, begun));
      const next = writeAheadLog({ folder, ...SMALL, takeOver: true });
      const contents = await opened(next);
      await log.close(); // closes its files, nothing else
      expect(contents.next).toBeGreaterThanOrEqual(begun);
      expect(contents.note).toEqual({ upTo: contents.next });
      expectNumbered(await readAll(next, contents), contents.first, contents.next);
      await expectLater(next, await filled(next, contents.next));
      if (calls.length <= death) break;
    }
  });

  it.each(['nothing', 'what another one left'])('while it opens %s', async (place) => {
    for (let death = 0; ; death++) {
      const folder = freshFolder();
      const first = writeAheadLog({ folder, ...SMALL });
      let begun = 0;
      if (place !== 'nothing') {
        await opened(first);
        begun = await filled(first, 0);
        await first.close();
      }
      const log = writeAheadLog({ folder, ...SMALL });
      const { calls } = await died(death, () => opened(log));
      const next = writeAheadLog({ folder, ...SMALL, takeOver: true });
      expect(await opened(next)).toMatchObject({ first: 0, next: begun });
      await log.close(); // closes its file
      await expectLater(next, await filled(next, begun));
      if (calls.length <= death) break;
    }
  });
});

const appendOf = appended as (log: WriteAheadLog, next: number) => Promise<number>;

/** Appends over several segments, and gives the record behind them. */
async function filled(log: WriteAheadLog, from: number): Promise<number> {
  let next = from;
  for (let blocks = 0; blocks < 6; blocks++) next = await appended(log, next, 2, 80);
  return next;
}

/** The owner has all that it was answered, and so has the one after it. */
async function expectLater(log: WriteAheadLog, next: number): Promise<void> {
  await log.trim(1);
  const end = await appended(log, next, 1, 30);
  await log.close();
  const contents = await opened(log);
  expect(contents.next).toBe(end);
  expectNumbered(await readAll(log, contents), contents.first, end);
  await log.trim(end);
  await log.close();
  const files = readdirSync(log.name.slice('the log in the folder '.length));
  expect(files.filter((file) => file.endsWith('.wal') || file.startsWith('spare'))).toEqual([]);
}
