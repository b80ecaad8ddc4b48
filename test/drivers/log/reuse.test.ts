/** Files of segments that are trimmed are written again, as that costs the disk less: nothing of what was in them comes back. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FRAME_HEAD } from '../../../src/drivers/log/frames.ts';
import { readLog } from '../../../src/drivers/log/readLog.ts';
import {
  type WriteAheadLog,
  type WriteAheadLogOptions,
  writeAheadLog,
} from '../../../src/drivers/log/writeAheadLog.ts';
import type { LogReport } from '../../../src/sources/receiver/BlockLog.ts';
import { withFileCalls, withoutWaitingForTheDisk } from '../../support/fileCalls.ts';
import { appended, expectNumbered, numberedBlock, opened, readAll } from '../../support/numberedBlocks.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

withoutWaitingForTheDisk();
closesItsFiles();
const root = temporaryFolder();
let count = 0;
/** A few blocks of a hundred bytes make a segment. */
const SMALL = { segmentBytes: 400 };
const open = async (options: Partial<WriteAheadLogOptions> = {}): Promise<[WriteAheadLog, string]> => {
  const folder = join(root, `${count++}`);
  const log = writeAheadLog({ folder, ...SMALL, ...options });
  await opened(log);
  return [log, folder];
};
const inodes = (folder: string, kind: string): readonly number[] =>
  names(folder, kind).map((file) => statSync(join(folder, file)).ino);
const names = (folder: string, kind: string): readonly string[] =>
  readdirSync(folder).filter((file) => file.startsWith(kind));

/** Appends blocks of a hundred bytes up to a record, and trims all but the last so many. */
async function going(log: WriteAheadLog, from: number, until: number, left: number): Promise<void> {
  for (let next = from; next < until; next++) {
    await appended(log, next, 1, 100);
    if (next - left > 0) await log.trim(next - left);
  }
}

describe('a log that is trimmed as it grows', () => {
  it('goes on in the same few files, and holds what is not trimmed', async () => {
    const [log, folder] = await open();
    await going(log, 0, 30, 4);
    const before = new Set([...inodes(folder, 'blocks'), ...inodes(folder, 'spare')]);
    await going(log, 30, 200, 4);
    expect([...inodes(folder, 'blocks'), ...inodes(folder, 'spare')].filter((file) => !before.has(file))).toEqual([]);
    expectNumbered(await log.read(196, 200), 196, 200);
    await log.close();
    const contents = await opened(log);
    expect(contents).toMatchObject({ next: 200, note: { upTo: 200 } });
    expectNumbered(await readAll(log, contents), contents.first, 200);
    await log.close();
  });

  it('keeps few files to be written again, and none when it is closed', async () => {
    const [log, folder] = await open();
    await going(log, 0, 60, 60);
    await log.trim(59);
    expect(names(folder, 'spare').length).toBe(4);
    await log.close();
    expect(names(folder, 'spare')).toEqual([]);
  });

  it('is found as it was by who comes after a kill, at any block of such a file', async () => {
    const [log, folder] = await open();
    await going(log, 0, 30, 4);
    for (let next = 30; next < 50; next++) {
      await going(log, next, next + 1, 4);
      const copy = mkdtempSync(join(root, 'killed-'));
      cpSync(folder, copy, { recursive: true });
      const reports: LogReport[] = [];
      const heir = writeAheadLog({ folder: copy, ...SMALL, takeOver: true });
      const contents = await opened(heir, reports);
      expect([contents.next, contents.note, reports]).toEqual([next + 1, { upTo: next + 1 }, []]);
      expectNumbered(await readAll(heir, contents), contents.first, next + 1);
      expect(names(copy, 'spare')).toEqual([]);
      await going(heir, next + 1, next + 10, 4);
      await heir.close();
      rmSync(copy, { recursive: true });
    }
    await log.close();
  });

  it('says that a batch asks too late whose records were trimmed and written over while it read them', async () => {
    const [log] = await open({ recentBytes: 0 });
    await going(log, 0, 12, 12);
    let isTrimmed = false;
    const reading = withFileCalls(
      async ({ name }) => {
        if (name !== 'open' || isTrimmed) return;
        isTrimmed = true;
        await log.trim(11);
        await going(log, 12, 13, 12);
      },
      () => log.read(0, 12),
    );
    await expect(reading).rejects.toMatchObject({ code: 'DATA_LOST' });
    await log.close();
  });
});

describe('a file that was written again', () => {
  it('is read up to its last whole group, or refused, with whatever byte of it flipped or zero from there on', async () => {
    const [log, folder] = await open();
    await going(log, 0, 32, 4);
    const file = names(folder, 'blocks').at(-1) as string;
    const whole = readFileSync(join(folder, file));
    expect(whole.toString('latin1')).toContain('"reused":true');
    const used = whole.indexOf('\0'.repeat(40), whole.indexOf('31+1|'));
    const outcomes = { refused: 0, torn: 0, shorter: 0, whole: 0 };
    const copy = mkdtempSync(join(root, 'damaged-'));
    cpSync(folder, copy, { recursive: true });
    for (let at = 0; at < used + 40; at++) {
      for (const damage of ['flip', 'zero'] as const) {
        const bytes = Buffer.from(whole);
        if (damage === 'flip') bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
        else bytes.fill(0, at);
        writeFileSync(join(copy, file), bytes);
        outcomes[await found(copy)]++;
      }
    }
    expect(outcomes.refused).toBeGreaterThan(50);
    expect(outcomes.torn).toBeGreaterThan(100);
    // Zero from the end of a group on is an end; a disk does not write so.
    expect(outcomes.shorter).toBeLessThanOrEqual(3);
    await log.close();
  });

  it('is refused where a head of it became zero: no end has groups behind it', async () => {
    const [log, folder] = await open({ segmentBytes: 800 });
    await going(log, 0, 64, 4);
    const file = names(folder, 'blocks').at(-1) as string;
    const bytes = readFileSync(join(folder, file));
    // The head of the group before the last one, which is in the same file.
    const head = bytes.lastIndexOf('RXDW', bytes.indexOf('62+1|'));
    expect(head).toBeGreaterThan(0);
    bytes.fill(0, head, head + FRAME_HEAD);
    const copy = mkdtempSync(join(root, 'zeros-'));
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, file), bytes);
    await expect(readLog(copy)).rejects.toMatchObject({
      code: 'LOG_CORRUPT',
      message: expect.stringMatching(/there are zeros \(at byte \d+\), and what was written after it is whole/),
    });
    await log.close();
  });

  it('tells of a write that was cut off, but not how much of it was there', async () => {
    const [log, folder] = await open();
    await going(log, 0, 32, 4);
    const file = names(folder, 'blocks').at(-1) as string;
    const bytes = readFileSync(join(folder, file));
    bytes.fill(1, bytes.indexOf('31+1|'), bytes.indexOf('31+1|') + 5);
    const reports: LogReport[] = [];
    const copy = mkdtempSync(join(root, 'torn-'));
    cpSync(folder, copy, { recursive: true });
    writeFileSync(join(copy, file), bytes);
    const heir = writeAheadLog({ folder: copy, ...SMALL, takeOver: true });
    expect(await opened(heir, reports)).toMatchObject({ next: 31, note: { upTo: 31 } });
    expect(reports).toEqual([
      {
        code: 'LOG_TORN',
        message: expect.stringMatching(/a checksum does not fit.*never answered for and is not used/),
      },
    ]);
    await heir.close();
    await log.close();
  });

  it('has no name until its first group is in it: before that, there is nothing to be torn', async () => {
    const [log, folder] = await open();
    await going(log, 0, 32, 4);
    const calls: string[] = [];
    await withFileCalls(
      ({ name }) => {
        calls.push(name);
      },
      async () => {
        for (let next = 32; !calls.includes('rename'); next++) await log.append(numberedBlock(next, 1, 100));
      },
    );
    const renamed = calls.indexOf('rename');
    expect(calls.slice(calls.lastIndexOf('writev', renamed), renamed + 1)).toEqual(['writev', 'datasync', 'rename']);
    expect(names(folder, 'blocks').length).toBeGreaterThan(1);
    await log.close();
  });
});

/** How it ends to read a log: never with what was not there. */
async function found(folder: string): Promise<'refused' | 'torn' | 'shorter' | 'whole'> {
  try {
    const { torn, index, note } = await readLog(folder);
    expect(note).toBe(JSON.stringify({ upTo: index.next }));
    if (torn !== undefined) return 'torn';
    return index.next === 32 ? 'whole' : 'shorter';
  } catch (error) {
    expect(error).toMatchObject({ code: 'LOG_CORRUPT' });
    return 'refused';
  }
}
