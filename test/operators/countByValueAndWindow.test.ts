import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { countByValue } from '../../src/operators/countByValue.ts';
import { countByValueAndWindow } from '../../src/operators/countByValueAndWindow.ts';
import { topRecords } from '../../src/operators/topRecords.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { type BatchRecords, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { refused } from '../support/through.ts';

it(
  'counts each record of the last two intervals, and forgets it with its last occurrence',
  batchTest((m, batches) => {
    const input = batches.hot('   -pqrs|', { p: ['a'], q: ['b', 'b'], r: [], s: [] });
    const subs = '                ^----!';
    const expected = '            -pqrs|';
    const result = input.pipe(countByValueAndWindow({ window: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, {
      p: [['a', 1]],
      q: [
        ['a', 1],
        ['b', 2],
      ],
      r: [['b', 2]],
      s: [],
    });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

it('tells tuples apart by their elements and objects by keyOf, and gives the first of equal ones', () => {
  const tuples = runBatches([[['to', 1] as const], [['to', 1] as const, ['to', 2] as const]], (batches) =>
    batches.pipe(countByValueAndWindow({ window: 2000 })),
  );
  expect(tuples[1]?.records).toEqual([
    [['to', 1], 2],
    [['to', 2], 1],
  ]);
  const clicks = [[{ page: 'home', at: 1 }], [{ page: 'home', at: 2 }]];
  const objects = runBatches(clicks, (batches) =>
    batches.pipe(countByValueAndWindow({ window: 2000, keyOf: ({ page }) => page })),
  );
  expect(objects[1]?.records).toEqual([[{ page: 'home', at: 1 }, 2]]);
});

it('a record that is an object, without keyOf, fails the run and is named', () => {
  const run = (): unknown =>
    runBatches([['a', { page: 'home' }]], (batches) => batches.pipe(countByValueAndWindow({ window: 1000 })));
  expect(run).toThrow(
    expect.objectContaining({
      code: 'OPERATOR_FAILED',
      message: expect.stringContaining(
        'countByValueAndWindow: its function failed in the batch of time 1000, record 1',
      ),
    }),
  );
});

describe('countByValueAndWindow is windowBatches and then countByValue, with restarts', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 30, () => random.list(0, 4, () => random.pick(['a', 'b', 'c'])));
    const options = { window: 1000 * random.int(1, 7), slide: 1000 * random.int(1, 7) };
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    const joined = runBatches(input, (batches) => batches.pipe(windowBatches(options), countByValue()));
    const counted = (run: object): BatchRecords<readonly [string, number]>[] =>
      runBatches(input, (batches) => batches.pipe(countByValueAndWindow({ ...options, name: 'w' })), run);
    expect(counted({}).map(inOrder)).toEqual(joined.map(inOrder));
    expect(counted(restarts)).toEqual(counted({}));
  });
});

describe('the top records of a window are the first of all its records in falling order, with restarts', () => {
  it.each(seeds(30))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 30, () => random.list(0, 9, () => random.pick(['a', 'b', 'c', 'd', 'e'])));
    const options = { window: 1000 * random.int(1, 7), slide: 1000 * random.int(1, 7), name: 'w' };
    const most = random.int(1, 4);
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    const all = runBatches(input, (batches) => batches.pipe(countByValueAndWindow(options)));
    const top = runBatches(
      input,
      (batches) =>
        batches.pipe(
          countByValueAndWindow(options),
          topRecords(most, ([, count]) => count),
        ),
      restarts,
    );
    expect(top).toEqual(
      all.map(({ time, records }) => ({
        time,
        records: records.toSorted(([, left], [, right]) => right - left).slice(0, most),
      })),
    );
  });
});

function inOrder({ time, records }: BatchRecords<readonly [string, number]>): unknown {
  return { time, records: records.toSorted(([left], [right]) => (left < right ? -1 : 1)) };
}

it('refuses a window or slide that is no multiple of the interval, where it is written', () => {
  const batches = of(1).pipe(batchInterval(1000));
  expect(() => batches.pipe(countByValueAndWindow({ window: 1500 }))).toThrow(
    refused('countByValueAndWindow: the window'),
  );
  expect(() => batches.pipe(countByValueAndWindow({ window: 2000, slide: 500 }))).toThrow(
    refused('the slide duration'),
  );
});

it('refuses a drain trigger, which has no interval', () => {
  const context = new StreamingContext({ trigger: drain(), scheduler: manualClock() });
  const batches = of(1).pipe(batchInterval(context));
  expect(() => batches.pipe(countByValueAndWindow({ window: 1000 }))).toThrow(refused('a drain trigger'));
});

it.each([
  [undefined, 'countByValueAndWindow: expected options like { window, slide, name'],
  [{ window: 1000, keyOf: 'page' }, 'countByValueAndWindow({ keyOf }): expected a function, got "page"'],
])('refuses %j, where it is written', (options, message) => {
  expect(() => countByValueAndWindow(options as never)).toThrow(refused(message));
});
