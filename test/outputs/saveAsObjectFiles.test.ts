import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { lastValueFrom, type MonoTypeOperatorFunction, map, retry, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { saveAsObjectFiles } from '../../src/outputs/saveAsObjectFiles.ts';
import { saveAsTextFiles } from '../../src/outputs/saveAsTextFiles.ts';
import type { SaveOptions } from '../../src/outputs/saveLines.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = temporaryFolder();
let count = 0;
const freshPrefix = (): string => join(root, `${count++}`, 'counts');
const text = (folder: string): string => readFileSync(join(folder, 'part-00000.json'), 'utf8');
const parsed = (folder: string): unknown[] =>
  text(folder)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

/** Runs the batches through `output` and answers their times. */
function timesOf<T>(batches: readonly (readonly T[])[], output: MonoTypeOperatorFunction<Batch<T>>): Promise<number[]> {
  const done = testSource<T>(batches).pipe(
    batchInterval<T>(new StreamingContext({ interval: 10 })),
    output,
    map(({ time }) => time),
    toArray(),
  );
  return lastValueFrom(done);
}

it('writes each batch, empty ones too, to a folder named after its time: a line of JSON for each record', async () => {
  const prefix = freshPrefix();
  const input = [[['to', 2], { a: [1, null], text: 'two\nlines' }], [], ['ünïcode']];
  const [first, second, third] = await timesOf<unknown>(input, saveAsObjectFiles(prefix));
  expect(text(`${prefix}-${first}`)).toBe('["to",2]\n{"a":[1,null],"text":"two\\nlines"}\n');
  expect(parsed(`${prefix}-${first}`)).toEqual(input[0]);
  expect(parsed(`${prefix}-${second}`)).toEqual([]);
  expect(parsed(`${prefix}-${third}`)).toEqual(['ünïcode']);
  expect(readdirSync(`${prefix}-${first}`).sort()).toEqual(['_SUCCESS', 'part-00000.json']);
  expect(readdirSync(dirname(prefix))).toHaveLength(3);
});

it('puts the suffix after the time', async () => {
  const prefix = freshPrefix();
  const [time] = await timesOf([['a']], saveAsObjectFiles(prefix, 'ndjson'));
  expect(readdirSync(dirname(prefix))).toEqual([`counts-${time}.ndjson`]);
});

describe('gzip', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'größe'.repeat(3) }));

  it('compresses the lines; other programs read them', async () => {
    const prefix = freshPrefix();
    const [time] = await timesOf([many, []], saveAsObjectFiles(prefix, '', { gzip: true }));
    const file = readFileSync(join(`${prefix}-${time}`, 'part-00000.json.gz'));
    const lines = gunzipSync(file).toString('utf8');
    expect(lines).toBe(many.map((record) => `${JSON.stringify(record)}\n`).join(''));
    expect(file.length).toBeLessThan(lines.length / 5);
    expect(readdirSync(`${prefix}-${time}`).sort()).toEqual(['_SUCCESS', 'part-00000.json.gz']);
  });

  it('an empty batch is a gzip file of nothing', async () => {
    const prefix = freshPrefix();
    const [time] = await timesOf([[]], saveAsObjectFiles(prefix, '', { gzip: true }));
    expect(gunzipSync(readFileSync(join(`${prefix}-${time}`, 'part-00000.json.gz')))).toHaveLength(0);
  });

  it('saveAsTextFiles has it too', async () => {
    const prefix = freshPrefix();
    const [time] = await timesOf([['a', 'b']], saveAsTextFiles(prefix, 'txt', { gzip: true }));
    expect(gunzipSync(readFileSync(join(`${prefix}-${time}.txt`, 'part-00000.gz'))).toString()).toBe('a\nb\n');
  });
});

it.each([{ gzip: false }, { gzip: true }])(
  'a batch that runs again replaces its folder, byte for byte: %j',
  async (options) => {
    const prefix = freshPrefix();
    const name = `part-00000.json${options.gzip ? '.gz' : ''}`;
    const written: Buffer[] = [];
    let failures = 1;
    const times = await timesOf([['a', 'b'], ['c']], (source) =>
      source.pipe(
        saveAsObjectFiles(prefix, '', options),
        foreachBatch(({ time }) => {
          written.push(readFileSync(join(`${prefix}-${time}`, name)));
          if (failures-- > 0) throw new Error('the output after it fails once');
        }),
        retry({ count: 1 }),
      ),
    );
    expect(written).toHaveLength(times.length + 1);
    expect(written[1]).toEqual(written[0]);
    expect(readdirSync(dirname(prefix)).sort()).toEqual(times.map((time) => `counts-${time}`));
  },
);

describe('a record that JSON cannot hold', () => {
  it.each([0, 1, 2])('at position %i fails the batch, naming it; nothing is left or committed', async (position) => {
    for (const options of [{}, { gzip: true }]) {
      const prefix = freshPrefix();
      const store = memoryOffsets();
      const records = [{ id: 1 }, { id: 2 }, { id: 3 }].map((record, at) => (at === position ? { id: 7n } : record));
      const run = timesOf<unknown>([['a'], records], (source) =>
        source.pipe(saveAsObjectFiles(prefix, '', options), commitOffsets(store)),
      );
      await expect(run).rejects.toMatchObject({
        code: 'OUTPUT_FAILED',
        message: expect.stringMatching(
          /^saveAsObjectFiles: the output of the batch of time \d+ failed at record \d: expected what JSON can hold, got the bigint 7 at \.id\. /,
        ),
        details: { operator: 'saveAsObjectFiles', record: position },
        cause: expect.any(TypeError),
      });
      expect(readdirSync(dirname(prefix))).toHaveLength(1);
      expect(store.load({})).toEqual([{ topic: 'test', partition: 0, until: 1 }]);
    }
  });
});

it('refuses wrong arguments where they are written', () => {
  // @ts-expect-error a prefix is needed
  expect(() => saveAsObjectFiles()).toThrow(/saveAsObjectFiles\(prefix\): expected a text, got undefined/);
  expect(() => saveAsObjectFiles('x', 'a/b')).toThrow(/without slashes/);
  expect(() => saveAsObjectFiles('x', '', { gzip: 'yes' as unknown as SaveOptions['gzip'] & boolean })).toThrow(
    /saveAsObjectFiles\(_, _, \{ gzip \}\): expected true or false, got "yes"/,
  );
});
