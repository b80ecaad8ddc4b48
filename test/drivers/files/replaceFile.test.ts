import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { replaceFile } from '../../../src/drivers/files/replaceFile.ts';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = temporaryFolder();
let count = 0;
const freshPath = (): string => join(root, `${count++}`, 'file');
const source = fileURLToPath(new URL('../../../src/drivers/files/replaceFile.ts', import.meta.url));
const read = (path: string): string => readFileSync(path, 'utf8');
const keep = { keepPrevious: true };

describe('replaceFile', () => {
  it('makes the file and the folders above it', async () => {
    const path = join(dirname(freshPath()), 'a', 'b', 'file');
    await replaceFile(path, 'one', keep);
    expect(read(path)).toBe('one');
    expect(readdirSync(dirname(path))).toEqual(['file']);
  });

  it('keeps the generation before, and only that', async () => {
    const path = freshPath();
    for (const content of ['one', 'two', 'three']) await replaceFile(path, content, keep);
    expect([read(path), read(`${path}.previous`)]).toEqual(['three', 'two']);
    expect(readdirSync(dirname(path)).sort()).toEqual(['file', 'file.previous']);
  });

  it('leaves the generation before as it is where it is told to', async () => {
    const path = freshPath();
    for (const content of ['one', 'two']) await replaceFile(path, content, keep);
    writeFileSync(path, 'damaged');
    await replaceFile(path, 'three', { keepPrevious: false });
    expect([read(path), read(`${path}.previous`)]).toEqual(['three', 'one']);
  });

  it('goes on where a crash left both names on one file', async () => {
    const path = freshPath();
    await replaceFile(path, 'one', keep);
    const { linkSync } = await import('node:fs');
    linkSync(path, `${path}.previous`);
    await replaceFile(path, 'two', keep);
    expect([read(path), read(`${path}.previous`)]).toEqual(['two', 'one']);
    expect(readdirSync(dirname(path)).sort()).toEqual(['file', 'file.previous']);
  });

  it('syncs the content before it gets its name, and the folder afterwards', async () => {
    const path = freshPath();
    await replaceFile(path, 'one', keep);
    const handle = await open(path);
    const atSync: string[] = [];
    const sync = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, 'sync').mockImplementation(function (
      this: typeof handle,
    ) {
      atSync.push(read(path));
      return this.datasync();
    });
    await replaceFile(path, 'two', keep);
    sync.mockRestore();
    await handle.close();
    expect(atSync).toEqual(['one', 'two']);
  });

  it('writes bytes as they are', async () => {
    const path = freshPath();
    await replaceFile(path, Uint8Array.of(0, 255, 10), keep);
    expect([...readFileSync(path)]).toEqual([0, 255, 10]);
  });

  it('leaves old file, generation and folder as they were when the disk is full', async (context) => {
    const disk = smallDisk(join(root, 'small'), 64);
    if (disk === undefined) return context.skip('a small disk cannot be mounted here');
    try {
      const path = join(root, 'small', 'file');
      await replaceFile(path, 'one', keep);
      await replaceFile(path, 'two', keep);
      await expect(replaceFile(path, 'x'.repeat(200_000), keep)).rejects.toMatchObject({ code: 'ENOSPC' });
      expect([read(path), read(`${path}.previous`)]).toEqual(['two', 'one']);
      expect(readdirSync(dirname(path)).sort()).toEqual(['file', 'file.previous']);
      await replaceFile(path, 'three', keep);
      expect(read(path)).toBe('three');
    } finally {
      disk.unmount();
    }
  });

  it('leaves the old file when a write fails half-way', async () => {
    const path = freshPath();
    await replaceFile(path, 'one', keep);
    // The limit on file sizes makes the second half of the write fail.
    const script = `
      import { replaceFile } from ${JSON.stringify(source)};
      process.on('SIGXFSZ', () => {});
      const failure = await replaceFile(${JSON.stringify(path)}, 'x'.repeat(100_000), { keepPrevious: true }).catch((error) => error);
      console.log(failure?.code);`;
    const file = join(dirname(path), 'script.mts');
    writeFileSync(file, script);
    const node = `"${process.execPath}" --import "${import.meta.resolve('tsx')}" "${file}"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', `ulimit -f 40; ${node}`], {
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    });
    rmSync(file);
    expect(stdout.trim()).toBe('EFBIG');
    expect(read(path)).toBe('one');
    expect(readdirSync(dirname(path))).toEqual(['file']);
  });

  it('refuses a folder in the place of the file', async () => {
    const path = freshPath();
    mkdirSync(path, { recursive: true });
    await expect(replaceFile(path, 'one', { keepPrevious: false })).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readdirSync(dirname(path))).toEqual(['file']);
  });
});
