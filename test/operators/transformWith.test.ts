import { filter, type Observable, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { transformWith } from '../../src/operators/transformWith.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

const zip = (left: Batch<string>, right: Batch<number>): string[] =>
  left.records.map((text, at) => `${text}${right.records[at] ?? ''}`);

it(
  'makes one batch of the batches of the same time; a side that gives none counts as empty',
  batchTest((m, batches) => {
    const source = batches.hot('  -a--b--|', { a: ['a'], b: ['b'] });
    const other = batches.hot('   -1-----|', { 1: [1] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(transformWith(other, zip), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a1'], q: ['b'] });
    m.expect(source).toHaveSubscriptions(subs);
    m.expect(other).toHaveSubscriptions(subs);
  }),
);

it('is called also when this side is missing, with an empty batch of the time', () => {
  const out = runBatches({ a: [['a'], ['b']], n: [[1], [2]] }, ({ a, n }) =>
    a.pipe(
      filter(({ time }) => time !== 2000),
      transformWith(n, (left, right) => [left.time, left.records.length, ...right.records]),
    ),
  );
  expect(out.map(({ records }) => records)).toEqual([
    [1000, 1, 1],
    [2000, 0, 2],
  ]);
});

it('fn may give a batch: of either side, or with other records', () => {
  const run = (fn: (left: Batch<string>, right: Batch<string>) => Batch<string>): unknown =>
    runBatches({ a: [['a']], b: [['b']] }, ({ a, b }) => a.pipe(transformWith(b, fn)))[0]?.records;
  expect(run((left) => left)).toEqual(['a']);
  expect(run((_, right) => right)).toEqual(['b']);
  expect(run((left, right) => left.withRecords([...right, ...left]))).toEqual(['b', 'a']);
});

it('the result descends from the sources of both, whatever fn gives', () => {
  const topics: string[][] = [];
  runBatches({ a: [['a']], b: [['b']] }, ({ a, b }) =>
    a.pipe(
      transformWith(b, (_, right) => right),
      foreachBatch(({ offsets }) => topics.push(offsets.map(({ topic }) => topic))),
    ),
  );
  expect(topics).toEqual([['a', 'b']]);
});

describe('fails the run with OPERATOR_FAILED when', () => {
  const run = (fn: (left: Batch<string>, right: Batch<string>) => unknown): (() => unknown) => {
    return () => runBatches({ a: [['a']], b: [['b']] }, ({ a, b }) => a.pipe(transformWith(b, fn as () => string[])));
  };

  it('fn throws', () => {
    expect(run(no)).toThrow(operatorFailed('transformWith'));
  });

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['object', Promise.resolve([])],
    ['a batch of another time', batchOf([], { time: 7 })],
  ])('fn gives %s', (what, given) => {
    expect(run(() => given)).toThrow(
      expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining(`must not return ${what}`) }),
    );
  });
});

it.each([{ restartAfter: 1 }, { crashIn: [1, 2] }])('a restart in the middle changes nothing: %j', (options) => {
  const zipped = ({
    a,
    n,
  }: {
    a: Observable<Batch<string>>;
    n: Observable<Batch<number>>;
  }): Observable<Batch<string>> => a.pipe(transformWith(n, zip));
  const input = { a: [['a'], ['b']], n: [[1], [2]] };
  expect(runBatches(input, zipped, options)).toEqual(runBatches(input, zipped));
});

describe('refuses', () => {
  it('streams of two contexts, where it is written', () => {
    const left = of('a').pipe(batchInterval(1000));
    const right = of(2).pipe(batchInterval(1000));
    expect(() => left.pipe(transformWith(right, zip))).toThrow(expect.objectContaining({ code: 'CONTEXT_MIXED' }));
  });

  it('what is no stream or no function, where it is written', () => {
    expect(() => transformWith(undefined as never, zip)).toThrow(refused('transformWith(other): expected a stream'));
    expect(() => transformWith(of(), 1 as never)).toThrow(refused('transformWith(_, fn): expected a function, got 1'));
  });
});
