import { bufferCount, filter, map, type OperatorFunction, share, tap } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { StateBatch } from '../../src/core/batch/StateBatch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { KeyedState } from '../../src/core/state/KeyedState.ts';
import type { KeyState } from '../../src/core/state/KeyState.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapWithState } from '../../src/operators/mapWithState.ts';
import { stateSnapshots } from '../../src/operators/stateSnapshots.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import type { Counts } from '../support/windowsOf.ts';

const countUp = (_key: string, value: number | undefined, state: KeyState<number>): number => {
  state.update((state.getOption() ?? 0) + (value ?? 0));
  return state.get();
};

const first: Counts = [
  ['a', 1],
  ['b', 1],
];
const later: Counts = [
  ['a', 3],
  ['b', 1],
];
const input: Counts[] = [first, [['a', 2]], []];
const states: Counts[] = [first, later, later];

it(
  'gives the states of all keys after each batch, empty ones included',
  batchTest((m, batches) => {
    const source = batches.hot('  -p-q-r-|', { p: first, q: [['a', 2]], r: [] });
    const subs = '                ^------!';
    const expected = '            -p-q-r-|';
    const result = source.pipe(mapWithState(countUp), stateSnapshots(), batches.shown());
    m.expect(result).toBeObservable(expected, { p: first, q: later, r: later });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('beside what was mapped, with share(): one state, one call for each record', () => {
  const fn = vi.fn(countUp);
  const branches = (run: object): unknown => {
    const out = runBatches(
      input,
      (batches) => {
        const counted = batches.pipe(mapWithState(fn, { name: 's' }), share());
        return {
          mapped: counted,
          states: counted.pipe(stateSnapshots()),
          again: counted.pipe(stateSnapshots()),
          many: counted.pipe(
            stateSnapshots(),
            filterRecords(([, n]) => n > 1),
          ),
        };
      },
      run,
    );
    return Object.values(out).map((batches) => batches.map(({ records }) => records));
  };
  const many = [[], [['a', 3]], [['a', 3]]];
  expect(branches({})).toEqual([[[1, 1], [3], []], states, states, many]);
  expect(fn).toHaveBeenCalledTimes(3);
  expect(branches({ restartAfter: 1, crashIn: [2, 3] })).toEqual([[[1, 1], [3], []], states, states, many]);
});

it('goes over the keys when it is read, not when it comes', () => {
  const goesOver = vi.spyOn(KeyedState.prototype, 'keyAt');
  const looks: number[] = [];
  runBatches(input, (batches) =>
    batches.pipe(
      mapWithState(countUp),
      tap(() => goesOver.mockClear()),
      stateSnapshots(),
      map((batch) => {
        looks.push(goesOver.mock.calls.length, batch.records.length, goesOver.mock.calls.length);
        return batch;
      }),
    ),
  );
  goesOver.mockRestore();
  expect(looks).toEqual([0, 2, 2, 0, 2, 2, 0, 2, 2]);
});

it('plain RxJS on whole batches may stand between: every second batch', () => {
  const out = runBatches(input, (batches) =>
    batches.pipe(
      mapWithState(countUp),
      filter(({ time }) => time % 2000 === 0),
      stateSnapshots(),
    ),
  );
  expect(out).toEqual([{ time: 2000, records: states[1] }]);
});

it('is the state of its time for who reads it later: a window, or batches that are collected', () => {
  const collected = runBatches(input.slice(0, 2), (batches) =>
    batches.pipe(
      mapWithState(countUp),
      stateSnapshots(),
      bufferCount(2),
      map(([one, two]) => (two as Batch<Pair<string, number>>).withRecords([...(one ?? []), ...(two ?? [])])),
    ),
  );
  expect(collected.map(({ records }) => records)).toEqual([[...first, ...later]]);
  const windows = runBatches(input, (batches) =>
    batches.pipe(mapWithState(countUp), stateSnapshots(), windowBatches({ window: 2000 })),
  );
  expect(windows.map(({ records }) => records.length)).toEqual([2, 4, 4]);
});

it('asked for when later batches may have changed the states it fails the run', () => {
  const run = (): unknown =>
    runBatches(input.slice(0, 2), (batches) =>
      batches.pipe(
        mapWithState(countUp),
        bufferCount(2),
        map(([one]) => (one as StateBatch<number, string, number>).snapshots),
      ),
    );
  expect(run).toThrow(
    expect.objectContaining({ code: 'BATCH_SETTLED', message: expect.stringContaining('stateSnapshots()') }),
  );
});

it('an output passes the batch on with its states', () => {
  const out = runBatches(input, (batches) =>
    batches.pipe(
      mapWithState(countUp),
      foreachBatch(() => {}),
      map((batch) => (batch as StateBatch<number, string, number>).snapshots),
    ),
  );
  expect(out.map(({ records }) => records)).toEqual(states);
});

it('refuses the batches of another operator, and says where it belongs', () => {
  const run = (): unknown =>
    runBatches([[['a', 1] as Pair<string, number>]], (batches) =>
      batches.pipe(
        mapWithState(countUp),
        filterRecords(() => true),
        stateSnapshots() as unknown as OperatorFunction<Batch<number>, Batch<unknown>>,
      ),
    );
  expect(run).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('right after mapWithState') }),
  );
});
