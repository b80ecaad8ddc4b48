import { describe, expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { type PrintOptions, print } from '../../src/outputs/print.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, refused, through } from '../support/through.ts';

const rule = '-------------------------------------------';

/** The lines that are printed of one batch of time 1000. */
function printed(records: readonly unknown[], count?: number): string[] {
  const lines: string[] = [];
  through(batchOf(records), print(count, { to: (line) => lines.push(line) }));
  return lines;
}

it(
  'passes each batch on in the same call',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['a'], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(source.pipe(print(10, { to: () => {} }), batches.shown())).toBeObservable(expected, { p: ['a'], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('prints the time and the records between lines of 43 dashes, as Spark does', () => {
  const counts: Pair<string, number>[] = [
    ['to', 2],
    ['be', 1],
  ];
  expect(printed(counts)).toEqual([rule, 'Time: 1000 ms', rule, '(to,2)', '(be,1)', '']);
  expect(rule).toHaveLength(43);
});

it('prints ten records, and dots if there are more', () => {
  const numbers = Array.from({ length: 11 }, (_, at) => at);
  expect(printed(numbers.slice(0, 10)).slice(3)).toEqual([...'0123456789', '']);
  expect(printed(numbers).slice(3)).toEqual([...'0123456789', '...', '']);
});

it.each([
  [0, ['...', '']],
  [1, ['a', '...', '']],
  [2, ['a', 'b', '']],
  [3, ['a', 'b', '']],
])('print(%i) of two records', (count, lines) => {
  expect(printed(['a', 'b'], count).slice(3)).toEqual(lines);
});

it('prints empty batches too', () => {
  expect(printed([])).toEqual([rule, 'Time: 1000 ms', rule, '']);
});

it('reads no more than one record beyond those it prints', () => {
  const fn = vi.fn(String);
  runBatches([[1, 2, 3, 4, 5]], (source) => {
    return source.pipe(mapRecords(fn), print(2, { to: () => expect(fn).toHaveBeenCalledTimes(3) }));
  });
});

describe('prints as Spark does', () => {
  it.each([
    ['a text as it is', 'a "b"', 'a "b"'],
    ['an empty text', '', ''],
    ['a number', 1.5, '1.5'],
    ['null', null, 'null'],
    ['a pair', ['a', 1], '(a,1)'],
    ['a pair of a pair', ['a', ['b', 2]], '(a,(b,2))'],
    [
      'a pair of pairs',
      [
        ['a', 1],
        ['b', 2],
      ],
      '((a,1),(b,2))',
    ],
    ['a pair with null', ['a', null], '(a,null)'],
  ])('%s', (_what, record, line) => {
    expect(printed([record])[3]).toBe(line);
  });

  it.each([
    ['undefined', undefined, 'undefined'],
    ['a bigint', 2n ** 64n, '18446744073709551616'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a plain object as JSON', { a: [1] }, '{"a":[1]}'],
    ['an object without prototype as JSON', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an object with a text of its own', { toString: () => 'me' }, 'me'],
    ['bytes of Node as text', Buffer.from('text'), 'text'],
    ['a cycle', cycle(), '[object Object]'],
    ['an object JSON cannot hold', { big: 1n }, '[object Object]'],
  ])('and what Spark does not have: %s', (_what, record, line) => {
    expect(printed([record])[3]).toBe(line);
  });
});

it('writes to the console if nobody says otherwise', () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  through(batchOf(['a']), print());
  expect(log.mock.calls.flat()).toEqual([rule, 'Time: 1000 ms', rule, 'a', '']);
  log.mockRestore();
});

it('a throwing target fails the run with OUTPUT_FAILED', () => {
  const run = (): unknown => runBatches([['a']], (source) => source.pipe(print(10, { to: no })));
  expect(run).toThrow(
    expect.objectContaining({
      code: 'OUTPUT_FAILED',
      details: { operator: 'print', time: 1000 },
      cause: new Error('no'),
    }),
  );
});

it.each<[unknown, PrintOptions | undefined, string]>([
  [-1, undefined, 'print(count): expected a whole number of at least 0, got -1'],
  ['10', undefined, 'print(count)'],
  [10, { to: 1 as never }, 'print(_, { to }): expected a function, got 1'],
])('refuses (%j, %j), where it is written', (count, options, message) => {
  expect(() => print(count as number, options)).toThrow(refused(message));
});

function cycle(): object {
  const object: { self?: object } = {};
  object.self = object;
  return object;
}
