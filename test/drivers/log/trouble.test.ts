/** What goes wrong with a log's folder: every failure says what it is and what to do, and nothing that was answered is lost. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import { type WriteAheadLog, writeAheadLog } from '../../../src/drivers/log/writeAheadLog.ts';
import type { LogReport } from '../../../src/sources/receiver/BlockLog.ts';
import { type FileCall, withFileCalls } from '../../support/fileCalls.ts';
import { appended, expectNumbered, numberedBlock, opened, readAll } from '../../support/numberedBlocks.ts';
import { closesItsFiles, turnsUntil } from '../../support/openFiles.ts';
import { pretendDead, pretendOwner } from '../../support/pretendOwner.ts';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

closesItsFiles();
const root = temporaryFolder();
let count = 0;
const freshFolder = (): string => join(root, `${count++}`, 'log');
const failing =
  (name: string, code: string) =>
  (call: FileCall): void => {
    if (call.name === name) throw Object.assign(new Error(`${code}: made up`), { code });
  };

describe('a folder', () => {
  it('may hold files of others, which are left alone', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'lost+found'), { recursive: true });
    const foreign = [
      'notes.txt',
      'head',
      'owner-x',
      'blocks-1.wal',
      'blocks-0@1.wal',
      '.hidden',
      'head-1.bak',
      'lost+found/x',
    ];
    for (const file of foreign) writeFileSync(join(folder, file), 'mine');
    const log = writeAheadLog({ folder, segmentBytes: 100 });
    await opened(log);
    for (let first = 0; first < 5; first++) await appended(log, first, 1, 50);
    await log.trim(5);
    await log.close();
    expect(await opened(log)).toMatchObject({ first: 5, next: 5 });
    await log.close();
    for (const file of foreign) expect(readFileSync(join(folder, file), 'utf8')).toBe('mine');
  });

  it('that cannot be written to is refused when it is opened, with what to do, and is as it was', async (context) => {
    const lock = readOnly(join(root, `${count++}`));
    if (lock === undefined) return context.skip('nothing can be made read-only here');
    try {
      for (const folder of [lock.folder, join(lock.folder, 'new')]) {
        await expect(opened(writeAheadLog({ folder }))).rejects.toMatchObject({
          code: 'LOG_FAILED',
          retriable: false,
          message: expect.stringMatching(
            /could not be opened \(.*\): (?:the file system is read-only|give this process permission)/,
          ),
        });
      }
      expect(readdirSync(lock.folder)).toEqual(['kept']);
    } finally {
      lock.unlock();
    }
  });

  it('that is a file, or in a file, is refused', async () => {
    const folder = freshFolder();
    mkdirSync(dirname(folder), { recursive: true });
    writeFileSync(folder, 'a file');
    for (const path of [folder, join(folder, 'log')]) {
      await expect(opened(writeAheadLog({ folder: path }))).rejects.toMatchObject({
        code: 'LOG_FAILED',
        retriable: false,
        message: expect.stringMatching(/choose another path\. There is no log in this place\.$/),
      });
    }
  });

  it('that is removed while it is read does not say that anything still is there', async () => {
    const folder = freshFolder();
    const log = writeAheadLog({ folder, recentBytes: 0 });
    await opened(log);
    await appended(log, 0);
    rmSync(folder, { recursive: true });
    const reading = log.read(0, 1);
    await expect(reading).rejects.toMatchObject({ code: 'LOG_FAILED' });
    await expect(reading).rejects.toThrow(/could not be read.*what was answered is gone with them/);
    await log.close().catch(() => {});
  });

  it('of a checkpoint is refused as that, with takeOver too, and the other way round', async () => {
    const [ofLog, ofCheckpoint] = [freshFolder(), freshFolder()];
    const [log, checkpoint] = [writeAheadLog({ folder: ofLog }), folderLog({ folder: ofCheckpoint })];
    await opened(log);
    await checkpoint.own();
    for (let isOpen = true, rounds = 0; rounds < 2; rounds++) {
      for (const takeOver of [false, true]) {
        const asLog = opened(writeAheadLog({ folder: ofCheckpoint, takeOver }));
        await expect(asLog).rejects.toMatchObject({ code: 'LOG_OWNED' });
        await expect(asLog).rejects.toThrow(/is the folder of a checkpoint\. Give each a folder of its own\.$/);
        const asCheckpoint = folderLog({ folder: ofLog, takeOver }).own();
        await expect(asCheckpoint).rejects.toMatchObject({ code: 'CHECKPOINT_OWNED' });
        await expect(asCheckpoint).rejects.toThrow(/is the folder of a log\. Give each a folder of its own\.$/);
      }
      if (isOpen) await Promise.all([log.close(), checkpoint.release()]);
      isOpen = false;
    }
    await opened(log);
    await checkpoint.own();
    await Promise.all([log.close(), checkpoint.release()]);
  });

  it('that is removed while it is in use ends the appends, and is not made anew', async () => {
    const folder = freshFolder();
    const log = writeAheadLog({ folder });
    await opened(log);
    await appended(log, 0);
    rmSync(folder, { recursive: true });
    const gone = { code: 'LOG_FAILED', message: expect.stringMatching(/was removed while it was in use/) };
    await expect(log.append(numberedBlock(1, 1, 10))).rejects.toMatchObject(gone);
    await expect(log.append(numberedBlock(1, 1, 10))).rejects.toMatchObject({ code: 'LOG_FAILED' });
    await log.close();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('an owner', () => {
  it('keeps others of its process out until it closes', async () => {
    const folder = freshFolder();
    const [first, second] = [writeAheadLog({ folder }), writeAheadLog({ folder })];
    await opened(first);
    await expect(opened(second)).rejects.toMatchObject({
      code: 'LOG_OWNED',
      message: expect.stringMatching(
        /another receiver of this process owns it.*Give each receiver a folder of its own[^:]*\.$/,
      ),
    });
    await appended(first, 0);
    await first.close();
    expect(await opened(second)).toMatchObject({ next: 1 });
    await second.close();
  });

  it('that is dead is followed at once; one on another host only by takeOver', async () => {
    const folder = freshFolder();
    const dead = writeAheadLog({ folder });
    await opened(dead);
    await appended(dead, 0);
    pretendOwner(folder, { token: 'of another process', host: 'elsewhere' });
    await expect(opened(writeAheadLog({ folder }))).rejects.toMatchObject({
      code: 'LOG_OWNED',
      message: expect.stringMatching(/cannot be seen from this host/),
    });
    pretendOwner(folder, { host: hostname() });
    pretendDead(folder);
    const heir = writeAheadLog({ folder });
    expect(await opened(heir)).toMatchObject({ next: 1 });
    await expect(dead.append(numberedBlock(1, 1, 10))).rejects.toMatchObject({
      code: 'LOG_OWNED',
      message: expect.stringMatching(/was taken over by process \d+.*it was not answered for/),
    });
    await expect(dead.append(numberedBlock(1, 1, 10))).rejects.toMatchObject({ code: 'LOG_OWNED' });
    await dead.close();
    await appended(heir, 1);
    await heir.close();
  });
});

describe('a disk that is full or fails', () => {
  it.each([
    ['writev', 'ENOSPC', true],
    ['writev', 'EDQUOT', true],
    ['writev', 'EIO', true],
    ['datasync', 'EIO', true],
    ['datasync', 'ENOSPC', true],
    ['stat', 'EACCES', false],
  ])(
    'after a failed %s (%s) every append is refused until it is opened again, and nothing that was answered is lost',
    async (name, code, retriable) => {
      const log = writeAheadLog({ folder: freshFolder() });
      await opened(log);
      await appended(log, 0, 3);
      const lost = await withFileCalls(failing(name, code), () =>
        Promise.allSettled([3, 4, 5].map((first) => log.append(numberedBlock(first, 1, 50)))),
      );
      expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
      expect((lost[0] as PromiseRejectedResult).reason).toMatchObject({
        code: 'LOG_FAILED',
        retriable,
        details: { code },
      });
      await expect(log.append(numberedBlock(3, 1, 50))).rejects.toMatchObject({
        code: 'LOG_FAILED',
        message: expect.stringMatching(/failed before .*open the log again/),
      });
      expectNumbered(await log.read(0, 3), 0, 3);
      await log.close();
      expect(await opened(log)).toMatchObject({ first: 0, next: 3, note: { upTo: 3 } });
      await appended(log, 3, 2);
      expectNumbered(await log.read(0, 5), 0, 5);
      await log.close();
    },
  );

  it('takes back what was written half, and has what was answered; trimmed files go also then', async (context) => {
    const path = freshFolder();
    mkdirSync(dirname(path), { recursive: true });
    const disk = smallDisk(path, 512);
    if (disk === undefined) return context.skip('a small disk cannot be mounted here');
    try {
      const log = writeAheadLog({ folder: join(path, 'log'), segmentBytes: 100_000 });
      await opened(log);
      let next = 0;
      const full = await (async () => {
        for (;;) next = await appended(log, next, 1, 30_000);
      })().catch((error) => error);
      expect(full).toMatchObject({
        code: 'LOG_FAILED',
        retriable: true,
        message: expect.stringMatching(/could not be written \(ENOSPC.*the disk is full; make room/),
      });
      expectNumbered(await log.read(0, next), 0, next);
      const before = readdirSync(join(path, 'log')).length;
      await log.trim(next - 2);
      expect(readdirSync(join(path, 'log')).length).toBeLessThan(before);
      await log.close();
      const contents = await opened(log);
      expect(contents).toMatchObject({ first: next - 2, next });
      expectNumbered(await readAll(log, contents), next - 2, next);
      await appended(log, next, 1, 30_000);
      await log.close();
    } finally {
      disk.unmount();
    }
  });

  it('that lets no file be removed is reported, and tried again with the next trim', async () => {
    const folder = freshFolder();
    const reports: LogReport[] = [];
    const log = writeAheadLog({ folder, segmentBytes: 100 });
    await opened(log, reports);
    for (let first = 0; first < 6; first++) await appended(log, first, 1, 80);
    const segments = (): number => readdirSync(folder).filter((file) => file.endsWith('.wal')).length;
    // Some are kept to be written again, the others are removed.
    const unmovable = (call: FileCall): void => {
      if (call.path.endsWith('.wal')) for (const name of ['rm', 'rename']) failing(name, 'EBUSY')(call);
    };
    await withFileCalls(unmovable, async () => log.trim(3));
    expect([segments(), reports]).toEqual([
      6,
      [
        expect.objectContaining({
          code: 'LOG_SLOW',
          message: expect.stringMatching(/could not be removed \(EBUSY.*tried again/),
        }),
      ],
    ]);
    await log.trim(4);
    expect([segments(), reports.length]).toEqual([2, 1]);
    await log.close();
  });

  it('at the end is reported; whoever opens the log next finds out where it ends', async () => {
    const reports: LogReport[] = [];
    const log = writeAheadLog({ folder: freshFolder() });
    await opened(log, reports);
    await appended(log, 0, 3);
    let renames = 0;
    const atTheEnd = (call: FileCall): void => {
      if (call.name === 'rename' && renames++ === 0) failing('rename', 'EIO')(call);
    };
    await withFileCalls(atTheEnd, () => log.close());
    expect(reports).toMatchObject([
      { code: 'LOG_SLOW', message: expect.stringMatching(/EIO.*\. Whoever opens it next finds out where it ends\.$/) },
    ]);
    expect(await opened(log)).toMatchObject({ first: 0, next: 3, note: { upTo: 3 } });
    await log.close();
  });

  it('has its last word on what is trimmed from the last trim, also if an earlier one is slow and it is closed meanwhile', async () => {
    const log = writeAheadLog({ folder: freshFolder(), segmentBytes: 100 });
    await opened(log);
    for (let first = 0; first < 6; first++) await appended(log, first, 1, 80);
    await withFileCalls(failing('writev', 'EIO'), () =>
      expect(log.append(numberedBlock(6, 1, 80))).rejects.toMatchObject({ code: 'LOG_FAILED' }),
    );
    let [heads, isClosed] = [0, false];
    const slowFirst = async ({ name }: FileCall): Promise<void> => {
      if (name === 'rename' && heads++ === 0) await turnsUntil(() => isClosed, 40_000);
    };
    await withFileCalls(slowFirst, async () => {
      const trims = [log.trim(2)];
      await turnsUntil(() => heads > 0);
      trims.push(log.trim(4));
      await log.close();
      isClosed = true;
      await Promise.all(trims);
    });
    const contents = await opened(log);
    expect(contents).toMatchObject({ first: 4, next: 6 });
    expectNumbered(await readAll(log, contents), 4, 6);
    await log.close();
  });

  it.each([
    ['EMFILE', true],
    ['EACCES', false],
  ])('that gives %s when it is opened can be opened afterwards', async (code, retriable) => {
    const log: WriteAheadLog = writeAheadLog({ folder: freshFolder() });
    await withFileCalls(failing('open', code), () =>
      expect(opened(log)).rejects.toMatchObject({ code: 'LOG_FAILED', retriable }),
    );
    await opened(log);
    await appended(log, 0);
    await log.close();
  });
});

/** A folder with one file that nobody can write to; `undefined` where the system does not let us make one. */
function readOnly(path: string): { readonly folder: string; unlock(): void } | undefined {
  mkdirSync(path);
  if (process.getuid?.() !== 0) {
    writeFileSync(join(path, 'kept'), '');
    chmodSync(path, 0o500);
    return { folder: path, unlock: () => chmodSync(path, 0o700) };
  }
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path], { stdio: 'ignore' });
    writeFileSync(join(path, 'kept'), '');
    execFileSync('mount', ['-o', 'remount,ro', path], { stdio: 'ignore' });
  } catch {
    return undefined; // not allowed here
  }
  return { folder: path, unlock: () => execFileSync('umount', [path]) };
}
