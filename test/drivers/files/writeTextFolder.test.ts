import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sweepTextFolders, writeTextFolder } from '../../../src/drivers/files/writeTextFolder.ts';
import { smallDisk } from '../../support/smallDisk.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = temporaryFolder();
let count = 0;
const freshParent = (): string => join(root, `${count++}`);
const written = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );

describe('writeTextFolder', () => {
  it('writes the lines and the mark of success', async () => {
    const parent = freshParent();
    await writeTextFolder(join(parent, 'counts-1000'), ['a', 'größe', '']);
    expect(written(join(parent, 'counts-1000'))).toEqual({ _SUCCESS: '', 'part-00000': 'a\ngröße\n\n' });
    expect(readdirSync(parent)).toEqual(['counts-1000']);
  });

  it('writes a folder for a batch of nothing', async () => {
    const folder = join(freshParent(), 'counts-1000');
    await writeTextFolder(folder, []);
    expect(written(folder)).toEqual({ _SUCCESS: '', 'part-00000': '' });
  });

  it('a batch that runs again replaces its folder, what Spark left in it included', async () => {
    const parent = freshParent();
    const folder = join(parent, 'counts-1000');
    mkdirSync(folder, { recursive: true });
    for (const name of ['part-00000', 'part-00001', '_SUCCESS', '.part-00000.crc'])
      writeFileSync(join(folder, name), 'old\n');
    await writeTextFolder(folder, ['new']);
    expect(written(folder)).toEqual({ _SUCCESS: '', 'part-00000': 'new\n' });
    expect(readdirSync(parent)).toEqual(['counts-1000']);
  });

  it('leaves a folder alone that holds something else', async () => {
    const parent = freshParent();
    const folder = join(parent, 'counts-1000');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'thesis.txt'), 'mine');
    await expect(writeTextFolder(folder, ['new'])).rejects.toThrow(/found thesis\.txt in it.*move it away/);
    expect(written(folder)).toEqual({ 'thesis.txt': 'mine' });
    expect(readdirSync(parent)).toEqual(['counts-1000']);
  });

  it('takes lines as the disk takes them, not all at once', async () => {
    const folder = join(freshParent(), 'counts-1000');
    let taken = 0;
    let takenAtFirstTurn = 0;
    function* lines(): Iterable<string> {
      for (; taken < 50_000; taken++) yield 'x'.repeat(99);
    }
    const done = writeTextFolder(folder, lines());
    const watch = setInterval(() => {
      if (takenAtFirstTurn === 0 && taken > 0) takenAtFirstTurn = taken;
    });
    await done;
    clearInterval(watch);
    expect(readFileSync(join(folder, 'part-00000')).length).toBe(5_000_000);
    expect(takenAtFirstTurn).toBeGreaterThan(0);
    expect(takenAtFirstTurn).toBeLessThan(50_000);
  });

  it('leaves nothing behind when the lines fail or the run is aborted', async () => {
    const parent = freshParent();
    function* failing(): Iterable<string> {
      yield 'a';
      throw new Error('no more lines');
    }
    await expect(writeTextFolder(join(parent, 'counts-1000'), failing())).rejects.toThrow('no more lines');
    const aborted = AbortSignal.abort(new Error('run over'));
    await expect(writeTextFolder(join(parent, 'counts-1000'), ['a'], { signal: aborted })).rejects.toThrow('run over');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('leaves the earlier output when the disk is full', async (context) => {
    const disk = smallDisk(join(root, 'small'), 128);
    if (disk === undefined) return context.skip('a small disk cannot be mounted here');
    try {
      const folder = join(root, 'small', 'counts-1000');
      await writeTextFolder(folder, ['old']);
      await expect(writeTextFolder(folder, Array(5000).fill('x'.repeat(99)))).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(written(folder)).toEqual({ _SUCCESS: '', 'part-00000': 'old\n' });
      expect(readdirSync(join(root, 'small'))).toEqual(['counts-1000']);
    } finally {
      disk.unmount();
    }
  });
});

describe('sweepTextFolders', () => {
  it('removes what killed processes left under the prefix, and nothing else', async () => {
    const parent = freshParent();
    const made = `tmp-${hostname().replaceAll(/[^\w.]/g, '_')}-2147483646-0-1`;
    const names = [
      `.counts-1000.${made}`,
      `.counts-2000.txt.${made}`,
      `.others-1000.${made}`,
      `.counts-3000.tmp-elsewhere-1-0-1`,
    ];
    for (const name of names) {
      mkdirSync(join(parent, name), { recursive: true });
      writeFileSync(join(parent, name, 'part-00000'), 'half');
    }
    await sweepTextFolders(join(parent, 'counts'));
    expect(readdirSync(parent).sort()).toEqual(['.counts-3000.tmp-elsewhere-1-0-1', `.others-1000.${made}`]);
    await sweepTextFolders(join(parent, 'missing', 'counts'));
  });
});
