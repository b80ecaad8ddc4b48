import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { reduceByWindow } from '../../src/operators/reduceByWindow.ts';
import { reduceRecords } from '../../src/operators/reduceRecords.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed, refused } from '../support/through.ts';
import { add, subtract } from '../support/windowsOf.ts';

/** The records of each window of sums. */
function sums(
  input: readonly (readonly number[])[],
  options: { window: number; slide?: number; inverse?: typeof subtract },
  run: RunBatchesOptions = {},
): unknown {
  const out = runBatches(input, (batches) => batches.pipe(reduceByWindow(add, { name: 'w', ...options })), run);
  return out.map(({ time, records }) => [time, ...records]);
}

it(
  'reduces all records of the last two intervals to one',
  batchTest((m, batches) => {
    const input = batches.hot('   -pqrs|', { p: [1, 2], q: [4], r: [], s: [] });
    const subs = '                ^----!';
    const expected = '            -pqrs|';
    const result = input.pipe(reduceByWindow(add, { window: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [3], q: [7], r: [4], s: [] });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

describe('a window without records', () => {
  const input = [[], [1], [], []];

  it('gives nothing without inverse', () => {
    expect(sums(input, { window: 2000 })).toEqual([[1000], [2000, 1], [3000, 1], [4000]]);
  });

  it('gives with inverse what is left of the value, once there has been a record', () => {
    expect(sums(input, { window: 2000, inverse: subtract })).toEqual([[1000], [2000, 1], [3000, 1], [4000, 0]]);
  });

  it('gives it after a restart too', () => {
    const options = { window: 2000, inverse: subtract };
    for (const at of [1, 2, 3]) {
      expect(sums(input, options, { restartAfter: at })).toEqual(sums(input, options));
      expect(sums(input, options, { crashIn: at })).toEqual(sums(input, options));
    }
  });
});

it('reduces in the order of arrival: within the batch, then batch by batch', () => {
  const join = (left: string, right: string): string => `${left}${right}`;
  const out = runBatches([['a', 'b'], ['c'], ['d'], ['e']], (batches) =>
    batches.pipe(reduceByWindow(join, { window: 3000 })),
  );
  expect(out.map(({ records }) => records)).toEqual([['ab'], ['abc'], ['abcd'], ['cde']]);
});

it('with a slide longer than the window the batches between two windows are never counted', () => {
  const input = [[1], [2], [4], [8]];
  const expected = [
    [2000, 2],
    [4000, 8],
  ];
  expect(sums(input, { window: 1000, slide: 2000 })).toEqual(expected);
  expect(sums(input, { window: 1000, slide: 2000, inverse: subtract })).toEqual(expected);
});

describe('reduceByWindow is windowBatches and then reduceRecords, with or without inverse and restarts', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 30, () => random.list(0, 3, () => random.int(-5, 5)));
    const options = { window: 1000 * random.int(1, 7), slide: 1000 * random.int(1, 7) };
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    const joined = runBatches(input, (batches) => batches.pipe(windowBatches(options), reduceRecords(add)));
    const plain = joined.map(({ time, records }) => [time, ...records]);
    expect(sums(input, options)).toEqual(plain);
    expect(sums(input, options, restarts)).toEqual(plain);
    const inverse = sums(input, { ...options, inverse: subtract }) as number[][];
    expect(sums(input, { ...options, inverse: subtract }, restarts)).toEqual(inverse);
    const orZero = (rows: readonly (readonly number[])[]): unknown => rows.map(([time, sum]) => [time, sum ?? 0]);
    expect(orZero(inverse)).toEqual(orZero(plain as number[][]));
  });
});

it('a throwing reduce or inverse fails the run', () => {
  const run =
    (input: number[][], reduce: typeof add, inverse?: typeof subtract): (() => unknown) =>
    () =>
      runBatches(input, (batches) =>
        batches.pipe(reduceByWindow(reduce, { window: 1000, ...(inverse === undefined ? {} : { inverse }) })),
      );
  expect(run([[1, 2]], no)).toThrow(operatorFailed('reduceByWindow', 1));
  expect(run([[1], []], add, no)).toThrow(
    expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining('reduceByWindow: ') }),
  );
});

it('refuses a window or slide that is no multiple of the interval, where it is written', () => {
  const batches = of(1).pipe(batchInterval(1000));
  expect(() => batches.pipe(reduceByWindow(add, { window: 1500 }))).toThrow(refused('reduceByWindow: the window'));
  expect(() => batches.pipe(reduceByWindow(add, { window: 2000, slide: 500 }))).toThrow(refused('the slide duration'));
});

it('refuses a drain trigger, which has no interval', () => {
  const context = new StreamingContext({ trigger: drain(), scheduler: manualClock() });
  const batches = of(1).pipe(batchInterval(context));
  expect(() => batches.pipe(reduceByWindow(add, { window: 1000 }))).toThrow(refused('a drain trigger'));
});

it.each([
  ['+', { window: 1000 }, 'reduceByWindow(reduce): expected a function, got "+"'],
  [add, undefined, 'reduceByWindow: expected options like { window, slide, name'],
  [add, { window: 0 }, 'reduceByWindow({ window }): expected a whole number of at least 1, got 0'],
  [add, { window: 1000, inverse: 1 }, 'reduceByWindow({ inverse }): expected a function, got 1'],
])('refuses (%s, %j), where it is written', (reduce, options, message) => {
  expect(() => reduceByWindow(reduce as never, options as never)).toThrow(refused(message));
});
