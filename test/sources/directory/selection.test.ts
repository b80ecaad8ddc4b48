import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { textFiles } from '../../../src/sources/directory/textFiles.ts';
import { Directory } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

describe('a batch takes the files', () => {
  it('modified after the start and no later than its time', async () => {
    directory.put('before', 9_999);
    directory.put('at the start', 10_000);
    directory.put('after', 10_001);
    directory.put('at the time', 11_000);
    directory.put('later', 11_001);
    const session = await directory.open(textFiles(directory.path), { start: 10_000 });
    expect(await session.batch(11_000)).toEqual(['after', 'at the time']);
    expect(await session.batch(12_000)).toEqual(['later']);
  });

  it('that were there before, if asked to, as far back as the remember window, whose lower bound is too old', async () => {
    directory.put('too old', 40_000);
    directory.put('just in time', 40_001);
    const session = await directory.open(textFiles(directory.path, { newFilesOnly: false }), { start: 99_000 });
    expect(await session.batch(100_000)).toEqual(['just in time']);
  });

  it('within whole intervals: the window is rounded up to them', async () => {
    directory.put('too old', 28_000);
    directory.put('in time', 28_001);
    const session = await directory.open(textFiles(directory.path, { newFilesOnly: false }), { intervalMs: 24_000 });
    expect(await session.batch(100_000)).toEqual(['in time']);
  });

  it('of all times, if the window has no end', async () => {
    directory.put('ancient', 1);
    const source = textFiles(directory.path, { newFilesOnly: false, minRememberDuration: Number.POSITIVE_INFINITY });
    const session = await directory.open(source, { start: 1e12 });
    expect([await session.batch(1e12), await session.batch(2e12)]).toEqual([['ancient'], []]);
  });

  it('once, the oldest first, those of the same millisecond by name', async () => {
    for (const [name, modified] of [
      ['c', 500],
      ['b', 700],
      ['a', 700],
    ] as const) {
      directory.put(name, modified);
    }
    const session = await directory.open(textFiles(directory.path));
    expect([await session.batch(1000), await session.batch(2000)]).toEqual([['c', 'a', 'b'], []]);
  });

  it('that were moved in late, while their modification time is in the window', async () => {
    const session = await directory.open(textFiles(directory.path));
    expect(await session.batch(30_000)).toEqual([]);
    directory.put('late', 500);
    expect(await session.batch(60_000)).toEqual(['late']);
    directory.put('too late', 1_000);
    expect(await session.batch(61_000)).toEqual([]);
    expect(session.reports.map(({ code, count }) => [code, count])).toEqual([['FILE_SKIPPED', 1]]);
    expect(session.reports[0]?.message).toContain('too late');
    await session.batch(62_000);
    expect(session.reports.length).toBe(1);
  });

  it('not again when they are changed or renamed back and forth while they are remembered, and again after that', async () => {
    const path = directory.put('a', 500, 'one\n');
    const session = await directory.open(textFiles(directory.path));
    expect(await session.batch(1000)).toEqual(['one']);
    appendFileSync(path, 'two\n');
    utimesSync(path, 60, 60);
    expect(await session.batch(60_000)).toEqual([]);
    expect(await session.batch(61_000)).toEqual([]);
    expect(await session.batch(62_000)).toEqual(['one', 'two']);
  });

  it('under a new name as new ones', async () => {
    const path = directory.put('a', 500, 'one\n');
    const session = await directory.open(textFiles(directory.path));
    await session.batch(1000);
    renameSync(path, join(directory.path, 'b'));
    expect(await session.batch(2000)).toEqual(['one']);
  });

  it('whose names do not look hidden or unfinished, unless asked to', async () => {
    for (const name of ['a', '.a', '_SUCCESS', 'a._COPYING_', '.sub/a', '_temporary/a']) directory.put(name, 500);
    const options = { recursive: true };
    expect(await (await directory.open(textFiles(directory.path, options))).batch(1000)).toEqual(['a']);
    const all = await directory.open(textFiles(directory.path, { ...options, includeHidden: true }));
    expect((await all.batch(1000)).length).toBe(6);
  });

  it('that the filter accepts, by name and path', async () => {
    for (const name of ['a.csv', 'b.txt', '.c.csv']) directory.put(name, 500);
    const asked: string[] = [];
    const filter = (name: string, path: string): boolean => {
      asked.push(path);
      return name.endsWith('.csv');
    };
    const session = await directory.open(textFiles(directory.path, { filter }));
    expect(await session.batch(1000)).toEqual(['a.csv']);
    expect(asked.sort()).toEqual(['a.csv', 'b.txt'].map((name) => join(directory.path, name)));
  });

  it('in folders in folders, if asked to, but not through links to folders', async () => {
    directory.put('a', 500);
    directory.put('x/y/b', 600);
    symlinkSync('..', join(directory.path, 'x', 'round'));
    expect(await (await directory.open(textFiles(directory.path))).batch(1000)).toEqual(['a']);
    const deep = await directory.open(textFiles(directory.path, { recursive: true }));
    expect(await deep.batch(1000)).toEqual(['a', 'x/y/b']);
  });

  it('behind links to files', async () => {
    directory.put('.target', 500, 'content\n');
    symlinkSync('.target', join(directory.path, 'link'));
    symlinkSync('nowhere', join(directory.path, 'broken'));
    const session = await directory.open(textFiles(directory.path));
    expect([await session.batch(1000), session.codes]).toEqual([['content'], []]);
  });

  it('in the directories that a pattern selects, which may come later', async () => {
    directory.put('sub1/a', 500);
    directory.put('sub1/deeper/b', 500);
    directory.put('other/c', 500);
    const session = await directory.open(textFiles(join(directory.path, 'sub*')));
    expect(await session.batch(1000)).toEqual(['sub1/a']);
    directory.put('sub2/d', 1500);
    expect([await session.batch(2000), session.codes]).toEqual([['sub2/d'], []]);
  });

  it('of hidden directories only where the pattern says so itself', async () => {
    directory.put('.hidden/a', 500);
    directory.put('shown/b', 500);
    const shown = await directory.open(textFiles(join(directory.path, '*')));
    const hidden = await directory.open(textFiles(join(directory.path, '.h*')));
    expect([await shown.batch(1000), await hidden.batch(1000)]).toEqual([['shown/b'], ['.hidden/a']]);
  });

  it('not of a pattern that matches nothing, or only in part, without a word', async () => {
    directory.put('one/in/a', 500);
    mkdirSync(join(directory.path, 'two'));
    const session = await directory.open(textFiles(join(directory.path, '*/in')));
    const none = await directory.open(textFiles(join(directory.path, 'no*')));
    expect([await session.batch(1000), session.codes]).toEqual([['one/in/a'], []]);
    expect([await none.batch(1000), none.codes]).toEqual([[], []]);
  });
});

describe('after a restart a batch takes the files', () => {
  it('that came while nobody looked, however long that was, and none twice', async () => {
    directory.put('first', 500);
    const before = await directory.open(textFiles(directory.path));
    const { cut } = await before.cut(1000);
    expect(await before.read(cut)).toEqual(['first']);
    await before.close();
    for (const [name, modified] of Object.entries({ late: 900, soon: 1500, 'much later': 5_000_000 })) {
      directory.put(name, modified);
    }
    const after = await directory.open(textFiles(directory.path), { start: 9_000_000, position: cut.position });
    expect(await after.batch(9_000_000)).toEqual(['late', 'soon', 'much later']);
    expect(await after.batch(9_001_000)).toEqual([]);
  });

  it('modified after the first start, not after the restart', async () => {
    const before = await directory.open(textFiles(directory.path), { start: 10_000 });
    const { cut } = await before.cut(11_000);
    directory.put('old', 10_000);
    directory.put('new', 10_500);
    const after = await directory.open(textFiles(directory.path), { start: 12_000, position: cut.position });
    expect(await after.batch(13_000)).toEqual(['new']);
  });

  it('that were selected and had no room yet, from where they were divided', async () => {
    directory.put('a', 500, 'a1\na2\na3\n');
    directory.put('b', 600, 'b1\n');
    const options = { maxBytesPerBatch: 6, maxLineBytes: 4 };
    const before = await directory.open(textFiles(directory.path, options));
    const { cut, more } = await before.cut(1000);
    expect([await before.read(cut), more]).toEqual([['a1', 'a2'], true]);
    const after = await directory.open(textFiles(directory.path, options), { position: cut.position });
    expect([await after.batch(2000), await after.batch(3000)]).toEqual([['a3', 'b1'], []]);
  });
});

describe('what is remembered', () => {
  it('is no more than the names of the remember window', async () => {
    const session = await directory.open(textFiles(directory.path, { minRememberDuration: 3_000 }));
    const sizes: number[] = [];
    for (let time = 1000; time <= 20_000; time += 1000) {
      directory.put(`file ${time}`, time);
      const { cut } = await session.cut(time);
      sizes.push((cut.position as { recent: unknown[] }).recent.length);
      rmSync(join(directory.path, `file ${time}`));
    }
    expect(Math.max(...sizes)).toBe(4);
    expect(sizes.at(-1)).toBe(4);
  });
});
