import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { textFiles } from 'rx-dstream/file';
import { firstValueFrom, lastValueFrom, retry, take, toArray } from 'rxjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { Directory } from './session.ts';

const directory = new Directory();
beforeEach(() => directory.begin());

describe('in a pipeline', () => {
  it('the batch that failed is read again under its time with the same lines, and then what came later', async () => {
    const context = new StreamingContext({ interval: 10, onWarning: () => {} });
    const attempts: [time: number, records: readonly string[]][] = [];
    directory.put('a', Date.now() - 10, 'a1\na2\n');
    const batches = textFiles(directory.path, { newFilesOnly: false }).pipe(
      batchInterval(context),
      foreachBatch(({ time, records }) => {
        if (records.length === 0) return;
        attempts.push([time, [...records]]);
        if (attempts.length === 1) {
          directory.put('b', Date.now(), 'b1\n');
          throw new Error('the first time');
        }
        if (records.includes('b1')) void context.stop();
      }),
      retry(1),
    );
    await lastValueFrom(batches);
    const [first, second, ...later] = attempts;
    expect(first?.[1]).toEqual(['a1', 'a2']);
    expect(second).toEqual(first);
    expect(later.flatMap(([, records]) => records)).toEqual(['b1']);
  });

  it('a drain trigger takes everything in batches of its size, and wakes for what comes', async () => {
    const context = new StreamingContext({ trigger: drain({ maxRecords: 2 }), onWarning: () => {} });
    const got: string[][] = [];
    directory.put('a', Date.now() - 10, 'a1\na2\na3\n');
    directory.put('b', Date.now() - 5, 'b1\n');
    textFiles(directory.path, { newFilesOnly: false, pollIntervalMs: 5 })
      .pipe(
        batchInterval(context),
        foreachBatch(({ records }) => {
          got.push([...records]);
          if (records.includes('b1')) directory.put('c', Date.now() - 1, 'c1\n');
          if (records.includes('c1')) void context.stop();
        }),
      )
      .subscribe();
    await context.awaitTermination();
    expect(got).toEqual([['a1', 'a2'], ['a3', 'b1'], ['c1']]);
  });

  it('subscribed directly it is a stream of lines', async () => {
    directory.put('a', Date.now() - 10, 'a1\na2\na3\n');
    const lines = textFiles(directory.path, { newFilesOnly: false }).pipe(take(2), toArray());
    expect(await firstValueFrom(lines)).toEqual(['a1', 'a2']);
  });
});
