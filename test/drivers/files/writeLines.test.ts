import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { writeLines } from '../../../src/drivers/files/writeLines.ts';
import { closesItsFiles, openFilesIn } from '../../support/openFiles.ts';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

closesItsFiles();

const root = temporaryFolder();
let count = 0;
const freshPath = (): string => join(root, `${count++}`);
/** Lines that do not pack well. */
const many = Array.from({ length: 20_000 }, (_, n) => `${n} ${(n * 2654435761) % 4294967296} größe`);
const text = many.map((line) => `${line}\n`).join('');

describe.each([{ gzip: false }, { gzip: true }])('lines with %j', ({ gzip }) => {
  const read = (path: string): string => (gzip ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString('utf8');

  it('are written in order, one a line, whole', async () => {
    const path = freshPath();
    await writeLines(path, many, { gzip });
    expect(read(path)).toBe(text);
  });

  it('of nothing are an empty file', async () => {
    const path = freshPath();
    await writeLines(path, [], { gzip });
    expect(read(path)).toBe('');
  });

  it('are the same bytes every time', async () => {
    const [one, other] = [freshPath(), freshPath()];
    await writeLines(one, many, { gzip });
    await writeLines(other, many, { gzip });
    expect(readFileSync(other).equals(readFileSync(one))).toBe(true);
  });

  it('that fail reject with their own error, and no file is left open', async () => {
    function* failing(): Iterable<string> {
      yield* many;
      throw new Error('no more lines');
    }
    await expect(writeLines(freshPath(), failing(), { gzip })).rejects.toThrow('no more lines');
    expect(openFilesIn(root)).toEqual([]);
  });

  it('reject with the reason of the abort: before the first, and in the middle', async () => {
    const early = AbortSignal.abort(new Error('run over'));
    await expect(writeLines(freshPath(), many, { gzip, signal: early })).rejects.toThrow('run over');
    const abort = new AbortController();
    let taken = 0;
    function* aborting(): Iterable<string> {
      for (const line of many) {
        if (taken++ === 10_000) abort.abort(new Error('run over'));
        yield line;
      }
    }
    await expect(writeLines(freshPath(), aborting(), { gzip, signal: abort.signal })).rejects.toThrow('run over');
    expect(taken).toBeLessThan(many.length);
    expect(openFilesIn(root)).toEqual([]);
  });

  it('never replace a file', async () => {
    const path = freshPath();
    await writeLines(path, ['mine'], { gzip });
    await expect(writeLines(path, ['other'], { gzip })).rejects.toMatchObject({ code: 'EEXIST' });
    expect(read(path)).toBe('mine\n');
  });

  it('reject where the disk is full', async (context) => {
    const folder = join(root, `small-${gzip}`);
    mkdirSync(root, { recursive: true });
    const disk = smallDisk(folder, 64);
    if (disk === undefined) return context.skip('a small disk cannot be mounted here');
    try {
      await expect(writeLines(join(folder, 'lines'), many, { gzip })).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(openFilesIn(root)).toEqual([]);
    } finally {
      disk.unmount();
    }
  });
});
