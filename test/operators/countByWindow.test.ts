import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { countByWindow } from '../../src/operators/countByWindow.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { refused } from '../support/through.ts';

function counts(
  input: readonly (readonly unknown[])[],
  options: { window: number; slide?: number },
  run: RunBatchesOptions = {},
): number[][] {
  const out = runBatches(input, (batches) => batches.pipe(countByWindow({ name: 'w', ...options })), run);
  return out.map(({ time, records }) => [time, ...records]);
}

it(
  'counts the records of the last two intervals; nothing before the first record, 0 for ever after the last',
  batchTest((m, batches) => {
    const input = batches.hot('   -opqrs|', { o: [], p: ['a', 'b'], q: ['c'], r: [], s: [] });
    const subs = '                ^-----!';
    const expected = '            -opqrs|';
    const result = input.pipe(countByWindow({ window: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, { o: [], p: [2], q: [3], r: [1], s: [0] });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

it('still gives 0 after a restart long after the last record', () => {
  const input = [['a'], [], [], [], []];
  expect(counts(input, { window: 1000 }, { restartAfter: [2, 4], crashIn: 3 })).toEqual([
    [1000, 1],
    [2000, 0],
    [3000, 0],
    [4000, 0],
    [5000, 0],
  ]);
});

it('with a slide longer than the window the batches between two windows are never counted', () => {
  expect(counts([['a'], ['b', 'c'], ['d'], []], { window: 1000, slide: 2000 })).toEqual([
    [2000, 2],
    [4000, 0],
  ]);
});

describe('counts what is in the window, at any window and slide, with restarts', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 30, () => random.list(0, 3, () => 'record'));
    const [window, slide] = [random.int(1, 7), random.int(1, 7)];
    const expected: number[][] = [];
    for (let end = slide; end <= input.length; end += slide) {
      expected.push([end * 1000, input.slice(Math.max(0, end - window), end).flat().length]);
    }
    const options = { window: window * 1000, slide: slide * 1000 };
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    const begins = counts(input, options).findIndex((row) => row.length > 1);
    const given = expected.map(([time, n], at) => (begins >= 0 && at >= begins ? [time, n] : [time]));
    expect(counts(input, options)).toEqual(given);
    expect(counts(input, options, restarts)).toEqual(given);
    expect(expected.slice(0, begins < 0 ? undefined : begins).every(([, n]) => n === 0)).toBe(true);
  });
});

it('refuses a window or slide that is no multiple of the interval, where it is written', () => {
  const batches = of(1).pipe(batchInterval(1000));
  expect(() => batches.pipe(countByWindow({ window: 1500 }))).toThrow(refused('countByWindow: the window duration'));
  expect(() => batches.pipe(countByWindow({ window: 2000, slide: 500 }))).toThrow(refused('the slide duration'));
});

it('refuses a drain trigger, which has no interval', () => {
  const context = new StreamingContext({ trigger: drain(), scheduler: manualClock() });
  const batches = of(1).pipe(batchInterval(context));
  expect(() => batches.pipe(countByWindow({ window: 1000 }))).toThrow(refused('a drain trigger'));
});

it.each([
  [undefined, 'countByWindow: expected options like { window, slide, name'],
  [{ slide: 1 }, 'countByWindow({ window }): expected a whole number of at least 1, got undefined'],
])('refuses %j, where it is written', (options, message) => {
  expect(() => countByWindow(options as never)).toThrow(refused(message));
});
