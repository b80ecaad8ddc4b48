import { of, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { groupByKey } from '../../src/operators/groupByKey.ts';
import { groupByKeyAndWindow } from '../../src/operators/groupByKeyAndWindow.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { type BatchRecords, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { refused } from '../support/through.ts';
import type { Counts } from '../support/windowsOf.ts';

it(
  'collects the values of each key over the last two intervals, in the order of arrival',
  batchTest((m, batches) => {
    const p: Counts = [['a', 1]];
    const q: Counts = [
      ['a', 2],
      ['b', 3],
      ['a', 4],
    ];
    const input = batches.hot('   -pqrs|', { p, q, r: [], s: [] });
    const subs = '                ^----!';
    const expected = '            -pqrs|';
    const result = input.pipe(groupByKeyAndWindow({ window: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, {
      p: [['a', [1]]],
      q: [
        ['a', [1, 2, 4]],
        ['b', [3]],
      ],
      r: [
        ['a', [2, 4]],
        ['b', [3]],
      ],
      s: [],
    });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

it('each reading has lists of its own: what is done to one changes no other', () => {
  const input: Counts[] = [[['a', 1]], [['a', 2]], []];
  const out = runBatches(input, (batches) =>
    batches.pipe(
      groupByKeyAndWindow({ window: 2000 }),
      tap((batch) =>
        batch.forEach(([, values]) => {
          values.push(9);
        }),
      ),
    ),
  );
  expect(out.map(({ records }) => records)).toEqual([[['a', [1]]], [['a', [1, 2]]], [['a', [2]]]]);
});

it('a window of many batches is read without nesting calls as deep', () => {
  const batches = 3000;
  const input = Array.from({ length: batches }, (_, at) => [['a', at] as const]);
  const out = runBatches(
    input,
    (stream) => stream.pipe(groupByKeyAndWindow({ window: batches * 10, slide: batches * 10 })),
    {
      interval: 10,
    },
  );
  expect(out).toEqual([{ time: batches * 10, records: [['a', input.map(([pair]) => pair?.[1])]] }]);
});

it('keeps copies of values that are small views of a big buffer', () => {
  const lines = new TextEncoder().encode('a very long line, of which only two letters are wanted');
  const input = [[['a', lines.subarray(0, 1)] as const], [['a', lines.subarray(2, 3)] as const]];
  const out = runBatches(input, (batches) => batches.pipe(groupByKeyAndWindow({ window: 2000 })));
  const values = out[1]?.records[0]?.[1] ?? [];
  expect(values.map((value) => new TextDecoder().decode(value))).toEqual(['a', 'v']);
  expect(values.map((value) => value.buffer.byteLength)).toEqual([1, 1]);
});

describe('groupByKeyAndWindow is windowBatches and then groupByKey, with restarts', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 30, () =>
      random.list(0, 4, () => [random.pick(['a', 'b', 'c']), random.int(0, 99)] as const),
    );
    const options = { window: 1000 * random.int(1, 7), slide: 1000 * random.int(1, 7) };
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    const joined = runBatches(input, (batches) => batches.pipe(windowBatches(options), groupByKey()));
    const grouped = (run: object): BatchRecords<readonly [string, number[]]>[] =>
      runBatches(input, (batches) => batches.pipe(groupByKeyAndWindow({ ...options, name: 'w' })), run);
    expect(grouped({}).map(inKeyOrder)).toEqual(joined.map(inKeyOrder));
    expect(grouped(restarts)).toEqual(grouped({}));
  });
});

function inKeyOrder({ time, records }: BatchRecords<readonly [string, number[]]>): unknown {
  return { time, records: records.toSorted(([left], [right]) => (left < right ? -1 : 1)) };
}

it('a key that is an object, without keyOf, fails the run and is named', () => {
  const input = [[[{ id: 1 }, 1] as const]];
  expect(() => runBatches(input, (batches) => batches.pipe(groupByKeyAndWindow({ window: 1000 })))).toThrow(
    expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining('groupByKeyAndWindow: ') }),
  );
  const out = runBatches(input, (batches) =>
    batches.pipe(groupByKeyAndWindow({ window: 1000, keyOf: ({ id }) => id })),
  );
  expect(out[0]?.records).toEqual([[{ id: 1 }, [1]]]);
});

it('refuses a window or slide that is no multiple of the interval, where it is written', () => {
  const batches = of(['a', 1] as const).pipe(batchInterval(1000));
  expect(() => batches.pipe(groupByKeyAndWindow({ window: 1500 }))).toThrow(refused('groupByKeyAndWindow: the window'));
  expect(() => batches.pipe(groupByKeyAndWindow({ window: 2000, slide: 500 }))).toThrow(refused('the slide duration'));
});

it('refuses a drain trigger, which has no interval', () => {
  const context = new StreamingContext({ trigger: drain(), scheduler: manualClock() });
  const batches = of(['a', 1] as const).pipe(batchInterval(context));
  expect(() => batches.pipe(groupByKeyAndWindow({ window: 1000 }))).toThrow(refused('a drain trigger'));
});

it.each([
  [undefined, 'groupByKeyAndWindow: expected options like { window, slide, name'],
  [{ window: 1000, keyOf: 'id' }, 'groupByKeyAndWindow({ keyOf }): expected a function, got "id"'],
])('refuses %j, where it is written', (options, message) => {
  expect(() => groupByKeyAndWindow(options as never)).toThrow(refused(message));
});
