import { expect, it } from 'vitest';
import { groupByKey } from '../../src/operators/groupByKey.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { batchTest } from '../support/marbles.ts';
import { through } from '../support/through.ts';

it(
  'collects the values of each key within the batch, in order of arrival',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [['a', 1] as const, ['b', 2] as const, ['a', 3] as const], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(groupByKey(), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['a', [1, 3]] as const, ['b', [2]] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('gives arrays of its own at each reading', () => {
  const result = through(batchOf<readonly [string, number]>([['a', 1]]), groupByKey());
  result.forEach(([, values]) => values.push(2));
  expect(result.records).toEqual([['a', [1]]]);
});

it('carries nothing from one batch to the next', () => {
  const group = groupByKey<readonly [string, number]>();
  expect(through(batchOf<readonly [string, number]>([['a', 1]]), group).records).toEqual([['a', [1]]]);
  expect(through(batchOf<readonly [string, number]>([['a', 2]]), group).records).toEqual([['a', [2]]]);
});
