/** State after restarts, failures and changes in place. */
import { retry } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import { updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { changeCount } from '../support/stateEntries.ts';
import { statesOf as states, sum, type Update } from '../support/statesOf.ts';
import { no, operatorFailed } from '../support/through.ts';
import type { Counts } from '../support/windowsOf.ts';

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
  expect(() => states(input, update)).toThrow(operatorFailed('updateStateByKey', 1, 2000, 'b'));
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
      puts.push(changeCount(settlement.states.find(({ state }) => state === 's/keys')));
      return store.settle(settlement);
    },
  };
  const keepFirst: Update = (values, state = values[0]) => state;
  states([[['a', 1]], [['a', 2]], []], keepFirst, {}, { checkpoint });
  expect(puts).toEqual([1, 0, 0]);
});

function counts(random: Seeded): Counts {
  return random.list(0, 4, () => [random.pick(['a', 'b', 'c']), random.int(1, 9)] as const);
}
