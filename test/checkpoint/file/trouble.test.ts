/** What goes wrong with a folder: every failure says what it is and what to do, and nothing is half done. */
import { execFile, execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { type FolderLog, folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { withFailingClose, withFileCalls } from '../../support/fileCalls.ts';
import { closesItsFiles } from '../../support/openFiles.ts';
import { ownerFile } from '../../support/pretendOwner.ts';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { bytes, text, textOf } from '../log/logStorageLaws.ts';
import { readNumbers } from './NumberedLog.ts';

const root = temporaryFolder();
let count = 0;
const freshFolder = (): string => join(root, `${count++}`, 'checkpoint');
closesItsFiles();

describe('a folder', () => {
  it('is made with what is above it when it is owned, not before', async () => {
    const folder = join(freshFolder(), 'a', 'b');
    const storage = folderLog({ folder });
    expect([await storage.head(), await storage.segments()]).toEqual([undefined, []]);
    expect(existsSync(dirname(folder))).toBe(false);
    await storage.own();
    await storage.release();
    expect(existsSync(folder)).toBe(true);
  });

  it('may hold files of others, which are left alone', async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'lost+found'), { recursive: true });
    const foreign = ['notes.txt', 'head', 'owner-x', 'log-1.segment', '.hidden', 'head-1.bak', 'lost+found/x'];
    for (const file of foreign) writeFileSync(join(folder, file), 'mine');
    const storage = folderLog({ folder });
    await storage.own();
    await storage.append('log-1', bytes('x'), true);
    await storage.publish(bytes('head'));
    await storage.remove(['log-1', 'notes']);
    await storage.setAside();
    await storage.release();
    for (const file of foreign) expect(readFileSync(join(folder, file), 'utf8')).toBe('mine');
  });

  it.each([
    ['is a file', (folder: string) => writeFileSync(folder, 'a file'), /something else is in its place|no folder/],
    ['lies in a file', (folder: string) => writeFileSync(dirname(folder), 'a file'), /no folder/],
  ])('that %s is refused, and the file stays', async (_, make, todo) => {
    const folder = join(freshFolder(), 'here');
    mkdirSync(dirname(dirname(folder)), { recursive: true });
    if (String(make).includes('(folder, ')) mkdirSync(dirname(folder));
    make(folder);
    await expect(folderLog({ folder }).own()).rejects.toMatchObject({
      code: 'CHECKPOINT_FAILED',
      retriable: false,
      message: expect.stringMatching(todo),
      details: { folder },
    });
    expect(existsSync(dirname(folder)) || existsSync(folder)).toBe(true);
  });

  it('that cannot be written to is refused when it is loaded, with what to do, and is as it was', async (context) => {
    const lock = readOnly(join(root, `${count++}`));
    if (lock === undefined) return context.skip('nothing can be made read-only here');
    try {
      for (const path of [lock.folder, join(lock.folder, 'new')]) {
        await expect(fileCheckpoint(path).load()).rejects.toMatchObject({
          code: 'CHECKPOINT_FAILED',
          retriable: false,
          message: expect.stringMatching(
            /could not be taken \(.*\): (?:the file system is read-only|give this process permission)/,
          ),
        });
      }
      expect(readdirSync(lock.folder)).toEqual(['kept']);
    } finally {
      lock.unlock();
    }
  });

  it.runIf(process.platform === 'linux')('in which nothing can ever be made is refused', async () => {
    await expect(folderLog({ folder: '/proc/rx-dstream/checkpoint' }).own()).rejects.toMatchObject({
      code: 'CHECKPOINT_FAILED',
      message: expect.stringMatching(/cannot be made there; choose another path/),
    });
  });

  it('that is removed while it is in use ends the run, and is not made anew', async () => {
    const folder = freshFolder();
    const storage = folderLog({ folder });
    await storage.own();
    await storage.append('log-1', bytes('x'), true);
    rmSync(folder, { recursive: true });
    const gone = { code: 'CHECKPOINT_FAILED', message: expect.stringMatching(/was removed while it was in use/) };
    await expect(storage.append('log-1', bytes('y'), true)).rejects.toMatchObject(gone);
    await expect(storage.append('log-2', bytes('y'), true)).rejects.toMatchObject(gone);
    await expect(storage.publish(bytes('head'))).rejects.toMatchObject(gone);
    await expect(storage.copy('a', bytes('head'), [])).rejects.toMatchObject(gone);
    await storage.release();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('files of a checkpoint that are missing or damaged', () => {
  const made = async (): Promise<string> => {
    const folder = freshFolder();
    const storage = folderLog({ folder });
    await storage.own();
    await storage.append('log-1', bytes('x'), true);
    await storage.publish(bytes('head'));
    await storage.release();
    return folder;
  };

  it('a head that is missing is told from one that never was', async () => {
    const folder = await made();
    rmSync(join(folder, 'head-1'));
    for (let start = 0; start < 2; start++) {
      const storage = folderLog({ folder });
      await storage.own();
      await expect(storage.head()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
      await storage.release();
    }
    const storage = folderLog({ folder });
    await storage.own();
    const aside = await storage.setAside();
    expect(await storage.head()).toBeUndefined();
    expect(readdirSync(aside)).toEqual(['log-1@1.segment']);
    await storage.release();
  });

  it('a missing owner file does no harm', async () => {
    const folder = await made();
    rmSync(ownerFile(folder));
    const storage = folderLog({ folder });
    await storage.own();
    expect(text(await storage.head())).toBe('head');
    await storage.release();
  });

  it('an owner file that cannot be read keeps the folder, until it is taken over', async () => {
    const folder = await made();
    const path = ownerFile(folder);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"pid": ', '"pid": 1'));
    const refusal = {
      code: 'CHECKPOINT_OWNED',
      message: expect.stringMatching(/cannot be read who owns it.*takeOver: true/),
    };
    await expect(folderLog({ folder }).own()).rejects.toMatchObject(refusal);
    const storage = folderLog({ folder, takeOver: true });
    await storage.own();
    expect(text(await storage.head())).toBe('head');
    await storage.release();
  });

  it('the whole folder may be moved while nobody has it', async () => {
    const folder = await made();
    renameSync(folder, `${folder}-moved`);
    const storage = folderLog({ folder: `${folder}-moved` });
    await storage.own();
    expect([text(await storage.head()), await textOf(storage, 'log-1')]).toEqual(['head', 'x']);
    await storage.release();
  });

  it('a savepoint and what was set aside are folders that can be owned themselves', async () => {
    const folder = await made();
    const storage = folderLog({ folder });
    await storage.own();
    await storage.copy('kept', bytes('its head'), ['log-1']);
    const aside = await storage.setAside();
    await storage.release();
    const [version = ''] = readdirSync(join(folder, 'savepoints', 'kept'));
    for (const [path, head] of [
      [join(folder, 'savepoints', 'kept', version), 'its head'],
      [aside, 'head'],
    ] as const) {
      const other = folderLog({ folder: path });
      await other.own();
      expect([text(await other.head()), await textOf(other, 'log-1')]).toEqual([head, 'x']);
      await other.release();
    }
  });
});

describe('a disk that is full or fails', () => {
  const begun = async (folder: string): Promise<FolderLog> => {
    const storage = folderLog({ folder });
    await storage.own();
    await storage.append('log-1', bytes('answered'), true);
    await storage.publish(bytes('head'));
    return storage;
  };

  it('says so, and goes on with all that was answered when there is room again', async (context) => {
    const path = freshFolder();
    mkdirSync(dirname(path), { recursive: true });
    const disk = smallDisk(path, 256);
    if (disk === undefined) return context.skip('a small disk cannot be mounted here');
    try {
      const storage = await begun(join(path, 'checkpoint'));
      const full = {
        code: 'CHECKPOINT_UNAVAILABLE',
        retriable: true,
        message: expect.stringMatching(/could not be written \(ENOSPC.*the disk is full; make room/),
      };
      await expect(storage.append('log-1', new Uint8Array(400_000), true)).rejects.toMatchObject(full);
      await expect(storage.append('log-1', bytes('more'), true)).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' });
      await expect(storage.append('log-2', new Uint8Array(400_000), true)).rejects.toMatchObject(full);
      await expect(storage.publish(new Uint8Array(400_000))).rejects.toMatchObject(full);
      expect(text(await storage.head())).toBe('head');
      await storage.remove(['log-2']);
      await storage.release().catch(() => undefined); // no room to say so; this process knows it
      const next = folderLog({ folder: join(path, 'checkpoint') });
      rmSync(join(path, 'checkpoint', 'log-1@1.segment'));
      await next.own();
      expect(text(await next.head())).toBe('head');
      await next.append('log-3', bytes('new'), true);
      await next.release();
    } finally {
      disk.unmount();
    }
  });

  it('leaves all that was answered when a write fails half-way', async () => {
    const folder = freshFolder();
    mkdirSync(folder, { recursive: true });
    const program = await bundledProgram(fileURLToPath(new URL('keepsWriting.ts', import.meta.url)), dirname(folder));
    // A limit on file sizes, 8 blocks, makes a write fail in its middle, for every user.
    const limited = `trap '' XFSZ; ulimit -f 8; exec "$0" "$@"`;
    const run = promisify(execFile);
    const { stdout } = await run('sh', ['-c', limited, process.execPath, program, folder, '7', '100000']);
    const lines = stdout.trim().split('\n');
    expect(lines.at(-1)).toBe('CHECKPOINT_UNAVAILABLE');
    const storage = folderLog({ folder });
    await storage.own();
    expect((await readNumbers(storage)).next).toBe(Number(lines.at(-2)) + 1);
    await storage.release();
  });

  it.each([
    ['write', 'ENOSPC', 'CHECKPOINT_UNAVAILABLE'],
    ['write', 'EDQUOT', 'CHECKPOINT_UNAVAILABLE'],
    ['write', 'EIO', 'CHECKPOINT_UNAVAILABLE'],
    ['datasync', 'EIO', 'CHECKPOINT_UNAVAILABLE'],
    ['datasync', 'ENOSPC', 'CHECKPOINT_UNAVAILABLE'],
    ['stat', 'EIO', 'CHECKPOINT_UNAVAILABLE'],
    ['stat', 'EACCES', 'CHECKPOINT_FAILED'],
  ])('after a failed %s (%s) nothing more goes to that file', async (name, code, expected) => {
    const storage = await begun(freshFolder());
    const failing = (call: { readonly name: string }): void => {
      if (call.name === name) throw Object.assign(new Error(`${code}: made up`), { code });
    };
    await withFileCalls(failing, () =>
      expect(storage.append('log-1', bytes(' lost'), true)).rejects.toMatchObject({
        code: expected,
        details: { code },
      }),
    );
    const again = storage.append('log-1', bytes(' again'), true);
    if (name === 'stat') await again;
    else
      await expect(again).rejects.toMatchObject({
        code: 'CHECKPOINT_FAILED',
        message: expect.stringMatching(/load the checkpoint again/),
      });
    await storage.release();
  });

  it('publishes no head while bytes that it was answered for may be lost', async () => {
    const storage = await begun(freshFolder());
    await storage.append('log-1', bytes('not yet synced'), false);
    const failing = (call: { readonly name: string }): void => {
      if (call.name === 'datasync') throw Object.assign(new Error('EIO: made up'), { code: 'EIO' });
    };
    await withFileCalls(failing, () =>
      expect(storage.publish(bytes('new'))).rejects.toMatchObject({ code: 'CHECKPOINT_UNAVAILABLE' }),
    );
    await expect(storage.publish(bytes('new'))).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' });
    expect(text(await storage.head())).toBe('head');
    await storage.release();
  });

  it('that cannot close a file when it is given back can be taken again', async () => {
    const folder = freshFolder();
    const storage = folderLog({ folder });
    await storage.own();
    await withFailingClose(() => storage.append('log-1', bytes('x'), false));
    await expect(storage.release()).rejects.toMatchObject({ code: 'CHECKPOINT_UNAVAILABLE', details: { code: 'EIO' } });
    const next = folderLog({ folder });
    await next.own();
    await next.release();
  });

  it.each([
    ['EMFILE', 'CHECKPOINT_UNAVAILABLE', true],
    ['ENFILE', 'CHECKPOINT_UNAVAILABLE', true],
    ['EROFS', 'CHECKPOINT_FAILED', false],
    ['EACCES', 'CHECKPOINT_FAILED', false],
  ])(
    'that gives %s when it is taken is %s, and the folder can be taken afterwards',
    async (code, expected, retriable) => {
      const folder = freshFolder();
      const failing = (call: { readonly name: string }): void => {
        if (call.name === 'open') throw Object.assign(new Error(`${code}: made up`), { code });
      };
      const storage = folderLog({ folder });
      await withFileCalls(failing, () => expect(storage.own()).rejects.toMatchObject({ code: expected, retriable }));
      await storage.own();
      await storage.release();
    },
  );
});

describe('with sync: false', () => {
  it('nothing waits for the disk, once its folders are made', async () => {
    const storage = folderLog({ folder: freshFolder(), sync: false });
    await storage.own();
    await storage.copy('a', bytes('head'), []);
    const syncs: string[] = [];
    await withFileCalls(
      ({ name }) => {
        if (name.endsWith('sync')) syncs.push(name);
      },
      async () => {
        await storage.append('log-1', bytes('x'), true);
        await storage.publish(bytes('head'));
        await storage.copy('a', bytes('head'), ['log-1']);
      },
    );
    expect(syncs).toEqual([]);
    await storage.release();
  });
});

/** A folder with one file that nobody can write to; `undefined` where the system does not let us make one. */
function readOnly(path: string): { readonly folder: string; unlock(): void } | undefined {
  if (process.getuid?.() !== 0) {
    mkdirSync(path);
    writeFileSync(join(path, 'kept'), '');
    chmodSync(path, 0o555);
    return { folder: path, unlock: () => chmodSync(path, 0o755) };
  }
  const disk = smallDisk(path, 64);
  if (disk === undefined) return undefined;
  writeFileSync(join(path, 'kept'), '');
  execFileSync('mount', ['-o', 'remount,ro', path]);
  return { folder: path, unlock: () => disk.unmount() };
}
