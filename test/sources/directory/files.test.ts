import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { files } from '../../../src/sources/directory/files.ts';
import { Directory } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

describe('each file', () => {
  it('is one record with its name, path, time and bytes, an empty one too', async () => {
    const path = directory.put('sub/a', 100, 'bytes');
    directory.put('sub/b.gz', 200, gzipSync('unpacked'));
    directory.put('sub/c', 300, '');
    directory.put('sub/d.gz', 400, gzipSync(''));
    const session = await directory.open(files(join(directory.path, 's*')));
    const records = await session.batch(1000);
    expect(records[0]).toEqual({ name: 'sub/a', path, modifiedMs: 100, content: Buffer.from('bytes') });
    expect(records.map(({ content }) => String(content))).toEqual(['bytes', 'unpacked', '', '']);
  });

  it('is never divided: what has no room comes in the next batch', async () => {
    for (const [at, name] of ['a', 'b', 'c.gz', 'd'].entries()) {
      directory.put(name, 100 + at, name.endsWith('gz') ? gzipSync('123456') : '123456');
    }
    const session = await directory.open(files(directory.path, { maxBytesPerBatch: 13 }));
    const batches = await session.batches(1000);
    expect(batches.map((batch) => batch.map(({ name }) => name))).toEqual([
      ['a', 'b'],
      ['c.gz', 'd'],
    ]);
  });

  it.each(['big', 'big.gz'])('that is bigger than a batch (%s) is an error, or left out and reported', async (name) => {
    const path = directory.put(name, 100, name.endsWith('gz') ? gzipSync('x'.repeat(1000)) : 'x'.repeat(1000));
    directory.put('z', 200, 'z');
    const failing = await directory.open(files(directory.path, { maxBytesPerBatch: 100 }));
    await expect(failing.batches(1000)).rejects.toMatchObject({ code: 'BUFFER_FULL', details: { path } });
    const session = await directory.open(files(directory.path, { maxBytesPerBatch: 100, onBig: 'skip' }));
    expect((await session.batches(1000)).flat().map(({ name: got }) => got)).toEqual(['z']);
    expect(session.reports).toMatchObject([{ code: 'FILE_SKIPPED', details: { path } }]);
  });

  it('that is damaged is left out whole', async () => {
    directory.put('a.gz', 100, gzipSync('x'.repeat(100_000)).subarray(0, 50));
    const session = await directory.open(files(directory.path, { onCorrupt: 'skip' }));
    expect(await session.batch(1000)).toEqual([]);
    expect(session.codes).toEqual(['DATA_CORRUPT']);
  });
});
