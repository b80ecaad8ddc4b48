import { expect, it } from 'vitest';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { runBatches } from '../../src/testing/runBatches.ts';

const add = (a: number, b: number): number => a + b;

it('gives the records of each batch with its time', () => {
  expect(runBatches([[1, 2], [], [3]], (numbers) => numbers.pipe(mapRecords((n) => n * 10)))).toEqual([
    { time: 1000, records: [10, 20] },
    { time: 2000, records: [] },
    { time: 3000, records: [30] },
  ]);
});

it.each([
  {},
  { restartAfter: 1 },
  { restartAfter: [1, 2, 3] },
  { crashIn: 2 },
  { crashIn: [1, 2, 4], restartAfter: 3 },
])('gives the same with restarts %j', (options) => {
  const out = runBatches(
    [['a'], ['a', 'b'], ['b'], []],
    (words) =>
      words.pipe(
        mapRecords((word) => [word, 1] as const),
        reduceByKeyAndWindow(add, { window: 2000, inverse: (a, b) => a - b, name: 'w' }),
        updateStateByKey((values: readonly number[], sum: number | undefined) => values.reduce(add, sum ?? 0), {
          name: 's',
        }),
      ),
    options,
  );
  expect(out.map(({ records }) => records)).toEqual([
    [['a', 1]],
    [
      ['a', 3],
      ['b', 1],
    ],
    [
      ['a', 4],
      ['b', 3],
    ],
    [
      ['a', 4],
      ['b', 4],
    ],
  ]);
});
