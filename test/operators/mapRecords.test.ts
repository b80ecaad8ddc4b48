import { map, pipe, tap } from 'rxjs';
import { expect, it, vi } from 'vitest';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

it(
  'applies fn to each record',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q---|', { p: ['a', 'b'], q: ['c'] });
    const subs = '                ^-------!';
    const expected = '            -p--q---|';
    const upper = mapRecords((text: string) => text.toUpperCase());
    m.expect(source.pipe(upper, batches.shown())).toBeObservable(expected, { p: ['A', 'B'], q: ['C'] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'passes an error on at once and lets go of the source',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--#', { p: ['a'] }, 'broken');
    const subs = '                ^---!';
    const expected = '            -p--#';
    m.expect(source.pipe(mapRecords(String), batches.shown())).toBeObservable(expected, { p: ['a'] }, 'broken');
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('is evaluated when somebody reads the batch, once for each reading', () => {
  const fn = vi.fn((n: number) => n);
  const result = through(batchOf([1, 2]), mapRecords(fn));
  expect(fn).not.toHaveBeenCalled();
  result.forEach(() => {});
  expect(fn).toHaveBeenCalledTimes(2);
  result.forEach(() => {});
  expect(fn).toHaveBeenCalledTimes(4);
});

it('keeps the records with the batch once they were looked at', () => {
  const fn = vi.fn((n: number) => n);
  const result = through(batchOf([1, 2]), mapRecords(fn));
  expect(result.records).toBe(result.records);
  expect([...result]).toEqual([1, 2]);
  result.forEach(() => {});
  expect(fn).toHaveBeenCalledTimes(2);
});

it('is fused with its neighbours: one pass, record by record', () => {
  const log: string[] = [];
  const noted =
    (name: string) =>
    (n: number): number => {
      log.push(`${name}${n}`);
      return n;
    };
  const result = through(
    batchOf([1, 2]),
    pipe(mapRecords(noted('a')), filterRecords(noted('b')), mapRecords(noted('c'))),
  );
  expect(result.records).toEqual([1, 2]);
  expect(log).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'c2']);
});

it('is fused across a plain map or tap of RxJS that looks at whole batches', () => {
  const log: string[] = [];
  const noted = (name: string) => mapRecords((n: number) => log.push(`${name}${n}`) && n);
  const times: number[] = [];
  const result = through(
    batchOf([1, 2]),
    pipe(
      noted('a'),
      tap(({ time }) => times.push(time)),
      map((batch) => batch),
      noted('b'),
    ),
  );
  expect(log).toEqual([]);
  expect(result.records).toEqual([1, 2]);
  expect(log).toEqual(['a1', 'b1', 'a2', 'b2']);
  expect(times).toEqual([1000]);
});

it('does not evaluate what comes after an early stop', () => {
  const fn = vi.fn((n: number) => n);
  expect(through(batchOf([1, 2, 3]), pipe(mapRecords(fn), takeRecords(2))).records).toEqual([1, 2]);
  expect(fn).toHaveBeenCalledTimes(2);
});

it.each([0, 1, 2])('a throwing fn fails the run, naming record %i of the three', (at) => {
  const run = detachedRun();
  const result = through(
    batchOf([0, 1, 2], { run }),
    mapRecords((n) => (n === at ? no() : n)),
  );
  expect(() => result.records).toThrow(operatorFailed('mapRecords', at));
  expect(run.failure?.error).toEqual(operatorFailed('mapRecords', at));
});

it('counts records anew at each reading', () => {
  const result = through(
    batchOf([0, 1]),
    mapRecords((n) => (n === 1 ? no() : n)),
  );
  expect(() => result.records).toThrow(operatorFailed('mapRecords', 1));
  expect(() => result.records).toThrow(operatorFailed('mapRecords', 1));
});

it('keeps time, interval and offsets', () => {
  const offsets = [{ topic: 'lines', partition: 0, from: 3, until: 5 }];
  const result = through(batchOf(['a', 'b'], { time: 6000, interval: 2000, offsets }), mapRecords(String));
  expect(result).toMatchObject({ time: 6000, interval: 2000, slide: 2000, offsets });
});

it('leaves an error of the visitor alone', () => {
  const run = detachedRun();
  const result = through(batchOf([1], { run }), mapRecords(String));
  expect(() => result.forEach(no)).toThrow(new Error('no'));
  expect(run.failure).toBeUndefined();
});

it('refuses what is not a function, where it is written', () => {
  expect(() => mapRecords('upper' as never)).toThrow(refused('mapRecords(fn): expected a function, got "upper"'));
});
