import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type WriteAheadLog,
  type WriteAheadLogOptions,
  writeAheadLog,
} from '../../../src/drivers/log/writeAheadLog.ts';
import type { LogContents } from '../../../src/sources/receiver/BlockLog.ts';
import { withFileCalls } from '../../support/fileCalls.ts';
import { appended, expectNumbered, numberedBlock, opened, readAll } from '../../support/numberedBlocks.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

closesItsFiles();
const root = temporaryFolder();
let count = 0;
const freshFolder = (): string => join(root, `${count++}`, 'log');
const open = async (options: Partial<WriteAheadLogOptions> = {}): Promise<WriteAheadLog> => {
  const log = writeAheadLog({ folder: freshFolder(), ...options });
  await opened(log);
  return log;
};

describe('appends', () => {
  it('are answered in order, with numbers from 0 across all lives of the log', async () => {
    const folder = freshFolder();
    const log = writeAheadLog({ folder });
    let next = 0;
    for (let life = 0; life < 3; life++) {
      const contents = await opened(log);
      expect(contents).toMatchObject({ first: 0, next });
      const sizes = [
        [0, 2],
        [2, 1],
        [3, 5],
      ] as const;
      const answers = sizes.map(([at, records]) => log.append(numberedBlock(next + at, records, 100)));
      expect(await Promise.all(answers)).toEqual([next, next + 2, next + 3]);
      next += 8;
      await log.close();
    }
    const contents = await opened(log);
    expectNumbered(await readAll(log, contents), 0, 24);
    await log.close();
  });

  it('that come together share one write and one sync, and are answered in the order in which they came', async () => {
    const log = await open();
    await appended(log, 0);
    const calls: string[] = [];
    const order: number[] = [];
    await withFileCalls(
      ({ name }) => {
        if (name !== 'stat') calls.push(name);
      },
      async () => {
        await Promise.all(
          Array.from({ length: 1000 }, async (_, n) => order.push(await log.append(numberedBlock(n + 1, 1, 50)))),
        );
      },
    );
    expect(order).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1));
    expect(calls).toEqual(['writev', 'datasync']);
    expectNumbered(await log.read(0, 1001), 0, 1001);
    await log.close();
  });

  it('that come while a group is being written make up the next one', async () => {
    const log = await open();
    await appended(log, 0);
    const later: Promise<number>[] = [];
    let groups = 0;
    await withFileCalls(
      ({ name }) => {
        if (name === 'writev' && groups++ === 0)
          for (let n = 2; n < 6; n++) later.push(log.append(numberedBlock(n, 1, 50)));
      },
      async () => {
        await appended(log, 1);
        await Promise.all(later);
      },
    );
    expect(groups).toBe(2);
    expectNumbered(await log.read(0, 6), 0, 6);
    await log.close();
  });

  it.each([
    ['nothing in it', 0],
    ['one byte', 1],
    ['more than is read at once', 3 << 20],
  ])('a block with %s comes back as it was', async (_, size) => {
    const log = await open({ segmentBytes: 1 << 20 });
    let next = await appended(log, 0, 3, size);
    next = await appended(log, next, 2, size);
    expectNumbered(await log.read(0, next), 0, next);
    expect((await log.read(4, 5)).map(({ first, records }) => [first, records])).toEqual([[3, 2]]);
    await log.close();
    const contents = await opened(log);
    expectNumbered(await readAll(log, contents), 0, next);
    await log.close();
  });

  it('with 10,000 small blocks over many segments come back, each with bytes that nobody shares with the whole file', async () => {
    const log = await open({ segmentBytes: 100_000, sync: 'never' });
    await Promise.all(Array.from({ length: 10_000 }, (_, n) => log.append(numberedBlock(n, 1, 64))));
    const blocks = await log.read(0, 10_000);
    expectNumbered(blocks, 0, 10_000);
    expect(Math.max(...blocks.map(({ bytes }) => bytes.buffer.byteLength))).toBeLessThanOrEqual(256 << 10);
    await log.close();
  });
});

describe('a log that is full', () => {
  it('refuses at once, says how full it is and what to do, and keeps nothing of the block', async () => {
    const log = await open({ maxBytes: 1000 });
    const next = await appended(log, 0, 1, 700);
    expect([log.hasRoom(100), log.hasRoom(300)]).toEqual([true, false]);
    await expect(log.append(numberedBlock(next, 1, 300))).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      retriable: true,
      message: expect.stringMatching(/a block of 300 bytes, but .* holds 7\d\d of at most 1000\. Wait until batches/),
    });
    await appended(log, next, 1, 100);
    await log.close();
  });

  it('counts what is on its way to disk', async () => {
    const log = await open({ maxBytes: 1000 });
    const first = log.append(numberedBlock(0, 1, 700));
    expect(log.bytes).toBeGreaterThan(700);
    await expect(log.append(numberedBlock(1, 1, 700))).rejects.toMatchObject({ code: 'BUFFER_FULL' });
    expect(await first).toBe(0);
    await log.close();
  });

  it('has room again as soon as something is trimmed, also after it was closed', async () => {
    const log = await open({ maxBytes: 1000 });
    await appended(log, 0, 1, 700);
    await log.close();
    await opened(log);
    expect(log.hasRoom(300)).toBe(false);
    await log.trim(1);
    expect([log.bytes, log.hasRoom(1000)]).toEqual([0, true]);
    await appended(log, 1, 1, 1000);
    await log.close();
  });

  it('lets no more than a bounded number of bytes wait for the disk', async () => {
    const log = await open({ sync: 'never' });
    const big = { parts: [new Uint8Array(40 << 20)], records: 1 };
    const answers = [log.append(big), log.append(big)];
    expect(log.hasRoom(1 << 20)).toBe(true);
    await expect(answers[1]).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      retriable: true,
      message: expect.stringMatching(/wait for the disk.*Append when those before have been answered/),
    });
    expect(await answers[0]).toBe(0);
    await log.close();
  });

  it('says of a block that will never fit that it will not', async () => {
    const log = await open({ maxBlockBytes: 100 });
    expect(log.hasRoom(101)).toBe(false);
    await expect(log.append(numberedBlock(0, 1, 101))).rejects.toMatchObject({
      code: 'BUFFER_FULL',
      retriable: false,
      message: expect.stringMatching(/blocks of at most 100 bytes .* got one of 101\. Store fewer records/),
    });
    await log.close();
  });
});

describe('take', () => {
  it('gives whole blocks up to the limit in bytes, one at least, and single records up to the limit in records', async () => {
    const log = await open({ segmentBytes: 150 });
    for (let first = 0; first < 40; first += 4) await appended(log, first, 4, 50);
    const take = (from: number, maxRecords: number, maxBytes: number): number =>
      log.take(from, { maxRecords, maxBytes });
    const all = Number.POSITIVE_INFINITY;
    expect(take(0, all, all)).toBe(40);
    expect(take(40, all, all)).toBe(40);
    expect([take(0, 1, all), take(0, 5, all), take(7, 9, all)]).toEqual([1, 5, 16]);
    expect([take(0, all, 1), take(0, all, 99), take(0, all, 100), take(6, all, 150)]).toEqual([4, 4, 8, 16]);
    expect(take(3, 0, all)).toBe(3);
    await log.close();
  });

  it('sees what was answered, nothing else', async () => {
    const log = await open();
    const answer = log.append(numberedBlock(0, 3, 10));
    expect(log.take(0, { maxRecords: 10, maxBytes: 10 })).toBe(0);
    await answer;
    expect(log.take(0, { maxRecords: 10, maxBytes: 10 })).toBe(3);
    await log.close();
  });
});

describe('a note', () => {
  it('is the last one that is safe, and outlives the blocks, whatever goes', async () => {
    const log = await open({ segmentBytes: 200 });
    for (let first = 0; first < 20; first++) await appended(log, first, 1, 50);
    await log.append({ parts: [new Uint8Array(3)], records: 1 });
    await log.trim(21);
    for (let life = 0; life < 3; life++) {
      await log.close();
      expect(await opened(log)).toMatchObject({ first: 21, next: 21, note: { upTo: 20 } });
      expect(readdirSync(folderOf(log)).filter((file) => file.endsWith('.wal'))).toEqual([]);
    }
    await log.close();
  });

  it.each([[null], [0], ['text'], [[1, { a: [null] }]], [{ checksum: 'x', format: 1 }]])('may be %j', async (note) => {
    const log = await open({ segmentBytes: 1 });
    await log.append({ parts: [], records: 1, note });
    await log.append({ parts: [], records: 1 });
    await log.close();
    expect((await opened(log)).note).toEqual(note);
    await log.trim(2);
    await log.close();
    expect((await opened(log)).note).toEqual(note);
    await log.close();
  });

  it('is undefined as long as there was none', async () => {
    const log = await open();
    await log.append({ parts: [], records: 1 });
    await log.close();
    expect((await opened(log)).note).toBeUndefined();
    await log.close();
  });

  it('that is no JSON, or a block without records, is refused and spends no number', async () => {
    const log = await open();
    for (const note of [10n, () => 1, Symbol('x'), 'x'.repeat(2 << 20)]) {
      await expect(log.append({ parts: [], records: 1, note })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    for (const records of [0, -1, 1.5]) {
      await expect(log.append({ parts: [], records })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(await log.append({ parts: [], records: 1 })).toBe(0);
    await log.close();
  });
});

describe('its options', () => {
  it.each<[string, unknown, RegExp]>([
    ['no options', undefined, /expected options like/],
    ['no folder', {}, /folder.*text/],
    ['maxBytes of 0', { folder: 'x', maxBytes: 0 }, /maxBytes.*at least 1/],
    ['a segment of 2 GiB', { folder: 'x', segmentBytes: 2 ** 31 }, /segmentBytes.*at most 1073741824/],
    ['a block of 2 GiB', { folder: 'x', maxBlockBytes: 2 ** 31 }, /maxBlockBytes.*at most 1073741824/],
    [
      'a block of more than the log',
      { folder: 'x', maxBytes: 100, maxBlockBytes: 101 },
      /maxBlockBytes.*at most maxBytes/,
    ],
    [
      'a segment of more than the log',
      { folder: 'x', maxBytes: 99, segmentBytes: 100 },
      /segmentBytes.*at most maxBytes/,
    ],
    ['a sync of true', { folder: 'x', sync: true }, /'always' or 'never', got true/],
    ['a takeOver of yes', { folder: 'x', takeOver: 'yes' }, /true or false/],
  ])('%s: refused where it is written', (_, options, message) => {
    expect(() => writeAheadLog(options as WriteAheadLogOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
    );
  });

  it('nothing is touched before it is opened', async () => {
    const folder = freshFolder();
    const log = writeAheadLog({ folder });
    expect([log.bytes, log.hasRoom(1), log.durable, log.maxBytes]).toEqual([0, false, true, 1 << 30]);
    await log.close();
    expect(existsSync(folder)).toBe(false);
    await expect(log.append(numberedBlock(0, 1, 1))).rejects.toMatchObject({ code: 'LOG_FAILED' });
    await expect(log.read(0, 0)).rejects.toMatchObject({ code: 'LOG_FAILED' });
    expect(() => log.trim(1)).toThrow(expect.objectContaining({ code: 'LOG_FAILED' }));
  });

  it("with sync: 'never' nothing waits for the disk", async () => {
    const log = await open({ sync: 'never', segmentBytes: 200 });
    const syncs: string[] = [];
    const work = async (): Promise<LogContents> => {
      for (let first = 0; first < 10; first++) await appended(log, first, 1, 50);
      await log.trim(5);
      await log.close();
      return opened(log);
    };
    const contents = await withFileCalls(({ name }) => {
      if (name.endsWith('sync')) syncs.push(name);
    }, work);
    expect(contents).toMatchObject({ first: 5, next: 10 });
    // The owner's file alone, which is written once for each open.
    expect(syncs).toEqual(['sync']);
    await log.close();
  });
});

function folderOf(log: WriteAheadLog): string {
  return log.name.slice('the log in the folder '.length);
}
