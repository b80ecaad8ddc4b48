import { map, NEVER, type Observable, of, share } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { isStreamError } from '../../src/core/errors.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

const abcd = [['a'], ['b'], ['c'], ['d']];

it(
  'joins the batches of the last three intervals every two',
  batchTest((m, batches) => {
    const source = batches.hot('  -abcd|', { a: ['a'], b: ['b'], c: ['c'], d: ['d'] });
    const subs = '                ^----!';
    const expected = '            --p-q|';
    const result = source.pipe(windowBatches({ window: 3, slide: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'], q: ['b', 'c', 'd'] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'completes with the source: a window not yet due is not given',
  batchTest((m, batches) => {
    const source = batches.hot('  -abc|', { a: ['a'], b: ['b'], c: ['c'] });
    const subs = '                ^---!';
    const expected = '            --p-|';
    const result = source.pipe(windowBatches({ window: 2, slide: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'errors with the source, at once, and lets go of it',
  batchTest((m, batches) => {
    const source = batches.hot('  -ab#', { a: ['a'], b: ['b'] }, 'broken');
    const subs = '                ^--!';
    const expected = '            --p#';
    const result = source.pipe(windowBatches({ window: 2, slide: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'] }, 'broken');
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('without slide a window is given at each batch', () => {
  expect(runBatches(abcd, (source) => source.pipe(windowBatches({ window: 2000 })))).toEqual([
    { time: 1000, records: ['a'] },
    { time: 2000, records: ['a', 'b'] },
    { time: 3000, records: ['b', 'c'] },
    { time: 4000, records: ['c', 'd'] },
  ]);
});

it('early windows hold what exists', () => {
  expect(runBatches(abcd, (source) => source.pipe(windowBatches({ window: 60_000, slide: 4000 })))).toEqual([
    { time: 4000, records: ['a', 'b', 'c', 'd'] },
  ]);
});

it('with a slide longer than the window some batches belong to no window', () => {
  expect(runBatches(abcd, (source) => source.pipe(windowBatches({ window: 1000, slide: 2000 })))).toEqual([
    { time: 2000, records: ['b'] },
    { time: 4000, records: ['d'] },
  ]);
});

it('fires when the time is a multiple of the slide counted from the epoch, not from the start', () => {
  const clock = manualClock(10_500);
  const context = new StreamingContext({ interval: 1000, scheduler: clock });
  const times: number[] = [];
  NEVER.pipe(
    batchInterval(context),
    windowBatches({ window: 3000, slide: 3000 }),
    foreachBatch(({ time }) => times.push(time)),
  ).subscribe();
  clock.advanceTo(19_000);
  expect(times).toEqual([12_000, 15_000, 18_000]);
});

it('an empty batch is part of a window, and a window of empty batches is empty', () => {
  const windows = runBatches([['a'], [], [], ['d']], (source) => source.pipe(windowBatches({ window: 2000 })));
  expect(windows.map(({ records }) => records)).toEqual([['a'], ['a'], [], ['d']]);
});

it('has the slide of its windows, and the time of the batch that closed each', () => {
  const seen: Pick<Batch<string>, 'time' | 'interval' | 'slide'>[] = [];
  runBatches(abcd, (source) =>
    source.pipe(
      windowBatches({ window: 2000, slide: 2000 }),
      map((batch) => {
        const { time, interval, slide } = batch;
        seen.push({ time, interval, slide });
        return batch;
      }),
    ),
  );
  expect(seen).toEqual([
    { time: 2000, interval: 1000, slide: 2000 },
    { time: 4000, interval: 1000, slide: 2000 },
  ]);
});

it('a window of windows takes the slide of the inner one for its interval', () => {
  const input = [['1'], ['2'], ['3'], ['4'], ['5'], ['6'], ['7'], ['8']];
  const windows = runBatches(input, (source) =>
    source.pipe(windowBatches({ window: 3000, slide: 2000 }), windowBatches({ window: 4000 })),
  );
  expect(windows).toEqual([
    { time: 2000, records: ['1', '2'] },
    { time: 4000, records: ['1', '2', '2', '3', '4'] },
    { time: 6000, records: ['2', '3', '4', '4', '5', '6'] },
    { time: 8000, records: ['4', '5', '6', '6', '7', '8'] },
  ]);
  expect(() =>
    runBatches(input, (source) =>
      source.pipe(windowBatches({ window: 3000, slide: 2000 }), windowBatches({ window: 3000 })),
    ),
  ).toThrow(refused('the window duration (3000 ms) must be a multiple of the slide duration of its input (2000 ms)'));
});

it.each([{ restartAfter: [1, 2, 3] }, { restartAfter: 2 }, { crashIn: [1, 2, 3, 4] }, { crashIn: 3, restartAfter: 1 }])(
  'a restart in the middle changes nothing: %j',
  (options) => {
    const windows = (source: Observable<Batch<string>>): Observable<Batch<string>> =>
      source.pipe(windowBatches({ window: 3000, slide: 2000, name: 'w' }));
    expect(runBatches(abcd, windows, options)).toEqual(runBatches(abcd, windows));
  },
);

it('needs a name under a durable checkpoint', () => {
  const run = (): unknown =>
    runBatches(abcd, (source) => source.pipe(windowBatches({ window: 2000 })), { restartAfter: 1 });
  expect(run).toThrow(expect.objectContaining({ code: 'NAME_REQUIRED' }));
});

it('evaluates its input once, on arrival, however often it is read', () => {
  const fn = vi.fn((text: string) => text);
  const outputs = runBatches(abcd, (source) => {
    const windows = source.pipe(mapRecords(fn), windowBatches({ window: 4000 }), share());
    return { a: windows.pipe(mapRecords(String)), b: windows.pipe(mapRecords(String)) };
  });
  expect(outputs.a).toEqual(outputs.b);
  expect(fn).toHaveBeenCalledTimes(4);
});

it('keeps copies of records that are small views of a big buffer', () => {
  const lines = new TextEncoder().encode('a very long line, of which only two letters are wanted');
  const windows = runBatches([[lines.subarray(0, 1)], [lines.subarray(2, 3)]], (source) =>
    source.pipe(windowBatches({ window: 2000 })),
  );
  const [first, second] = windows.at(-1)?.records ?? [];
  expect([first, second].map((record) => new TextDecoder().decode(record))).toEqual(['a', 'v']);
  expect(first?.buffer.byteLength).toBe(1);
});

it('an error before it fails the run when the batch arrives, also between two slides', () => {
  const run = (): unknown =>
    runBatches(abcd, (source) => source.pipe(mapRecords(no), windowBatches({ window: 2000, slide: 2000 })));
  expect(run).toThrow(operatorFailed('mapRecords', 0));
});

it.each([
  [
    { window: 1500 },
    'the window duration (1500 ms) must be a multiple of the slide duration of its input (1000 ms). Use 2000 ms',
  ],
  [{ window: 2000, slide: 1500 }, 'the slide duration (1500 ms) must be a multiple'],
  [{ window: 500 }, 'Use 1000 ms'],
])('refuses %j over batches of 1000 ms, where it is written', (options, message) => {
  const batches = of(1).pipe(batchInterval(1000));
  expect(() => batches.pipe(windowBatches(options))).toThrow(refused(message));
});

it('a plain operator in between hides the interval: then the first batch is refused', () => {
  const hidden = (source: Observable<Batch<string>>): Observable<Batch<string>> =>
    source.pipe(
      map((batch) => batch),
      windowBatches({ window: 1500 }),
    );
  expect(() => of('a').pipe(batchInterval(1000), hidden)).not.toThrow();
  expect(() => runBatches(abcd, hidden)).toThrow(refused('the window duration (1500 ms)'));
});

it('refuses a drain trigger, which has no interval', () => {
  const context = new StreamingContext({ trigger: drain(), scheduler: manualClock() });
  const batches = of(1).pipe(batchInterval(context));
  expect(() => batches.pipe(windowBatches({ window: 1000 }))).toThrow(refused('a drain trigger'));
});

it.each([
  [undefined, 'windowBatches: expected options like { window, slide, name'],
  [{}, 'windowBatches({ window }): expected a whole number of at least 1, got undefined'],
  [{ window: 0 }, 'windowBatches({ window })'],
  [{ window: -1 }, 'windowBatches({ window })'],
  [{ window: 1.5 }, 'windowBatches({ window })'],
  [{ window: Number.POSITIVE_INFINITY }, 'windowBatches({ window })'],
  [{ window: 1000, slide: 0 }, 'windowBatches({ slide })'],
])('refuses %j, where it is written', (options, message) => {
  expect(() => windowBatches(options as never)).toThrow(refused(message));
});

it('refuses a batch that is not later than the one before', () => {
  const errors: unknown[] = [];
  const batch = batchOf(['a']);
  of(batch, batch)
    .pipe(windowBatches({ window: 1000 }))
    .subscribe({ error: (error) => errors.push(error) });
  expect(errors.map((error) => isStreamError(error, 'BATCH_ORDER'))).toEqual([true]);
});
