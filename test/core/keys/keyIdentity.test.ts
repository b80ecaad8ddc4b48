import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import { ownIdentity } from '../../../src/core/keys/keyIdentity.ts';
import type { Pair } from '../../../src/core/keys/Pair.ts';
import { combineByKey } from '../../../src/operators/combineByKey.ts';
import { countByValue } from '../../../src/operators/countByValue.ts';
import { groupByKey } from '../../../src/operators/groupByKey.ts';
import { mapRecords } from '../../../src/operators/mapRecords.ts';
import { reduceByKey } from '../../../src/operators/reduceByKey.ts';
import { reduceByKeyAndWindow } from '../../../src/operators/reduceByKeyAndWindow.ts';
import { updateStateByKey } from '../../../src/operators/updateStateByKey.ts';
import { runBatches } from '../../../src/testing/index.ts';
import { add } from '../../support/pairs.ts';
import { refused } from '../../support/through.ts';

/** Keys that are all different from each other. */
const DIFFERENT: readonly unknown[] = [
  '',
  'a',
  '0',
  '1',
  'null',
  'undefined',
  'true',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '\u0000',
  '\u0000s',
  '\u0000s\u0000',
  '\u0000()',
  '\u0000(s1:a)',
  '\u0000(n1;)',
  's1:a',
  0,
  1,
  0.1,
  -1,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.MIN_VALUE,
  2 ** 53,
  0n,
  1n,
  2n ** 53n,
  true,
  false,
  null,
  undefined,
  Symbol('a'),
  Symbol('a'),
  [],
  [[]],
  [[], []],
  [[[]]],
  ['a'],
  [['a']],
  ['a', 'b'],
  ['ab'],
  ['a', ['b']],
  [['a'], 'b'],
  ['a,b'],
  ['1:a'],
  ['s1:a'],
  ['', 'a'],
  ['a', ''],
  ['\u0000(', ')'],
  ['\u0000()'],
  ['as1:b'],
  [1],
  ['1'],
  [1n],
  [1, 2],
  [12],
  [1n, 2n],
  [12n],
  [1, 2n],
  [true],
  ['true'],
  ['t'],
  [false],
  [null],
  ['null'],
  [undefined],
  [undefined, undefined],
  [null, undefined],
  [Number.NaN],
  ['NaN'],
  [0],
  [0n],
  ['0'],
];

describe('a key', () => {
  it('is told apart from every other one, whatever kind they are of', () => {
    const identities = new Map<unknown, unknown>();
    for (const key of DIFFERENT) {
      const identity = ownIdentity(key);
      expect(identities.has(identity), `${String(identities.get(identity))} and ${String(key)}`).toBe(false);
      identities.set(identity, key);
    }
    expect(identities.size).toBe(DIFFERENT.length);
  });

  it('is the same as a copy of it', () => {
    for (const key of DIFFERENT.filter((key) => typeof key !== 'symbol')) {
      expect(ownIdentity(structuredClone(key))).toBe(ownIdentity(key));
    }
  });

  it('a zero is a zero whatever its sign, also in a tuple', () => {
    expect(new Set([0, -0].map(ownIdentity)).size).toBe(1);
    expect(ownIdentity([-0])).toBe(ownIdentity([0]));
  });

  it('a place of a tuple that was never filled is undefined', () => {
    // biome-ignore lint/suspicious/noSparseArray: it is what is looked at
    expect(ownIdentity([, 1])).toBe(ownIdentity([undefined, 1]));
  });

  it('may have 10 MB, alone or in a tuple, and differ in its last character', () => {
    const big = 'x'.repeat(10_000_000);
    const keys = [`${big}a`, `${big}b`, `${big}a`, `${big}b`, `${big}a`];
    const out = runBatches([keys, keys], (batches) =>
      batches.pipe(
        mapRecords((key) => [key, 1] as const),
        updateStateByKey((values, state: number | undefined) => values.reduce(add, state ?? 0)),
      ),
    );
    expect(out[1]?.records.map(([, count]) => count)).toEqual([6, 4]);
    const tuples = runBatches([keys], (batches) => batches.pipe(countByValueOf((key) => [key, 1])));
    expect(tuples[0]?.records.map(([, count]) => count)).toEqual([3, 2]);
  });
});

/** The operators that bring records of one key together, with a result to compare: how many records each key has. */
const OPERATORS: Readonly<
  Record<string, (batches: Observable<Batch<unknown>>, options: object) => Observable<Batch<Pair<unknown, number>>>>
> = {
  reduceByKey: (batches, options) => batches.pipe(mapRecords(one), reduceByKey(add, options)),
  groupByKey: (batches, options) =>
    batches.pipe(
      mapRecords(one),
      groupByKey(options),
      mapRecords(([key, values]) => [key, values.length]),
    ),
  combineByKey: (batches, options) =>
    batches.pipe(
      mapRecords(one),
      combineByKey(() => 1, add, options),
    ),
  countByValue: (batches, options) => batches.pipe(countByValue(options)),
  'reduceByKeyAndWindow, plain': (batches, options) =>
    batches.pipe(mapRecords(one), reduceByKeyAndWindow(add, { ...options, window: 3000 })),
  'reduceByKeyAndWindow, inverse': (batches, options) =>
    batches.pipe(mapRecords(one), reduceByKeyAndWindow(add, { ...options, window: 3000, inverse: (a, b) => a - b })),
  updateStateByKey: (batches, options) =>
    batches.pipe(
      mapRecords(one),
      updateStateByKey((values, state: number | undefined) => values.reduce(add, state ?? 0), options),
    ),
};

describe.each(Object.entries(OPERATORS))('%s', (name, count) => {
  const operator = name.split(',')[0] as string;
  const keepsOn = operator === 'reduceByKeyAndWindow' || operator === 'updateStateByKey';
  const named = keepsOn ? { name: 'count' } : {};

  it('keeps all of these keys apart, and gives them as they came, in their order', () => {
    const out = runBatches([[...DIFFERENT, ...DIFFERENT]], (batches) => count(batches, {}));
    expect(out[0]?.records).toEqual(DIFFERENT.map((key) => [key, 2]));
  });

  it('takes tuples with equal elements for one key, also over batches and restarts', () => {
    const batch = (): unknown[] => [['a', ['x', 1]], 'a', ['a', ['x', 2]], ['a', ['x', 1]]];
    const once = [
      [['a', ['x', 1]], 2],
      ['a', 1],
      [['a', ['x', 2]], 1],
    ];
    const later = (n: number): unknown[] => once.map(([key, count]) => [key, keepsOn ? (count as number) * n : count]);
    for (const restartAfter of [[], [1], [1, 2]]) {
      const out = runBatches([batch(), batch(), batch()], (batches) => count(batches, named), {
        restartAfter,
      });
      expect(out.map(({ records }) => records)).toEqual([once, later(2), later(3)]);
    }
  });

  it('tells objects apart by keyOf, and gives the first of those that are one key', () => {
    const batch = (): unknown[] => [
      { id: 1, n: 1 },
      { id: 2, n: 2 },
      { id: 1, n: 3 },
    ];
    const keyOf = ({ id }: { id: number }): number => id;
    const out = runBatches([batch(), batch()], (batches) => count(batches, { keyOf, ...named }), {
      restartAfter: 1,
    });
    const times = keepsOn ? 2 : 1;
    expect(out[1]?.records).toEqual([
      [{ id: 1, n: 1 }, 2 * times],
      [{ id: 2, n: 2 }, times],
    ]);
  });

  it('refuses an object as a key without keyOf, saying which record it was and what to do', () => {
    for (const key of [{}, new Date(0), new Uint8Array(1), ['a', {}], [['a', [new Map()]]], () => 1]) {
      expect(() => runBatches([['a', 'b', key]], (batches) => count(batches, {}))).toThrow(
        expect.objectContaining({
          code: 'OPERATOR_FAILED',
          message: expect.stringMatching(
            new RegExp(`^${operator}: its function failed in the batch of time 1000, record 2: expected .*keyOf`),
          ),
          details: { operator, time: 1000, record: 2 },
        }),
      );
    }
  });

  it('refuses what keyOf gives if that is an object or a tuple', () => {
    for (const identity of [{}, ['a'], () => 1]) {
      expect(() => runBatches([[{}]], (batches) => count(batches, { keyOf: () => identity }))).toThrow(
        /record 0: expected a string, a number or another primitive from keyOf, got /,
      );
    }
  });

  it('refuses a keyOf that is no function, where it is written', () => {
    expect(() => runBatches([[]], (batches) => count(batches, { keyOf: 'id' }))).toThrow(
      refused(`${operator}({ keyOf }): expected a function, got "id"`),
    );
  });
});

it.each([
  { kind: 'tuple', key: ['a', 1], options: {} },
  { kind: 'object with keyOf', key: { id: 1, at: new Date(0) }, options: { keyOf: ({ id }: { id: number }) => id } },
])('a $kind that was dropped does not come back after a restart', ({ key, options }) => {
  const input = [[[key, 1] as const], [[structuredClone(key), -1] as const], [], [[structuredClone(key), 5] as const]];
  const out = runBatches(
    input,
    (batches) =>
      batches.pipe(
        updateStateByKey<readonly [unknown, number], number>(
          (values, state) => values.reduce(add, state ?? 0) || undefined,
          { ...options, name: 'sum' } as never,
        ),
      ),
    { restartAfter: [1, 2, 3] },
  );
  expect(out.map(({ records }) => records)).toEqual([[[key, 1]], [], [], [[key, 5]]]);
});

function one(record: unknown): readonly [unknown, number] {
  return [record, 1];
}

function countByValueOf(keyOf: (key: string) => readonly unknown[]) {
  return (batches: Observable<Batch<string>>): Observable<Batch<Pair<readonly unknown[], number>>> =>
    batches.pipe(mapRecords(keyOf), countByValue());
}
