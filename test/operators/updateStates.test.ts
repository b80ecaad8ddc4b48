import { retry } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { type KeyUpdate, type UpdateStatesOptions, updateStates } from '../../src/operators/updateStates.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { sum } from '../support/statesOf.ts';
import { no, operatorFailed, refused } from '../support/through.ts';
import type { Counts } from '../support/windowsOf.ts';

type Updates = Iterable<KeyUpdate<string, number, number>>;
type Update = (keys: Updates, time: number) => Iterable<readonly [string, number]>;

/** What `updateStateByKey(sum)` does. */
const sums: Update = function* (keys) {
  for (const [key, values, state] of keys) yield [key, sum(values, state, key, 0) ?? 0];
};

const twoLargest: Update = (keys) => [...sums(keys, 0)].sort(([, a], [, b]) => b - a).slice(0, 2);

const options = (more: UpdateStatesOptions<string, number> = {}): UpdateStatesOptions<string, number> => ({
  name: 's',
  ...more,
});

function statesOf(
  input: readonly Counts[],
  update: Update,
  more: UpdateStatesOptions<string, number> = {},
  run: RunBatchesOptions = {},
): Counts[] {
  const operator = updateStates<Pair<string, number>, number>(update, options(more));
  return runBatches(input, (batches) => batches.pipe(operator), run).map(({ records }) => records);
}

const input: Counts[] = [
  [
    ['a', 1],
    ['b', 5],
  ],
  [
    ['a', 2],
    ['c', 4],
  ],
  [],
  [['a', 9]],
];

it(
  'decides about all keys together: the two largest stay',
  batchTest((m, batches) => {
    const source = batches.hot('            -p-q-r-|', { p: input[0] as never, q: input[1] as never, r: [] });
    const subs = '                          ^------!';
    const expected = '                      -p-q-r-|';
    const result = source.pipe(updateStates<Pair<string, number>, number>(twoLargest), batches.shown());
    const first: Counts = [
      ['b', 5],
      ['a', 1],
    ];
    const later: Counts = [
      ['b', 5],
      ['c', 4],
    ];
    m.expect(result).toBeObservable(expected, { p: first, q: later, r: later });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('gets every key with values or state, once, as often as it looks', () => {
  const seen: unknown[] = [];
  statesOf(input.slice(0, 2), (keys, time) => {
    seen.push(time, [...keys], [...keys]);
    return sums(keys, time);
  });
  const second = [
    ['a', [2], 1],
    ['b', [], 5],
    ['c', [4], undefined],
  ];
  expect(seen.slice(3)).toEqual([2000, second, second]);
});

it('may rename keys', () => {
  const shout: Update = (keys) => [...sums(keys, 0)].map(([key, n]) => [key.toUpperCase(), n] as const);
  const initial: Counts = [['a', 1]];
  expect(statesOf([[], []], shout, { initial })).toEqual([[['A', 1]], [['A', 1]]]);
  expect(statesOf([[], [], []], shout, { initial }, { restartAfter: 1, crashIn: 2 })[2]).toEqual([['A', 1]]);
});

it('initial is the state before the very first batch', () => {
  expect(statesOf([[['a', 1]]], sums, { initial: new Map([['a', 10]]) })).toEqual([[['a', 11]]]);
});

describe('fails the run, and the state stays as before the batch', () => {
  it('if it throws', () => {
    let isBroken = true;
    const update: Update = (keys, time) => {
      if (time === 2000 && isBroken) {
        isBroken = false;
        no();
      }
      return sums(keys, time);
    };
    expect(() => statesOf(input, update)).toThrow(operatorFailed('updateStates', undefined, 2000));
    isBroken = true;
    const out = runBatches(input, (batches) =>
      batches.pipe(updateStates<Pair<string, number>, number>(update), retry(1)),
    );
    expect(out.map(({ records }) => records)).toEqual(statesOf(input, sums));
  });

  it('if it gives a key twice', () => {
    const one: Update = (keys) => [...sums(keys, 0)].map(([, n]) => ['x', n] as const);
    expect(() => statesOf(input, one)).toThrow(
      expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining('got "x" twice') }),
    );
  });

  it('if a state is undefined', () => {
    const none = (() => [['x', undefined]]) as unknown as Update;
    expect(() => statesOf(input, none)).toThrow(
      expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining('leave the key out') }),
    );
  });
});

describe('looking at each key alone it does what updateStateByKey does, with a restart anywhere', () => {
  it.each(seeds(20))('seed %i', (seed) => {
    const random = seeded(seed);
    const batches = random.list(2, 8, () =>
      random.list(0, 4, () => [random.pick(['a', 'b', 'c', 'd']), random.int(1, 9)] as const),
    );
    const dropLarge: Update = (keys) => [...sums(keys, 0)].filter(([, n]) => n < 20);
    const expected = runBatches(batches, (source) =>
      source.pipe(
        updateStateByKey<Pair<string, number>, number>((values, state, key) => {
          const next = sum(values, state, key, 0) ?? 0;
          return next < 20 ? next : undefined;
        }),
      ),
    ).map(({ records }) => records);
    const run = { restartAfter: random.int(1, batches.length), crashIn: random.int(1, batches.length) };
    expect(statesOf(batches, dropLarge)).toEqual(expected);
    expect(statesOf(batches, dropLarge, {}, run)).toEqual(expected);
  });
});

it('tells objects apart by keyOf', () => {
  const records = [[{ id: 1 }, 1] as const, [{ id: 1 }, 2] as const];
  const out = runBatches([records], (batches) =>
    batches.pipe(
      updateStates((keys) => [...keys].map(([key, values]) => [key, values.length] as const), {
        keyOf: ({ id }) => id,
      }),
    ),
  );
  expect(out[0]?.records).toEqual([[{ id: 1 }, 2]]);
});

it('refuses wrong arguments where they are written', () => {
  expect(() => updateStates('sum' as never)).toThrow(refused('updateStates(update): expected a function'));
  expect(() => updateStates<Pair<string, number>, number>(sums, { initial: 3 as never })).toThrow(
    refused('updateStates({ initial })'),
  );
});
