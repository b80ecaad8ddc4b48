import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FileLockHeld, whileLocked } from '../../../src/drivers/files/fileLock.ts';
import { thisProcess } from '../../../src/drivers/files/processIdentity.ts';
import { fileStoreError } from '../../../src/offsets/file/fileStoreError.ts';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { Program } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const folder = temporaryFolder();
let made = 0;
const freshPath = (): string => join(folder, `${made++}`, 'file');
const patienceMs = 30;

/** Puts the lock file of some process beside `path`. */
async function lockOf(
  path: string,
  who: { host?: string; boot?: string; pid?: number; start?: string },
): Promise<void> {
  const { boot = '', pid, start = '' } = thisProcess();
  const host = hostname().replaceAll(/[^\w.]/g, '_');
  const whole = { host, boot: boot.replaceAll('-', ''), pid, start, ...who };
  await whileLocked(path, { patienceMs }, async () => {});
  writeFileSync(`${join(path, '..', '.file.lock-')}${whole.host}-${whole.boot}-${whole.pid}-${whole.start}-0a0b`, '');
}

describe('the lock of a file', () => {
  it('is held by one process at a time, and leaves nothing behind', async () => {
    const path = freshPath();
    await whileLocked(path, { patienceMs }, async () => writeFileSync(path, '0'));
    const program = await bundledProgram(fileURLToPath(new URL('countUnderLock.ts', import.meta.url)), folder);
    const counting = Array.from(
      { length: 3 },
      () => new Program(spawn(process.execPath, [program, path, '60'], { stdio: ['ignore', 'pipe', 'pipe'] })),
    );
    for (const one of counting) expect(await one.exited(), one.errors).toBe(0);
    expect(readFileSync(path, 'utf8')).toBe('180');
    expect(readdirSync(join(path, '..'))).toEqual(['file']);
  });

  it('is given back when the work fails, with its failure', async () => {
    const path = freshPath();
    const failing = whileLocked(path, { patienceMs }, () => Promise.reject(new Error('no work')));
    await expect(failing).rejects.toThrow('no work');
    expect(readdirSync(join(path, '..'))).toEqual([]);
    await whileLocked(path, { patienceMs }, async () => {});
  });

  const dead = {
    'a process that has ended': { pid: 2 ** 22 + 1 },
    'an earlier process of the same number': { start: '1' },
    'an earlier start of this host': { boot: 'another' },
  };
  it.each(Object.entries(dead))('that %s has left counts for nothing, and is removed', async (_, who) => {
    const path = freshPath();
    await lockOf(path, who);
    expect(await whileLocked(path, { patienceMs }, async () => 'done')).toBe('done');
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });

  const living = { 'a process that lives': {}, 'another host': { host: 'elsewhere' } };
  it.each(Object.entries(living))('of %s is waited for, and then refused with its name', async (_, who) => {
    const path = freshPath();
    await lockOf(path, who);
    const waiting = whileLocked(path, { patienceMs }, async () => expect.unreachable());
    const failure: unknown = await waiting.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FileLockHeld);
    expect(() => fileStoreError(path, 'written', failure)).toThrow(
      expect.objectContaining({
        code: 'OFFSET_STORE_UNAVAILABLE',
        retriable: true,
        message: expect.stringMatching(/it holds .*\.file\.lock-.*End that process/),
      }),
    );
    // What the other one holds stays, and nothing else.
    expect(readdirSync(join(path, '..'))).toHaveLength(1);
  });
});
