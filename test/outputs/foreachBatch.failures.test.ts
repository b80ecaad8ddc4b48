/** What a failing write does to its batch, its chain and the other branches. */
import { retry, share, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/core/Answer.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { PATIENT } from '../support/patient.ts';
import { no, operatorFailed } from '../support/through.ts';

describe('a write that fails', () => {
  it.each<[string, () => Answer<unknown>]>([
    ['throws', no],
    ['gives an Observable that fails', () => throwError(() => new Error('no'))],
  ])('%s: fails the run with OUTPUT_FAILED and the cause; nothing of the batch is committed', (_how, write) => {
    const store = memoryOffsets();
    const run = (): unknown =>
      runBatches([['a'], ['b']], (source) =>
        source.pipe(
          commitOffsets(store),
          foreachBatch(({ time }) => (time === 2000 ? write() : undefined)),
        ),
      );
    expect(run).toThrow(
      expect.objectContaining({
        code: 'OUTPUT_FAILED',
        message: 'foreachBatch: the output of the batch of time 2000 failed: no. Nothing of it was committed.',
        cause: new Error('no'),
        details: { operator: 'foreachBatch', time: 2000 },
      }),
    );
    expect(store.load({})).toEqual([{ topic: 'input', partition: 0, until: 1 }]);
  });

  it('rejects: likewise', async () => {
    const clock = manualClock();
    const store = memoryOffsets();
    const errors: unknown[] = [];
    testSource([['a']])
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
        foreachBatch(() => Promise.reject(new Error('no'))),
        commitOffsets(store),
      )
      .subscribe({ error: (error) => errors.push(error) });
    clock.advanceBy(1000);
    await vi.waitFor(() => expect(errors).toEqual([expect.objectContaining({ code: 'OUTPUT_FAILED' })]), PATIENT);
    expect(store.load({})).toEqual([]);
  });

  it('retry() begins with the same batch again: same time, same records', () => {
    const seen: unknown[] = [];
    let isBroken = true;
    const out = runBatches([['a'], ['b', 'c']], (source) =>
      source.pipe(
        foreachBatch(({ time, records }) => {
          seen.push([time, [...records]]);
          if (time !== 2000 || !isBroken) return;
          isBroken = false;
          no();
        }),
        retry(1),
      ),
    );
    expect(seen.slice(0, 3)).toEqual([
      [1000, ['a']],
      [2000, ['b', 'c']],
      [2000, ['b', 'c']],
    ]);
    expect(out[1]).toEqual({ time: 2000, records: ['b', 'c'] });
  });

  it('keeps the outputs after it from running, in its chain and in other branches', () => {
    const after = vi.fn();
    const run = (): unknown =>
      runBatches([['a']], (source) => {
        const shared = source.pipe(share());
        return { x: shared.pipe(foreachBatch(no), foreachBatch(after)), y: shared.pipe(foreachBatch(after)) };
      });
    expect(run).toThrow(expect.objectContaining({ code: 'OUTPUT_FAILED' }));
    expect(after).not.toHaveBeenCalled();
  });
});

it('an operator that fails while write reads the batch keeps its own name', () => {
  const run = (): unknown =>
    runBatches([['a']], (source) =>
      source.pipe(
        mapRecords(no),
        foreachBatch(({ records }) => records),
      ),
    );
  expect(run).toThrow(operatorFailed('mapRecords', 0));
});
