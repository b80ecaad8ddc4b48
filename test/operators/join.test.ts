import { filter, map, type Observable, of, share, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { join } from '../../src/operators/join.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { transform } from '../../src/operators/transform.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, refused } from '../support/through.ts';

type Numbered = Pair<unknown, number>;
type Lettered = Pair<unknown, string>;

/** The joined records of one batch of each side. */
function joined(left: readonly Numbered[], right: readonly Lettered[]): readonly unknown[] {
  const [batch] = runBatches({ left: [left], right: [right] }, (streams) => streams.left.pipe(join(streams.right)));
  return batch?.records ?? [];
}

it(
  'joins the batches of the same time by key; a stream that gives none counts as empty',
  batchTest((m, batches) => {
    const one: Pair<string, number> = ['k', 1];
    const two: Pair<string, number> = ['k', 2];
    const x: Pair<string, string> = ['k', 'x'];
    const source = batches.hot('  -a--b--|', { a: [one], b: [two] });
    const other = batches.hot('   -x-----|', { x: [x] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(join(other), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [['k', [1, 'x'] as const] as const], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
    m.expect(other).toHaveSubscriptions(subs);
  }),
);

it('every left value of a key meets every right one, in the order of the left records, then of the right ones', () => {
  const left: Numbered[] = [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ];
  const right: Lettered[] = [
    ['c', 'w'],
    ['a', 'x'],
    ['b', 'y'],
    ['a', 'z'],
  ];
  expect(joined(left, right)).toEqual([
    ['a', [1, 'x']],
    ['a', [1, 'z']],
    ['b', [2, 'y']],
    ['a', [3, 'x']],
    ['a', [3, 'z']],
  ]);
});

it('keeps values that are undefined, null, false or NaN apart from a missing match', () => {
  const values = [undefined, null, false, Number.NaN, 0, ''];
  const side = (): Pair<number, unknown>[] => values.map((value, key) => [key, value]);
  const out = runBatches({ left: [side()], right: [side()] }, ({ left, right }) => left.pipe(join(right)));
  expect(out[0]?.records).toEqual(values.map((value, key) => [key, [value, value]]));
});

it('tells keys apart as all operators do: NaN is itself, 0 is -0, tuples by their elements, no string is a number', () => {
  const keys = [Number.NaN, -0, '', '__proto__', ['a', 1], '1', null, undefined, 5n, true];
  const others = [Number.NaN, 0, '', '__proto__', ['a', 1], 1, null, undefined, 5n, 'true'];
  const found = joined(
    keys.map((key) => [key, 1]),
    others.map((key) => [key, 'x']),
  );
  expect(found.map((pair) => (pair as Pair<unknown, unknown>)[0])).toEqual([
    Number.NaN,
    -0,
    '',
    '__proto__',
    ['a', 1],
    null,
    undefined,
    5n,
  ]);
});

it('keyOf is asked for the keys of both streams, and the result has the key of this one', () => {
  const out = runBatches({ left: [[[{ id: 1 }, 'l']] as const], right: [[['1', 'r']] as const] }, ({ left, right }) =>
    left.pipe(join(right, { keyOf: (key) => (typeof key === 'string' ? Number(key) : key.id) })),
  );
  expect(out[0]?.records).toEqual([[{ id: 1 }, ['l', 'r']]]);
});

it('nothing is remembered from earlier batches', () => {
  const a: Pair<string, number>[][] = [[['k', 1]], [], [['k', 3]]];
  const b: Pair<string, string>[][] = [[], [['k', 'y']], [['k', 'z']]];
  const out = runBatches({ a, b }, (streams) => streams.a.pipe(join(streams.b)));
  expect(out.map(({ records }) => records)).toEqual([[], [], [['k', [3, 'z']]]]);
});

it('a stream can be joined with what comes of itself, by share()', () => {
  const pairs: Pair<string, number>[] = [
    ['a', 1],
    ['b', 2],
  ];
  const out = runBatches([pairs], (source) => {
    const shared = source.pipe(share());
    return shared.pipe(join(shared.pipe(mapRecords(([key, n]): Pair<string, number> => [key, n * 10]))));
  });
  expect(out[0]?.records).toEqual([
    ['a', [1, 10]],
    ['b', [2, 20]],
  ]);
});

describe('is lazy', () => {
  const pairs: Pair<string, number>[] = [
    ['a', 1],
    ['b', 2],
    ['a', 3],
  ];

  it('evaluates both sides at each reading, and not before', () => {
    const left = vi.fn((pair: Pair<string, number>) => pair);
    const right = vi.fn((pair: Pair<string, number>) => pair);
    let before = -1;
    const out = runBatches({ a: [pairs], b: [pairs] }, ({ a, b }) =>
      a.pipe(
        mapRecords(left),
        join(b.pipe(mapRecords(right))),
        map((batch) => {
          before = left.mock.calls.length + right.mock.calls.length;
          batch.forEach(() => {});
          return batch;
        }),
      ),
    );
    expect(before).toBe(0);
    expect(out[0]?.records).toHaveLength(5);
    expect([left.mock.calls.length, right.mock.calls.length]).toEqual([6, 6]);
  });

  it('a reader that stops early, even within the matches of one record, reads no more of this stream', () => {
    const read = vi.fn((pair: Pair<string, number>) => pair);
    const out = runBatches({ a: [pairs], b: [pairs] }, ({ a, b }) => a.pipe(mapRecords(read), join(b), takeRecords(1)));
    expect(out[0]?.records).toEqual([['a', [1, 1]]]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('the key function of neither side is called for records that are not read', () => {
    const keyOf = vi.fn((key: string) => key);
    runBatches({ a: [pairs], b: [pairs] }, ({ a, b }) => a.pipe(join(b, { keyOf }), takeRecords(1)));
    expect(keyOf.mock.calls.map(([key]) => key)).toEqual(['a', 'b', 'a', 'a']);
  });
});

describe('fails the run with OPERATOR_FAILED, naming the record and its stream, when', () => {
  const failure = (operator: string, record: number, side: string, reason: string): Error =>
    expect.objectContaining({
      code: 'OPERATOR_FAILED',
      message: expect.stringContaining(
        `${operator}: its function failed in the batch of time 1000, record ${record} of ${side}: ${reason}`,
      ),
      details: { operator, time: 1000, record, side },
    }) as Error;
  const run = (keyOf: (key: string | number) => string): unknown =>
    runBatches(
      {
        left: [['a', 'b', 'c'].map((key): Pair<string, number> => [key, 1])],
        right: [[1, 2, 3].map((key): Pair<number, number> => [key, 1])],
      },
      ({ left, right }) => left.pipe(join(right, { keyOf })),
    );

  it.each([
    ['first', 'a', 0],
    ['middle', 'b', 1],
    ['last', 'c', 2],
  ])('keyOf throws for the %s record of this stream', (_, bad, at) => {
    expect(() => run((key) => (key === bad ? no() : String(key)))).toThrow(failure('join', at, 'this stream', 'no'));
  });

  it.each([
    ['first', 1, 0],
    ['middle', 2, 1],
    ['last', 3, 2],
  ])('keyOf throws for the %s record of the other', (_, bad, at) => {
    expect(() => run((key) => (key === bad ? no() : String(key)))).toThrow(
      failure('join', at, 'the other stream', 'no'),
    );
  });

  it('a key is an object, and there is no keyOf', () => {
    const pairs: Numbered[] = [
      ['a', 1],
      [{ id: 1 }, 2],
    ];
    expect(() => joined(pairs, [])).toThrow(failure('join', 1, 'this stream', 'expected a key that is a string'));
    expect(() => joined([], pairs as never)).toThrow(
      failure('join', 1, 'the other stream', 'expected a key that is a string'),
    );
  });
});

it('an error of an operator before it keeps its own name', () => {
  const pairs: Pair<string, number>[] = [['a', 1]];
  expect(() =>
    runBatches({ a: [pairs], b: [pairs] }, ({ a, b }) => a.pipe(join(b.pipe(mapRecords(no)) as typeof b))),
  ).toThrow(
    expect.objectContaining({ code: 'OPERATOR_FAILED', details: expect.objectContaining({ operator: 'mapRecords' }) }),
  );
});

describe('a side that does not come', () => {
  const pairs = (n: number): Pair<string, number>[] => [['k', n]];
  const input = { a: [pairs(1), pairs(2), pairs(3)], b: [pairs(10), pairs(20), pairs(30)] };

  it.each(['left', 'right'])('because it was filtered away on the %s is an empty batch', (side) => {
    const odd = filter(({ time }: Batch<Pair<string, number>>) => time !== 2000);
    const out = runBatches(input, ({ a, b }) => (side === 'left' ? a.pipe(odd, join(b)) : a.pipe(join(b.pipe(odd)))));
    expect(out.map(({ time, records }) => [time, records.length])).toEqual([
      [1000, 1],
      [2000, 0],
      [3000, 1],
    ]);
  });

  it('because something slow has it is waited for', () => {
    const slow = transform((batch: Batch<Pair<string, number>>) => timer(300).pipe(map(() => batch)));
    const out = runBatches(input, ({ a, b }) => a.pipe(join(b.pipe(slow))));
    expect(out.map(({ records }) => records)).toEqual([[['k', [1, 10]]], [['k', [2, 20]]], [['k', [3, 30]]]]);
  });
});

it('offsets of both sides are committed behind it', () => {
  const offsets = memoryOffsets();
  const pairs: Pair<string, number>[] = [['k', 1]];
  runBatches({ a: [pairs], b: [pairs, pairs] }, ({ a, b }) => a.pipe(join(b), commitOffsets(offsets)));
  expect(offsets.load({ topics: ['a', 'b'] }).map(({ topic, until }) => [topic, until])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
});

it.each([{ restartAfter: 1 }, { crashIn: [1, 2] }, { crashIn: 2, restartAfter: 1 }])(
  'a restart in the middle changes nothing: %j',
  (options) => {
    const input = {
      a: [[['k', 1]], [['k', 2]], [['l', 3]]] as Pair<string, number>[][],
      b: [[['k', 'x']], [], [['l', 'z']]] as Pair<string, string>[][],
    };
    const pipeline = (streams: {
      a: Observable<Batch<Pair<string, number>>>;
      b: Observable<Batch<Pair<string, string>>>;
    }): Observable<Batch<unknown>> => streams.a.pipe(join(streams.b));
    expect(runBatches(input, pipeline, options)).toEqual(runBatches(input, pipeline));
  },
);

describe('refuses', () => {
  const pairs = of(['a', 1] as const);

  it('streams of two contexts or slides, where it is written', () => {
    const left = pairs.pipe(batchInterval(1000));
    expect(() => left.pipe(join(pairs.pipe(batchInterval(1000))))).toThrow(
      expect.objectContaining({ code: 'CONTEXT_MIXED' }),
    );
    const context = new StreamingContext({ interval: 1000 });
    const slow = pairs.pipe(batchInterval(context), windowBatches({ window: 2000, slide: 2000 }));
    expect(() => pairs.pipe(batchInterval(context), join(slow))).toThrow(
      expect.objectContaining({ code: 'SLIDE_MISMATCH' }),
    );
  });

  it('what is no stream and no key function, where it is written', () => {
    expect(() => join(undefined as never)).toThrow(refused('join(other): expected a stream of batches'));
    expect(() => join(of() as never, { keyOf: 'id' as never })).toThrow(
      refused('join({ keyOf }): expected a function'),
    );
  });
});
