import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { map, type OperatorFunction, pipe, Subject, share, tap } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import { filterRecords } from '../../../src/operators/filterRecords.ts';
import { flatMapRecords } from '../../../src/operators/flatMapRecords.ts';
import { mapRecords } from '../../../src/operators/mapRecords.ts';
import { batchOf } from '../../../src/testing/batchOf.ts';
import { detachedRun } from '../../../src/testing/detachedRun.ts';
import { no, operatorFailed, through } from '../../support/through.ts';

/** So many that a chain has code of its own for most of them. */
const READINGS = 10;

const plusOne = mapRecords((n: number) => n + 1);

it('gives the same at each reading, of the same batch and of later ones', () => {
  const chain = pipe(
    flatMapRecords((n: number) => [n, -n]),
    filterRecords((n) => n !== -2),
    plusOne,
  );
  const batch = through(batchOf([1, 2]), chain);
  for (let reading = 0; reading < READINGS; reading++) {
    const seen: number[] = [];
    batch.forEach((n) => {
      seen.push(n);
    });
    expect(seen).toEqual([2, 0, 3]);
    expect(through(batchOf([reading]), chain).records[0]).toBe(reading + 1);
  }
});

it('names the operator and the record at each reading, and fails the run', () => {
  const chain = pipe(
    filterRecords((n: number) => n > 0),
    plusOne,
    mapRecords((n) => (n === 3 ? no() : n)),
  );
  for (let reading = 0; reading < READINGS; reading++) {
    const run = detachedRun();
    const batch = through(batchOf([0, 1, 2], { run }), chain);
    expect(() => batch.forEach(() => {})).toThrow(operatorFailed('mapRecords', 1));
    expect(run.failure?.error).toEqual(operatorFailed('mapRecords', 1));
  }
});

it.each([
  ['an array', [1, 2]],
  ['another iterable', new Set([1, 2])],
])('leaves an error of the visitor alone at each reading: records in %s', (_name, records) => {
  const run = detachedRun();
  const batch = through(batchOf(records, { run }), plusOne);
  for (let reading = 0; reading < READINGS; reading++) expect(() => batch.forEach(no)).toThrow(new Error('no'));
  expect(run.failure).toBeUndefined();
});

it('an iterable that fails by itself fails the run', () => {
  const run = detachedRun();
  const records = {
    *[Symbol.iterator](): Generator<number> {
      yield 1;
      no();
    },
  };
  const batch = through(batchOf(records, { run }), plusOne);
  expect(() => batch.forEach(() => {})).toThrow(new Error('no'));
  expect(run.failure?.error).toEqual(new Error('no'));
});

it('a batch can be read from within its own visitor: each reading has its own positions', () => {
  const bad = { at: 0 };
  const batch = through(
    batchOf([1, 2, 3]),
    mapRecords((n) => (n === bad.at ? no() : n)),
  );
  for (let reading = 0; reading < READINGS; reading++) {
    const inner: number[][] = [];
    bad.at = 0;
    const outer = (): void =>
      batch.forEach((n) => {
        if (n === 3) return;
        const seen: number[] = [];
        batch.forEach((m) => {
          seen.push(m);
        });
        inner.push(seen);
        if (n === 2) bad.at = 3;
      });
    expect(outer).toThrow(operatorFailed('mapRecords', 2));
    expect(inner).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  }
});

it('readers that stop early stop the whole chain at each reading', () => {
  const fns = [vi.fn((n: number) => n), vi.fn((n: number) => [n, n]), vi.fn(() => true)] as const;
  const batch = through(batchOf([1, 2, 3]), pipe(mapRecords(fns[0]), flatMapRecords(fns[1]), filterRecords(fns[2])));
  for (let reading = 0; reading < READINGS; reading++) {
    for (const fn of fns) fn.mockClear();
    let seen = 0;
    batch.forEach(() => ++seen < 3);
    expect(fns.map((fn) => fn.mock.calls.length)).toEqual([2, 2, 3]);
  }
});

it('share() evaluates for each branch, of which each has a chain of its own from there', () => {
  const fn = vi.fn((n: number) => n);
  const source = new Subject<Batch<number>>();
  const shared = source.pipe(mapRecords(fn), share());
  const seen: unknown[] = [];
  const read = tap((batch: Batch<unknown>) => seen.push(batch.records));
  shared.pipe(mapRecords(String), read).subscribe();
  shared.pipe(plusOne, read).subscribe();
  for (let batch = 0; batch < READINGS; batch++) source.next(batchOf([batch]));
  expect(seen).toEqual(Array.from({ length: READINGS }, (_, n) => [[String(n)], [n + 1]]).flat());
  expect(fn).toHaveBeenCalledTimes(2 * READINGS);
});

it('is one pass through plain RxJS operators that pass the batch on, whole records at a time', () => {
  const log: string[] = [];
  const noted = (name: string): OperatorFunction<Batch<number>, Batch<number>> =>
    mapRecords((n: number) => {
      log.push(`${name}${n}`);
      return n;
    });
  const chain = pipe(
    noted('a'),
    map((batch: Batch<number>) => batch),
    noted('b'),
  );
  for (let reading = 0; reading < READINGS; reading++) {
    log.length = 0;
    expect(through(batchOf([1, 2]), chain).records).toEqual([1, 2]);
    expect(log).toEqual(['a1', 'b1', 'a2', 'b2']);
  }
});

it('begins from the records where they were looked at before', () => {
  const fn = vi.fn((n: number) => n);
  const batch = through(batchOf([1, 2]), mapRecords(fn));
  expect(batch.records).toEqual([1, 2]);
  expect(through(batch, plusOne).records).toEqual([2, 3]);
  expect(fn).toHaveBeenCalledTimes(2);
});

describe.each([31, 32, 33, 70, 500])('of %i operators', (length) => {
  const long = (last: OperatorFunction<Batch<number>, Batch<number>>): OperatorFunction<Batch<number>, Batch<number>> =>
    pipe(
      ...(Array.from({ length: length - 1 }, () => mapRecords((n: number) => n + 1)) as [typeof plusOne]),
      last,
    ) as typeof plusOne;

  it('gives the records, stops early and names who failed', () => {
    const good = long(plusOne);
    const bad = long(mapRecords((n) => (n === length ? no() : n)));
    for (let reading = 0; reading < READINGS; reading++) {
      expect(through(batchOf([0, 1]), good).records).toEqual([length, length + 1]);
      expect(() => through(batchOf([0, 1]), bad).records).toThrow(operatorFailed('mapRecords', 1));
      let seen = 0;
      through(batchOf([0, 1]), good).forEach(() => ++seen < 1);
      expect(seen).toBe(1);
    }
  });
});

it('a thousand operators that each go over what they were given can follow one another', () => {
  const both = flatMapRecords((n: number) => [n + 1]);
  const chain = pipe(...(Array.from({ length: 1000 }, () => both) as [typeof both])) as typeof both;
  for (let reading = 0; reading < READINGS; reading++) {
    expect(through(batchOf([0]), chain).records).toEqual([1000]);
  }
});

it('an operator that is used twice in a chain is two steps of it', () => {
  for (let reading = 0; reading < READINGS; reading++) {
    expect(through(batchOf([1]), pipe(plusOne, plusOne)).records).toEqual([3]);
  }
});

it('a chain that is read again and again gets code of its own, one that is made for a batch does not', () => {
  const hasOwnCode = (): OperatorFunction<Batch<number>, Batch<boolean>> =>
    mapRecords(() => (new Error().stack as string).includes('rx-dstream:chain/'));
  const again = hasOwnCode();
  const owns = (operator: typeof again): unknown => through(batchOf([1]), operator).records[0];
  expect(Array.from({ length: READINGS }, () => owns(again)).at(-1)).toBe(true);
  expect(Array.from({ length: READINGS }, () => owns(hasOwnCode())).at(-1)).toBe(false);
});

it('works where a process forbids to make code from texts', async () => {
  const program = join(import.meta.dirname, 'forbiddenCode.ts');
  const options = ['--disallow-code-generation-from-strings', '--import', import.meta.resolve('tsx')];
  const { stdout } = await promisify(execFile)(process.execPath, [...options, program]);
  expect(JSON.parse(stdout)).toEqual({
    forbidden: 'EvalError',
    records: Array.from({ length: READINGS }, () => [2, 4]),
    failure: 'mapRecords: its function failed in the batch of time 1000, record 1: no',
  });
});
