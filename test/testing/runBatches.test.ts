import { delay, map, merge, share, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { transform } from '../../src/operators/transform.ts';
import { updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

const add = (a: number, b: number): number => a + b;
const sum = (values: readonly number[], total: number | undefined): number => values.reduce(add, total ?? 0);

it('gives the records of each batch with its time', () => {
  expect(runBatches([[1, 2], [], [3]], (numbers) => numbers.pipe(mapRecords((n) => n * 10)))).toEqual([
    { time: 1000, records: [10, 20] },
    { time: 2000, records: [] },
    { time: 3000, records: [30] },
  ]);
});

it('takes another interval, and goes on with empty batches for as long as is asked', () => {
  expect(runBatches([['a']], (source) => source, { interval: 500, batches: 3 })).toEqual([
    { time: 500, records: ['a'] },
    { time: 1000, records: [] },
    { time: 1500, records: [] },
  ]);
});

it('takes inputs and gives outputs by name; shorter inputs go on with empty batches', () => {
  const out = runBatches({ a: [['a1'], ['a2']], b: [['b1']] }, ({ a, b }) => ({ left: a, right: b }));
  expect(out).toEqual({
    left: [
      { time: 1000, records: ['a1'] },
      { time: 2000, records: ['a2'] },
    ],
    right: [
      { time: 1000, records: ['b1'] },
      { time: 2000, records: [] },
    ],
  });
});

it('gives nothing where nothing came out', () => {
  expect(runBatches([['a']], (source) => source.pipe(windowBatches({ window: 2000, slide: 2000 })))).toEqual([]);
  expect(runBatches([['a']], (a) => ({ x: a.pipe(windowBatches({ window: 2000, slide: 2000 })) }))).toEqual({ x: [] });
});

it('has positions, so offsets can be committed', () => {
  const store = memoryOffsets();
  runBatches({ a: [['x'], ['y', 'z']] }, ({ a }) => a.pipe(commitOffsets(store)));
  expect(store.load({})).toEqual([{ topic: 'a', partition: 0, until: 3 }]);
});

it('takes virtual time for timers of the default scheduler too', () => {
  const out = runBatches([['a']], (source) => source.pipe(transform((batch) => timer(60_000).pipe(map(() => batch)))));
  expect(out).toEqual([{ time: 1000, records: ['a'] }]);
});

it('tells progress', () => {
  const times: number[] = [];
  runBatches([['a'], ['b']], (source) => source, {
    onProgress: (event) => event.type === 'batch' && times.push(event.time),
  });
  expect(times).toEqual([1000, 2000]);
});

describe('throws', () => {
  it('the error of the pipeline', () => {
    expect(() => runBatches([['a']], (source) => source.pipe(mapRecords(no)))).toThrow(operatorFailed('mapRecords', 0));
    expect(() =>
      runBatches([['a']], (source) =>
        merge(
          source,
          throwError(() => new Error('no')),
        ),
      ),
    ).toThrow('no');
  });

  it('what the pipeline throws while it is made', () => {
    expect(() => runBatches([['a']], no)).toThrow(new Error('no'));
  });

  it('when the pipeline waits for a promise, saying so', () => {
    const run = (): unknown => runBatches([['a']], (source) => source.pipe(foreachBatch(() => Promise.resolve())));
    expect(run).toThrow(refused('A promise in it needs a real event loop'));
  });

  it('when a batch is read too late', () => {
    const run = (): unknown => runBatches([['a']], (source) => source.pipe(delay(1)));
    expect(run).toThrow(expect.objectContaining({ code: 'BATCH_SETTLED' }));
  });

  it('wrong arguments', () => {
    expect(() => runBatches(1 as never, no)).toThrow(refused('runBatches(input): expected an array of batches'));
    expect(() => runBatches([], 1 as never)).toThrow(refused('runBatches(_, pipeline): expected a function'));
    expect(() => runBatches([], (a) => a, { interval: 0 })).toThrow(refused('runBatches({ interval })'));
    expect(() => runBatches([], (a) => a, { restartAfter: 0 })).toThrow(refused('runBatches({ restartAfter })'));
    expect(() => runBatches([], (a) => a, { crashIn: [1, -1] })).toThrow(refused('runBatches({ crashIn })'));
  });
});

describe('with a restart in the middle', () => {
  const input = [['a'], ['a', 'b'], ['b'], []];
  const counted = (options: RunBatchesOptions, lives: unknown[] = []): unknown =>
    runBatches(
      input,
      (words, context) => {
        lives.push(context);
        return words.pipe(
          mapRecords((word) => [word, 1] as const),
          reduceByKeyAndWindow(add, { window: 2000, inverse: (a, b) => a - b, name: 'w' }),
          updateStateByKey(sum, { name: 's' }),
        );
      },
      options,
    );

  it.each([
    [{ restartAfter: 1 }, 2],
    [{ restartAfter: [1, 2, 3] }, 4],
    [{ crashIn: 2 }, 2],
    [{ crashIn: [1, 2, 4], restartAfter: 3 }, 5],
    [{ crashIn: [1, 2, 3, 4] }, 5],
  ])('%j: everything is made anew, and gives the same', (options, contexts) => {
    const lives: unknown[] = [];
    expect(counted(options, lives)).toEqual(counted({}));
    expect(new Set(lives).size).toBe(contexts);
  });

  it('crashIn: the outputs of that batch run twice, with the same records, and nothing of it is committed before', () => {
    const log: unknown[] = [];
    const store = memoryOffsets();
    runBatches(
      input,
      (source) =>
        source.pipe(
          foreachBatch(({ time, records }) => log.push([time, records.join('')])),
          commitOffsets(store),
        ),
      { crashIn: 2 },
    );
    expect(log).toEqual([
      [1000, 'a'],
      [2000, 'ab'],
      [2000, 'ab'],
      [3000, 'b'],
      [4000, ''],
    ]);
    expect(store.load({})).toEqual([{ topic: 'input', partition: 0, until: 4 }]);
  });

  it('counts a batch that no output saw as processed', () => {
    const windows = (options: RunBatchesOptions): unknown =>
      runBatches(input, (source) => source.pipe(windowBatches({ window: 2000, slide: 2000, name: 'w' })), options);
    for (const at of [1, 2, 3, 4]) expect(windows({ restartAfter: at })).toEqual(windows({}));
  });

  it('finds a function that is not pure: the batch is repeated with other records', () => {
    let calls = 0;
    const run = (): unknown =>
      runBatches(input, (source) => source.pipe(mapRecords((word) => `${word}${calls++}`)), { crashIn: 1 });
    expect(run).toThrow(
      expect.objectContaining({ code: 'STATE_MUTATED', message: expect.stringContaining('not pure') }),
    );
  });

  it('finds a state that cannot be stored', () => {
    const run = (): unknown =>
      runBatches(
        [[['a', 1] as const]],
        (source) => source.pipe(updateStateByKey(() => ({ close: () => {} }), { name: 's' })),
        { restartAfter: 1, batches: 2 },
      );
    expect(run).toThrow(/"a" in the state 's'.* is no plain data/);
  });

  it('outputs by name and shared branches are made anew too', () => {
    const branches = (options: RunBatchesOptions): unknown =>
      runBatches(
        input,
        (source) => {
          const shared = source.pipe(share());
          return { all: shared, a: shared.pipe(filterRecords((word) => word === 'a')) };
        },
        options,
      );
    expect(branches({ restartAfter: 2, crashIn: [1, 3] })).toEqual(branches({}));
  });

  it('says nothing where nothing is wrong', () => {
    const warn = vi.spyOn(console, 'warn');
    counted({ crashIn: [1, 2], restartAfter: 3 });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
