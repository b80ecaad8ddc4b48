import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecentPieces } from '../../../src/drivers/log/RecentPieces.ts';
import { Segment } from '../../../src/drivers/log/Segment.ts';
import {
  type WriteAheadLog,
  type WriteAheadLogOptions,
  writeAheadLog,
} from '../../../src/drivers/log/writeAheadLog.ts';
import { withFileCalls } from '../../support/fileCalls.ts';
import { appended, expectNumbered, numberedBlock, opened } from '../../support/numberedBlocks.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

closesItsFiles();
const root = temporaryFolder();
let count = 0;
const open = async (options: Partial<WriteAheadLogOptions> = {}): Promise<WriteAheadLog> => {
  const log = writeAheadLog({ folder: join(root, `${count++}`), ...options });
  await opened(log);
  return log;
};

/** Which segments are opened for these records, which are as they were appended. */
async function filesFor(log: WriteAheadLog, from: number, until: number): Promise<number> {
  let files = 0;
  await withFileCalls(
    ({ name }) => {
      if (name === 'open') files++;
    },
    async () => expectNumbered(await log.read(from, until), from, until),
  );
  return files;
}

describe('what was written last', () => {
  it('is read from memory for the first time, from any record on, and from the disk after that', async () => {
    const log = await open();
    await Promise.all(Array.from({ length: 300 }, (_, n) => log.append(numberedBlock(3 * n, 3, 2000))));
    expect(await filesFor(log, 0, 100)).toBe(0);
    expect(await filesFor(log, 100, 900)).toBe(0);
    expect(await filesFor(log, 0, 900)).toBe(1);
    await log.close();
  });

  it('is given as it was, whatever became of the buffers in which it came', async () => {
    const log = await open();
    const { parts } = numberedBlock(0, 1, 100_000);
    const mine = parts.map((part) => Uint8Array.from(part));
    await log.append({ parts: mine, records: 1 });
    for (const part of mine) part.fill(0);
    expect(await filesFor(log, 0, 1)).toBe(0);
    await log.close();
  });

  it.each([
    ['0: nothing', 0, 1],
    ['1 MB: what comes first of it', 1_000_000, 1],
    ['all of it', 10_000_000, 0],
  ])('is kept up to recentBytes (%s), and read from the disk beyond, in one row', async (_, recentBytes, files) => {
    const log = await open({ recentBytes });
    for (let n = 0; n < 30; n++) await appended(log, n, 1, n % 3 === 0 ? 100_000 : 50);
    expect(await filesFor(log, 0, 30)).toBe(files);
    await log.close();
  });

  it('is on the disk alone when the log is opened again, and counts no bytes', async () => {
    const log = await open();
    await appended(log, 0, 5, 1000);
    await log.close();
    await opened(log);
    expect(await filesFor(log, 0, 5)).toBe(1);
    await log.close();
  });

  it('makes room when it is trimmed without being read', async () => {
    const log = await open({ recentBytes: 150_000 });
    await appended(log, 0, 1, 100_000);
    await appended(log, 1, 1, 100_000);
    await log.trim(2);
    await appended(log, 2, 1, 100_000);
    expect(await filesFor(log, 2, 3)).toBe(0);
    await log.close();
  });

  it('is not given before it is safe', async () => {
    const log = await open();
    await appended(log, 0);
    const failing = withFileCalls(
      ({ name }) => {
        if (name === 'datasync') throw Object.assign(new Error('EIO: made up'), { code: 'EIO' });
      },
      () => log.append(numberedBlock(1, 1, 50)),
    );
    await expect(failing).rejects.toMatchObject({ code: 'LOG_FAILED' });
    await expect(log.read(0, 2)).rejects.toMatchObject({ code: 'DATA_LOST' });
    expectNumbered(await log.read(0, 1), 0, 1);
    await log.close();
  });
});

describe('pieces in memory', () => {
  const segment = new Segment({ number: 1, epoch: 1, file: 'x' }, 0);
  const piece = (first: number, next: number, bytes = 100) =>
    ({ segment, at: 0, bytes: Buffer.alloc(bytes), first, next }) as const;

  it('are found by any of their records, and by no other, while others come and go', () => {
    const pieces = new RecentPieces(1 << 20);
    for (let n = 0; n < 500; n++) {
      pieces.add(piece(10 * n, 10 * n + 8));
      if (n >= 20) pieces.forget(10 * (n - 20) + 8);
      expect(pieces.find(10 * n + 7)?.first).toBe(10 * n);
      expect(pieces.find(10 * n + 8)).toBeUndefined();
      expect(pieces.find(10 * (n - 20) + 7)).toBeUndefined();
      if (n >= 20) expect(pieces.find(10 * (n - 19))?.first).toBe(10 * (n - 19));
    }
    pieces.forget(5000);
    expect([pieces.bytes, pieces.find(4990)]).toEqual([0, undefined]);
  });

  it('never take more than they may, their own cost included', () => {
    const pieces = new RecentPieces(10_000);
    for (let n = 0; n < 1000; n++) pieces.add(piece(n, n + 1, 0));
    expect(pieces.bytes).toBeLessThanOrEqual(10_000);
    expect([pieces.find(0)?.first, pieces.find(999)]).toEqual([0, undefined]);
  });
});
