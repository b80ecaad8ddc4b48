import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lastValueFrom, map, type Observable, retry, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { saveAsTextFiles } from '../../src/outputs/saveAsTextFiles.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { queue } from '../../src/sources/queue/queue.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const root = temporaryFolder();
let count = 0;
const freshPrefix = (): string => join(root, `${count++}`, 'counts');

/** Runs the batches through `output` and answers their times. */
async function timesOf<T>(
  batches: readonly (readonly T[])[],
  output: (source: Observable<Batch<T>>) => Observable<Batch<T>>,
): Promise<number[]> {
  const stream = new StreamingContext({ interval: 10, batches: batches.length });
  const done = queue<T>(batches).pipe(batchInterval<T>(stream), output, toArray());
  return (await lastValueFrom(done)).map((batch) => batch.time);
}

const text = (folder: string): string => readFileSync(join(folder, 'part-00000'), 'utf8');

describe('saveAsTextFiles', () => {
  it('writes each batch, empty ones too, to a folder named after its time', async () => {
    const prefix = freshPrefix();
    const [first, second, third] = await timesOf([['a', 'b'], [], ['c']], saveAsTextFiles(prefix));
    expect(text(`${prefix}-${first}`)).toBe('a\nb\n');
    expect(text(`${prefix}-${second}`)).toBe('');
    expect(text(`${prefix}-${third}`)).toBe('c\n');
    expect(existsSync(join(`${prefix}-${first}`, '_SUCCESS'))).toBe(true);
    expect(readdirSync(dirname(prefix))).toHaveLength(3);
  });

  it('puts the suffix after the time', async () => {
    const prefix = freshPrefix();
    const [time] = await timesOf([['a']], saveAsTextFiles(prefix, 'txt'));
    expect(readdirSync(dirname(prefix))).toEqual([`counts-${time}.txt`]);
  });

  it('writes records as print shows them', async () => {
    const prefix = freshPrefix();
    const records = [['to', 2], ['a', ['b', 1]], 7, null, { a: 1 }, new Date(0)];
    const [time] = await timesOf<unknown>([records], saveAsTextFiles(prefix));
    expect(text(`${prefix}-${time}`)).toBe(`(to,2)\n(a,(b,1))\n7\nnull\n{"a":1}\n${new Date(0)}\n`);
  });

  it('a batch that runs again replaces its folder', async () => {
    const prefix = freshPrefix();
    const stream = new StreamingContext({ interval: 10, batches: 2 });
    let failures = 1;
    const done = queue([['a', 'b'], ['c']]).pipe(
      batchInterval(stream),
      saveAsTextFiles<string>(prefix),
      foreachBatch(() => {
        if (failures-- > 0) throw new Error('the output after it fails once');
      }),
      retry({ count: 1 }),
      map((batch) => batch.time),
      toArray(),
    );
    const [first, second] = await lastValueFrom(done);
    expect(text(`${prefix}-${first}`)).toBe('a\nb\n');
    expect(text(`${prefix}-${second}`)).toBe('c\n');
    expect(readdirSync(dirname(prefix))).toHaveLength(2);
  });

  it('fails the run where a file stands in the place of its folder, naming batch and folder, and what to do', async () => {
    const prefix = freshPrefix();
    mkdirSync(dirname(dirname(prefix)), { recursive: true });
    writeFileSync(dirname(prefix), '');
    await expect(timesOf([['a']], saveAsTextFiles(prefix))).rejects.toMatchObject({
      code: 'OUTPUT_FAILED',
      message: expect.stringMatching(
        /^saveAsTextFiles: the output of the batch of time \d+ failed: \/.+ could not be written .+: .+; choose another path/,
      ),
      cause: expect.objectContaining({ code: expect.stringMatching(/EEXIST|ENOTDIR/) }),
    });
  });

  it('refuses wrong arguments where they are written', () => {
    // @ts-expect-error a prefix is needed
    expect(() => saveAsTextFiles()).toThrow(/saveAsTextFiles\(prefix\): expected a text, got undefined/);
    // @ts-expect-error a suffix is a text
    expect(() => saveAsTextFiles('x', 5)).toThrow(/saveAsTextFiles\(_, suffix\): expected a text, got 5/);
    expect(() => saveAsTextFiles('x', 'a/b')).toThrow(/without slashes/);
  });
});
