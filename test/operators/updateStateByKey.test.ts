import { bufferCount, map, of, retry, share } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import type { Batch } from '../../src/core/Batch.ts';
import type { Pair } from '../../src/core/Pair.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { type UpdateStateByKeyOptions, updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

type Counts = readonly Pair<string, number>[];
type Update = (values: readonly number[], state: number | undefined, key: string, time: number) => number | undefined;

const add = (left: number, right: number): number => left + right;
const sum: Update = (values, state = 0) => values.reduce(add, state);

const oneOfEach: Counts = [
  ['a', 1],
  ['b', 1],
];
const twoMore: Counts = [['a', 2]];

/** The records of each batch. */
function states(
  input: readonly Counts[],
  update: Update,
  options: UpdateStateByKeyOptions<string, number> = {},
  run: RunBatchesOptions = {},
): Counts[] {
  const out = runBatches(input, (batches) => batches.pipe(updateStateByKey(update, { name: 's', ...options })), run);
  return out.map(({ records }) => records);
}

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

  it('may be a Map', () => {
    expect(states([[['a', 1]]], sum, { initial: new Map([['a', 1]]) })).toEqual([[['a', 2]]]);
  });
});

it.each([
  { restartAfter: [1, 2, 3, 4] },
  { restartAfter: 2 },
  { crashIn: [1, 2, 3, 4] },
  { crashIn: 3, restartAfter: 1 },
])('a restart in the middle changes nothing: %j', (run) => {
  const input: Counts[] = [
    [['a', 1]],
    [
      ['b', 1],
      ['a', 1],
    ],
    [],
    [['a', 1]],
  ];
  expect(states(input, sum, {}, run)).toEqual(states(input, sum));
});

describe('gives the sums of all records so far, with a restart anywhere', () => {
  it.each(seeds(30))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(2, 10, () => counts(random));
    const sums = new Map<string, number>();
    const expected = input.map((batch) => {
      for (const [key, n] of batch) sums.set(key, (sums.get(key) ?? 0) + n);
      return [...sums];
    });
    const run = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    expect(states(input, sum)).toEqual(expected);
    expect(states(input, sum, {}, run)).toEqual(expected);
  });
});

it('a throwing update fails the run; the state stays as before the batch', () => {
  let isBroken = true;
  const seen: [number, string, number | undefined][] = [];
  const update: Update = (values, state, key, time) => {
    seen.push([time, key, state]);
    if (time === 2000 && key === 'b' && isBroken) {
      isBroken = false;
      no();
    }
    return sum(values, state, key, time);
  };
  const input: Counts[] = [
    [
      ['a', 1],
      ['b', 1],
    ],
    [
      ['a', 1],
      ['b', 1],
    ],
  ];
  expect(() => states(input, update)).toThrow(operatorFailed('updateStateByKey', undefined, 2000));
  isBroken = true;
  expect(runBatches(input, (batches) => batches.pipe(updateStateByKey(update), retry(1))).at(-1)?.records).toEqual([
    ['a', 2],
    ['b', 2],
  ]);
  const ofB = (time: number): unknown =>
    seen.filter(([at, key]) => at === time && key === 'b').map(([, , state]) => state);
  expect([ofB(1000), ofB(2000)]).toEqual([
    [undefined, undefined],
    [1, 1, 1],
  ]);
});

it('a state that is changed in place throws under the testing kit', () => {
  const run = (): unknown =>
    runBatches([[['a', 1] as const], [['a', 1] as const]], (batches) =>
      batches.pipe(
        updateStateByKey((values: readonly number[], state: { n: number } | undefined) => {
          const next = state ?? { n: 0 };
          next.n += values.length;
          return next;
        }),
      ),
    );
  expect(run).toThrow(
    expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining('read only') }),
  );
});

it('the same reference means unchanged: nothing of it goes into the checkpoint', () => {
  const store = memoryCheckpoint();
  const puts: unknown[] = [];
  const checkpoint: CheckpointStore = {
    ...store,
    settle(settlement) {
      puts.push(settlement.states.find(({ state }) => state === 's/keys')?.puts);
      return store.settle(settlement);
    },
  };
  const keepFirst: Update = (values, state = values[0]) => state;
  states([[['a', 1]], [['a', 2]], []], keepFirst, {}, { checkpoint });
  expect(puts).toEqual([[['a', 1]], [], []]);
});

it('compares keys as Map compares them: NaN is itself, 0 is -0, objects by identity', () => {
  const object = {};
  const keys: readonly unknown[] = [Number.NaN, 0, '', '__proto__', object];
  const input = [keys, [...keys, -0, {}]].map((batch) => batch.map((key) => [key, 1] as const));
  const out = runBatches(input, (batches) =>
    batches.pipe(updateStateByKey((values, state: number | undefined) => values.reduce(add, state ?? 0))),
  );
  expect(out[1]?.records).toEqual([
    [Number.NaN, 2],
    [0, 3],
    ['', 2],
    ['__proto__', 2],
    [object, 2],
    [{}, 1],
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

function counts(random: Seeded): Counts {
  return random.list(0, 4, () => [random.pick(['a', 'b', 'c']), random.int(1, 9)] as const);
}
