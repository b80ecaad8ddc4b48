import { NEVER, type Observable, of, throwError, timer, map as transformed } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { joinTable } from '../../src/operators/joinTable.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { batchTest } from '../support/marbles.ts';
import { deferred, promisesSettle, stage, watch } from '../support/stage.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

type Count = Pair<string, number>;
type Row = Pair<string, string>;

const counts: Count[] = [
  ['a', 1],
  ['b', 2],
  ['a', 3],
];

/** One batch of one record for each number. */
const times = (count: number): Count[][] => Array.from({ length: count }, (_, n): Count[] => [['k', n + 1]]);

/** A table that tells how often it was loaded. */
function versions(): () => Row[] {
  let version = 0;
  return () => [['k', `v${++version}`]];
}

function recordsOf<T>(batches: readonly { readonly records: readonly T[] }[]): (readonly T[])[] {
  return batches.map(({ records }) => records);
}

it(
  'joins each batch with the table, in the order of the stream',
  batchTest((m, batches) => {
    const table: Row[] = [
      ['a', 'x'],
      ['c', 'z'],
    ];
    const source = batches.hot('  -p--q--|', { p: counts, q: [['b', 4] as Count] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(source.pipe(joinTable(table), batches.shown())).toBeObservable(expected, {
      p: [['a', [1, 'x'] as const] as const, ['a', [3, 'x'] as const] as const],
      q: [],
    });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('takes a Map, an array, any iterable that can be gone through again, and a function that gives one', () => {
  const rows: Row[] = [['a', 'x']];
  const iterable: Iterable<Row> = { [Symbol.iterator]: () => rows[Symbol.iterator]() };
  const tables = [new Map(rows), rows, iterable, () => rows, () => new Map(rows), () => of(rows)];
  for (const table of tables as (() => Row[])[]) {
    const run = (): unknown => runBatches([counts, counts], (stream) => stream.pipe(joinTable(table)));
    expect(run()).toEqual(
      [1000, 2000].map((time) => ({
        time,
        records: [
          ['a', [1, 'x']],
          ['a', [3, 'x']],
        ],
      })),
    );
  }
});

it("as a leftOuterJoin keeps records whose key is not in the table; the table's rows of one key multiply", () => {
  const table: Row[] = [
    ['a', 'x'],
    ['a', 'y'],
  ];
  const result = through(batchOf(counts.slice(0, 2)), joinTable(table, { kind: 'leftOuterJoin' }));
  expect(result.records).toEqual([
    ['a', [1, 'x']],
    ['a', [1, 'y']],
    ['b', [2, undefined]],
  ]);
});

it('keyOf is asked for the keys of both', () => {
  const table = new Map([[1, 'one']]);
  const stream = [[{ id: '1' }, 'x'] as const];
  const result = through(
    batchOf(stream),
    joinTable(table, { keyOf: (key) => (typeof key === 'number' ? key : Number(key.id)) }),
  );
  expect(result.records).toEqual([[{ id: '1' }, ['x', 'one']]]);
});

it('is lazy: a reader that stops early reads no more of the stream', () => {
  const read = vi.fn((count: Count) => count);
  const [batch] = runBatches([counts], (stream) =>
    stream.pipe(mapRecords(read), joinTable([['a', 'x'] as Row]), takeRecords(1)),
  );
  expect(batch?.records).toEqual([['a', [1, 'x']]]);
  expect(read).toHaveBeenCalledTimes(1);
});

describe('a table that is loaded', () => {
  it('is loaded with the first batch, and not again unless that is wanted', () => {
    expect(recordsOf(runBatches(times(3), (stream) => stream.pipe(joinTable(versions()))))).toEqual([
      [['k', [1, 'v1']]],
      [['k', [2, 'v1']]],
      [['k', [3, 'v1']]],
    ]);
  });

  it.each([1, 2, 3])('is loaded again after every %i batches', (reloadEvery) => {
    const out = runBatches(times(7), (stream) => stream.pipe(joinTable(versions(), { reloadEvery })));
    const seen = recordsOf(out).map(([record]) => record?.[1][1]);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((at) => `v${Math.floor(at / reloadEvery) + 1}`));
  });

  it('is not loaded for a subscription without batches, and anew for each subscription', () => {
    const load = vi.fn(versions());
    const operator = joinTable(load);
    NEVER.pipe(operator as never).subscribe();
    expect(load).not.toHaveBeenCalled();
    for (const expected of ['v1', 'v2']) {
      expect(through(batchOf([['k', 0] as Count]), operator).records).toEqual([['k', [0, expected]]]);
    }
  });

  it('a Map that the program changes is read anew at a reload, and not before', () => {
    const table = new Map([['k', 'old']]);
    const out = runBatches(times(4), (stream) =>
      stream.pipe(
        joinTable(table, { reloadEvery: 2 }),
        foreachBatch(() => {
          table.set('k', 'new');
        }),
      ),
    );
    expect(recordsOf(out).map(([record]) => record?.[1][1])).toEqual(['old', 'old', 'new', 'new']);
  });

  it('holds the batch meanwhile, and all its records meet the same table', () => {
    let version = 0;
    const load = (): Observable<Row[]> => timer(700).pipe(transformed((): Row[] => [['k', `v${++version}`]]));
    const batch: Count[] = [
      ['k', 1],
      ['k', 2],
    ];
    const out = runBatches([batch, batch], (stream) => stream.pipe(joinTable(load, { reloadEvery: 1 })));
    expect(out).toEqual([
      {
        time: 1000,
        records: [
          ['k', [1, 'v1']],
          ['k', [2, 'v1']],
        ],
      },
      {
        time: 2000,
        records: [
          ['k', [1, 'v2']],
          ['k', [2, 'v2']],
        ],
      },
    ]);
  });

  it('may be a promise; nothing of the batch happens before it is there', async () => {
    const { clock, context, batches } = stage();
    const table = deferred<Row[]>();
    const seen = watch(
      testSource(times(1)).pipe(
        batchInterval(context),
        joinTable(() => table.promise),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    await promisesSettle();
    expect([seen.values.length, batches()]).toEqual([0, []]);
    table.resolve([['k', 'v']]);
    await promisesSettle();
    expect([seen.values.length, batches()]).toEqual([1, ['1000 settled']]);
  });

  it('gets a signal that is aborted when the run ends', () => {
    const { clock, context } = stage();
    const signals: AbortSignal[] = [];
    const seen = watch(
      testSource(times(1)).pipe(
        batchInterval(context),
        joinTable((signal): Observable<Row[]> => {
          signals.push(signal);
          return NEVER;
        }),
      ),
    );
    clock.advanceBy(1000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    seen.unsubscribe();
    clock.advanceBy(10);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('fails the run with OPERATOR_FAILED when', () => {
  it('the table cannot be loaded for the first batch', () => {
    expect(() => runBatches(times(1), (stream) => stream.pipe(joinTable(no)))).toThrow(operatorFailed('joinTable'));
    expect(() =>
      runBatches(times(1), (stream) =>
        stream.pipe(joinTable(() => throwError(() => new Error('no')) as Observable<Row[]>)),
      ),
    ).toThrow(operatorFailed('joinTable'));
  });

  it('a key of the stream fails, naming its record', () => {
    const keyOf = (key: string): string => (key === 'b' ? no() : key);
    expect(() => runBatches([counts], (stream) => stream.pipe(joinTable([['a', 'x'] as Row], { keyOf })))).toThrow(
      'joinTable: its function failed in the batch of time 1000, record 1 of this stream: no',
    );
  });

  it('a key of the first table fails, naming its row', () => {
    const keyOf = (key: string): string => (key === 'z' ? no() : key);
    const table: Row[] = [
      ['a', 'x'],
      ['z', 'y'],
    ];
    expect(() => runBatches([counts], (stream) => stream.pipe(joinTable(table, { keyOf })))).toThrow(
      "joinTable: its function failed in the batch of time 1000, record 1 of the table 'table': no",
    );
  });
});

it.each([{ restartAfter: 1 }, { crashIn: [1, 2] }])('a restart in the middle changes nothing: %j', (options) => {
  const pipeline = (stream: Observable<Batch<Count>>): Observable<Batch<unknown>> =>
    stream.pipe(joinTable(new Map([['k', 'x']]), { reloadEvery: 2 }));
  expect(runBatches(times(4), pipeline, options)).toEqual(runBatches(times(4), pipeline));
});

it('refuses wrong arguments where they are written', () => {
  const rows: Row[] = [];
  expect(() => joinTable(7 as never)).toThrow(
    refused('joinTable(table): expected an array of pairs, a Map, or a function'),
  );
  expect(() => joinTable(new Map().entries() as never)).toThrow(refused('An iterator can be gone through once'));
  expect(() => joinTable(rows, { kind: 'outer' as never })).toThrow(
    refused("joinTable({ kind }): expected 'join' or 'leftOuterJoin', got \"outer\""),
  );
  expect(() => joinTable(rows, { reloadEvery: 0 })).toThrow(
    refused('joinTable({ reloadEvery }): expected a whole number'),
  );
  expect(() => joinTable(rows, { name: '' })).toThrow(refused('joinTable({ name }): expected a text'));
  expect(() => joinTable(rows, { keyOf: 7 as never })).toThrow(refused('joinTable({ keyOf }): expected a function'));
});

it('refuses a table whose rows are no pairs, instead of finding nothing in it', () => {
  for (const rows of [[['a', 'x'], { key: 'b', value: 'y' }], new Set(['ab', ['a', 'x']])]) {
    const join = joinTable(rows as unknown as Row[]);
    expect(() => runBatches([counts], (stream) => stream.pipe(join))).toThrow(
      /joinTable: .*rows of the table that are pairs \[key, value\], got .* as row [01]/,
    );
  }
});
