import { bufferCount, map, of, retry, share } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { statesOf as states, sum, type Update } from '../support/statesOf.ts';
import { refused } from '../support/through.ts';
import { add, type Counts } from '../support/windowsOf.ts';

const oneOfEach: Counts = [
  ['a', 1],
  ['b', 1],
];
const twoMore: Counts = [['a', 2]];

it(
  'keeps a state for each key; the result holds every key, also in an empty batch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p-q-r-|', { p: oneOfEach, q: twoMore, r: [] });
    const subs = '                ^------!';
    const expected = '            -p-q-r-|';
    const sums: Counts = [
      ['a', 3],
      ['b', 1],
    ];
    const result = source.pipe(updateStateByKey(sum), batches.shown());
    m.expect(result).toBeObservable(expected, { p: oneOfEach, q: sums, r: sums });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('is called for every key with values or state, in every batch', () => {
  const update = vi.fn(sum);
  states(
    [
      [
        ['a', 1],
        ['a', 2],
      ],
      [['b', 3]],
      [],
    ],
    update,
  );
  expect(update.mock.calls).toEqual([
    [[1, 2], undefined, 'a', 1000],
    [[], 3, 'a', 2000],
    [[3], undefined, 'b', 2000],
    [[], 3, 'a', 3000],
    [[], 3, 'b', 3000],
  ]);
});

it('gives the values of a key in the order of arrival', () => {
  const update = vi.fn(sum);
  states(
    [
      [
        ['a', 3],
        ['b', 0],
        ['a', 1],
        ['a', 2],
      ],
    ],
    update,
  );
  expect(update.mock.calls[0]?.[0]).toEqual([3, 1, 2]);
});

it('drops a key for which update gives undefined; it begins anew when it returns', () => {
  const untilThree: Update = (values, state = 0) => {
    const next = sum(values, state, '', 0);
    return next === undefined || next > 3 ? undefined : next;
  };
  expect(
    states(
      [
        [
          ['a', 2],
          ['b', 1],
        ],
        [['a', 2]],
        [],
        [['a', 1]],
      ],
      untilThree,
    ),
  ).toEqual([
    [
      ['a', 2],
      ['b', 1],
    ],
    [['b', 1]],
    [['b', 1]],
    [
      ['b', 1],
      ['a', 1],
    ],
  ]);
});

it('a key that never gets a state is not there', () => {
  expect(states([[['a', 1]], []], () => undefined)).toEqual([[], []]);
});

it('0, false and null are states', () => {
  const out = runBatches([[['a', 0] as const], []], (batches) =>
    batches.pipe(
      updateStateByKey((values: readonly number[], state: null | undefined) => (values.length > 0 ? null : state)),
    ),
  );
  expect(out.map(({ records }) => records)).toEqual([[['a', null]], [['a', null]]]);
});

describe('initial', () => {
  const initial: Counts = [
    ['a', 10],
    ['c', 30],
  ];

  it('is the state before the very first batch: given without data, and passed to update', () => {
    const update = vi.fn(sum);
    expect(states([[], [['a', 1]]], update, { initial })).toEqual([
      [
        ['a', 10],
        ['c', 30],
      ],
      [
        ['a', 11],
        ['c', 30],
      ],
    ]);
    expect(update.mock.calls[0]).toEqual([[], 10, 'a', 1000]);
  });

  it('is not taken again after a restart, also of keys that were dropped', () => {
    const dropC: Update = (values, state, key) => (key === 'c' ? undefined : sum(values, state, key, 0));
    const input: Counts[] = [[], [['a', 1]], [['a', 1]]];
    const expected = [[['a', 10]], [['a', 11]], [['a', 12]]];
    expect(states(input, dropC, { initial })).toEqual(expected);
    expect(states(input, dropC, { initial }, { restartAfter: [1, 2], crashIn: 2 })).toEqual(expected);
  });

  it('may be a generator: a retry of the first batch takes it again', () => {
    function* generated(): Generator<readonly [string, number]> {
      yield* initial;
    }
    let isBroken = true;
    const update: Update = (values, state, key, time) => {
      if (isBroken) {
        isBroken = false;
        throw new Error('no');
      }
      return sum(values, state, key, time);
    };
    const out = runBatches([[['a', 1] as Pair<string, number>]], (batches) =>
      batches.pipe(updateStateByKey(update, { initial: generated() }), retry(1)),
    );
    expect(out.map(({ records }) => records)).toEqual([
      [
        ['a', 11],
        ['c', 30],
      ],
    ]);
  });

  it('is refused where it is written if it cannot be iterated over', () => {
    expect(() => updateStateByKey<Pair<string, number>, number>(sum, { initial: { a: 1 } as never })).toThrow(
      refused(
        'updateStateByKey({ initial }): expected a Map, an array or another iterable of [key, state], got an object',
      ),
    );
  });

  it('may be a Map', () => {
    expect(states([[['a', 1]]], sum, { initial: new Map([['a', 1]]) })).toEqual([[['a', 2]]]);
  });
});

it('compares keys as Map compares them, tuples by their elements', () => {
  const keys: readonly unknown[] = [Number.NaN, 0, '', '__proto__', ['a', 1]];
  const input = [keys, [...keys.slice(0, -1), ['a', 1], -0, ['a', 2]]].map((batch) =>
    batch.map((key) => [key, 1] as const),
  );
  const out = runBatches(input, (batches) =>
    batches.pipe(updateStateByKey((values, state: number | undefined) => values.reduce(add, state ?? 0))),
  );
  expect(out[1]?.records).toEqual([
    [Number.NaN, 2],
    [0, 3],
    ['', 2],
    ['__proto__', 2],
    [['a', 1], 2],
    [['a', 2], 1],
  ]);
});

it('what branches read is the state after this batch, whenever they read it', () => {
  const input: Counts[] = [[['a', 1]], [['a', 1]]];
  const outputs = runBatches(input, (batches) => {
    const counted = batches.pipe(updateStateByKey(sum), share());
    return {
      all: counted,
      ones: counted.pipe(filterRecords(([, n]) => n === 1)),
      window: counted.pipe(windowBatches({ window: 2000 })),
    };
  });
  expect(outputs.ones.map(({ records }) => records)).toEqual([[['a', 1]], []]);
  expect(outputs.window.at(-1)?.records).toEqual([
    ['a', 1],
    ['a', 2],
  ]);
});

it('a batch that is collected with later ones still holds the state of its time', () => {
  const input: Counts[] = [[['a', 1]], [['a', 1]]];
  const out = runBatches(input, (batches) =>
    batches.pipe(
      updateStateByKey(sum),
      bufferCount(2),
      map(([first, second]) =>
        (second as Batch<Pair<string, number>>).withRecords([...(first ?? []), ...(second ?? [])]),
      ),
    ),
  );
  expect(out).toEqual([
    {
      time: 2000,
      records: [
        ['a', 1],
        ['a', 2],
      ],
    },
  ]);
});

it('two subscriptions have states of their own', () => {
  const count = updateStateByKey<Pair<string, number>, number>(sum);
  const run = detachedRun();
  const totals = (): Counts[] => {
    const seen: Counts[] = [];
    of(batchOf<readonly [string, number]>([['a', 1]], { run }))
      .pipe(count)
      .subscribe(({ records }) => seen.push(records));
    return seen;
  };
  expect([totals(), totals()]).toEqual([[[['a', 1]]], [[['a', 1]]]]);
});

it('needs a name under a durable checkpoint', () => {
  const run = (): unknown =>
    runBatches([[['a', 1] as const]], (batches) => batches.pipe(updateStateByKey(sum)), { restartAfter: 1 });
  expect(run).toThrow(expect.objectContaining({ code: 'NAME_REQUIRED' }));
});

it('refuses what is not a function, where it is written', () => {
  expect(() => updateStateByKey('sum' as never)).toThrow(
    refused('updateStateByKey(update): expected a function, got "sum"'),
  );
});
