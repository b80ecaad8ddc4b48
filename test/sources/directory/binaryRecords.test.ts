import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { type BinaryRecordsOptions, binaryRecords } from '../../../src/sources/directory/binaryRecords.ts';
import { Directory, type Session } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

const open = (options: BinaryRecordsOptions, maxRecords = Number.POSITIVE_INFINITY): Promise<Session<Buffer>> =>
  directory.open(binaryRecords(directory.path, options), { maxRecords });
const texts = (batches: readonly (readonly Buffer[])[]): string[][] => batches.map((batch) => batch.map(String));

describe('records of a fixed length', () => {
  it('come one after the other', async () => {
    directory.put('a', 100, 'aabbcc');
    directory.put('b.gz', 200, gzipSync('ddee'));
    directory.put('c', 300, '');
    const session = await open({ recordLength: 2 });
    expect(texts(await session.batches(1000))).toEqual([['aa', 'bb', 'cc', 'dd', 'ee']]);
  });

  it.each([
    ['bytes', { maxBytesPerBatch: 5 }, Number.POSITIVE_INFINITY],
    ['records', {}, 2],
  ])('are divided over batches by %s, never in themselves', async (_, limits, maxRecords) => {
    directory.put('a', 100, 'aabbcc');
    directory.put('b.gz', 200, gzipSync('ddeeff'));
    const session = await open({ recordLength: 2, ...limits }, maxRecords);
    const batches = texts(await session.batches(1000));
    expect(batches.flat()).toEqual(['aa', 'bb', 'cc', 'dd', 'ee', 'ff']);
    expect(batches.every((batch) => batch.length <= 2)).toBe(true);
  });

  it('in a file that is no multiple of it are an error that names the byte', async () => {
    const path = directory.put('a', 100, 'aabbc');
    const { cut } = await (await open({ recordLength: 2 })).cut(1000);
    const reader = await open({ recordLength: 2 });
    await expect(reader.read(cut)).rejects.toMatchObject({ code: 'DATA_CORRUPT', details: { path } });
    await expect(reader.read(cut)).rejects.toThrow('only 1 bytes are left at byte 4');
  });

  it.each([
    ['a', Buffer.from('aabbc')],
    ['a.gz', gzipSync('aabbc')],
  ])('in such a file %s are given as far as they are whole, if asked to', async (name, bytes) => {
    directory.put(name, 100, bytes);
    directory.put('z', 200, 'zz');
    for (const [maxBytesPerBatch, maxRecords] of [
      [1000, Number.POSITIVE_INFINITY],
      [2, Number.POSITIVE_INFINITY],
      [1000, 1],
    ] as const) {
      const session = await open({ recordLength: 2, onCorrupt: 'skip', maxBytesPerBatch }, maxRecords);
      expect(texts(await session.batches(1000)).flat()).toEqual(['aa', 'bb', 'zz']);
      expect(session.codes).toEqual(['DATA_CORRUPT']);
    }
  });

  it.each([
    [{}, 'binaryRecords(recordLength): expected a whole number of at least 1, got undefined.'],
    [{ recordLength: 0 }, 'binaryRecords(recordLength): expected a whole number of at least 1, got 0.'],
    [
      { recordLength: 9, maxBytesPerBatch: 8 },
      'binaryRecords(maxBytesPerBatch): expected at least one record (9), got 8.',
    ],
  ])('%j is refused where it is written', (options, message) => {
    expect(() => binaryRecords('a', options as BinaryRecordsOptions)).toThrow(message);
  });
});
