import { bufferCount, map, type Observable, of, share } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

import {
  add,
  type Counts,
  isNotZero,
  type WindowsOptions as Options,
  subtract,
  windowsOf as windows,
} from '../support/windowsOf.ts';

const source: Counts[] = [
  [['a', 1]],
  [
    ['a', 2],
    ['b', 1],
  ],
  [],
  [],
];

it(
  'reduces the values of each key over the last two intervals',
  batchTest((m, batches) => {
    const [p, q] = source;
    const input = batches.hot('   -pqrs|', { p: p as Counts, q: q as Counts, r: [], s: [] });
    const subs = '                ^----!';
    const expected = '            -pqrs|';
    const result = input.pipe(reduceByKeyAndWindow(add, { window: 2 }), batches.shown());
    m.expect(result).toBeObservable(expected, {
      p: [['a', 1]],
      q: [
        ['a', 3],
        ['b', 1],
      ],
      r: [
        ['a', 2],
        ['b', 1],
      ],
      s: [],
    });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

it(
  'completes with the source: a window not yet due is not given',
  batchTest((m, batches) => {
    const input = batches.hot('   -pqr|', { p: [['a', 1] as const], q: [['a', 2] as const], r: [['a', 4] as const] });
    const subs = '                ^---!';
    const expected = '            --q-|';
    const result = input.pipe(reduceByKeyAndWindow(add, { window: 2, slide: 2, inverse: subtract }), batches.shown());
    m.expect(result).toBeObservable(expected, { q: [['a', 3]] });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

describe('a key whose records have all left the window', () => {
  it('disappears without inverse', () => {
    expect(windows(source, { window: 2000 })).toEqual([
      [['a', 1]],
      [
        ['a', 3],
        ['b', 1],
      ],
      [
        ['a', 2],
        ['b', 1],
      ],
      [],
    ]);
  });

  it('stays with inverse, with what is left of its value', () => {
    expect(windows(source, { window: 2000, inverse: subtract })).toEqual([
      [['a', 1]],
      [
        ['a', 3],
        ['b', 1],
      ],
      [
        ['a', 2],
        ['b', 1],
      ],
      [
        ['a', 0],
        ['b', 0],
      ],
    ]);
  });

  it('is forgotten with inverse and a filter that drops what is left', () => {
    expect(windows(source, { window: 2000, inverse: subtract, filter: isNotZero })).toEqual(
      windows(source, { window: 2000 }),
    );
  });

  it('begins anew when it returns, whatever was left of it', () => {
    const drifting = (reduced: number, left: number): number => reduced - left + 0.001;
    const input: Counts[] = [[['a', 1]], [], [], [['a', 1]]];
    expect(windows(input, { window: 1000, inverse: drifting })).toEqual([
      [['a', 1]],
      [['a', 0.001]],
      [['a', 0.001]],
      [['a', 1]],
    ]);
  });
});

describe('a key whose values cancel out while its records are in the window', () => {
  const cancelling: Counts[] = [[['a', 5]], [['a', -5]], [['a', 3]], []];

  it('is not given while the filter drops it, and is not forgotten', () => {
    const options = { window: 2000, inverse: subtract, filter: isNotZero };
    expect(windows(cancelling, options)).toEqual([[['a', 5]], [], [['a', -2]], [['a', 3]]]);
  });

  it('is given as zero without a filter', () => {
    expect(windows(cancelling, { window: 2000, inverse: subtract })).toEqual([
      [['a', 5]],
      [['a', 0]],
      [['a', -2]],
      [['a', 3]],
    ]);
  });
});

it('nothing is given of a window before the first record has come', () => {
  expect(windows([[], [['a', 1]]], { window: 1000, inverse: subtract })).toEqual([[], [['a', 1]]]);
});

it('reduces in the order of arrival: within the batch, then batch by batch', () => {
  const input = [[['a', '1'] as const, ['a', '2'] as const], [['a', '3'] as const], [['a', '4'] as const]];
  const join = (left: string, right: string): string => `(${left}${right})`;
  const out = runBatches(input, (batches) => batches.pipe(reduceByKeyAndWindow(join, { window: 2000 })));
  expect(out.map(({ records }) => records)).toEqual([[['a', '(12)']], [['a', '((12)3)']], [['a', '(34)']]]);
});

it('with a slide longer than the window the batches between two windows are never counted', () => {
  const input: Counts[] = [1, 2, 4, 8, 16, 32].map((n) => [['a', n]]);
  const expected = [[['a', 2]], [['a', 8]], [['a', 32]]];
  expect(windows(input, { window: 1000, slide: 2000 })).toEqual(expected);
  expect(windows(input, { window: 1000, slide: 2000, inverse: subtract })).toEqual(expected);
});

it('a window over windows reduces their results', () => {
  const input: Counts[] = [1, 2, 4, 8].map((n) => [['a', n]]);
  const out = runBatches(input, (batches) =>
    batches.pipe(
      reduceByKeyAndWindow(add, { window: 2000, slide: 2000 }),
      reduceByKeyAndWindow(add, { window: 4000, inverse: subtract }),
    ),
  );
  expect(out).toEqual([
    { time: 2000, records: [['a', 3]] },
    { time: 4000, records: [['a', 15]] },
  ]);
});

it('compares keys as Map compares them, tuples by their elements', () => {
  const keys: readonly unknown[] = [Number.NaN, '', '__proto__', ['a', 1], 0];
  const input = [keys, [...keys, -0]].map((batch) => structuredClone(batch).map((key) => [key, 1] as const));
  for (const options of [{ window: 2000 }, { window: 2000, inverse: subtract }]) {
    const out = runBatches(input, (batches) => batches.pipe(reduceByKeyAndWindow(add, options)));
    expect(out[1]?.records).toEqual([
      [Number.NaN, 2],
      ['', 2],
      ['__proto__', 2],
      [['a', 1], 2],
      [0, 3],
    ]);
  }
});

it.each([{ inverse: undefined }, { inverse: subtract }])(
  'stays as it was at its time while branches read it later',
  ({ inverse }) => {
    const outputs = runBatches(source, (batches) => {
      const counted = batches.pipe(reduceByKeyAndWindow(add, { window: 2000, ...(inverse && { inverse }) }), share());
      return { now: counted, later: counted.pipe(map((batch) => batch)) };
    });
    expect(outputs.now).toEqual(outputs.later);
  },
);

it('a batch that is collected with later ones still holds the window of its time', () => {
  const input: Counts[] = [[['a', 1]], [['a', 1]]];
  const out = runBatches(input, (batches) =>
    batches.pipe(
      reduceByKeyAndWindow(add, { window: 2000, inverse: subtract }),
      bufferCount(2),
      map(([first, second]) =>
        (second as Batch<Pair<string, number>>).withRecords([...(first ?? []), ...(second ?? [])]),
      ),
    ),
  );
  expect(out).toEqual([
    {
      time: 2000,
      records: [
        ['a', 1],
        ['a', 2],
      ],
    },
  ]);
});

it('a throwing reduce, inverse or filter fails the run', () => {
  const twice: Counts[] = [
    [
      ['a', 1],
      ['a', 2],
    ],
  ];
  const run = (input: Counts[], reduce: typeof add, options: Options) => (): unknown =>
    runBatches(input, (batches) => batches.pipe(reduceByKeyAndWindow(reduce, options)));
  const name = 'reduceByKeyAndWindow';
  expect(run(twice, no, { window: 1000 })).toThrow(operatorFailed(name, 1));
  expect(run(twice, no, { window: 1000, inverse: subtract })).toThrow(operatorFailed(name, 1));
  expect(run([[['a', 1]], [['a', 2]]], no, { window: 2000 })).toThrow(operatorFailed(name, 0, 2000, 'a'));
  expect(run([[['a', 1]], []], add, { window: 1000, inverse: no })).toThrow(operatorFailed(name, undefined, 2000, 'a'));
  expect(run(twice, add, { window: 1000, filter: no })).toThrow(operatorFailed(name, 0, 1000, 'a'));
  expect(run(twice, add, { window: 1000, inverse: subtract, filter: no })).toThrow(operatorFailed(name, 0, 1000, 'a'));
});

it('needs a name under a durable checkpoint, and one of its own', () => {
  const run = (...names: (string | undefined)[]) => {
    return (): unknown =>
      runBatches(
        source,
        (batches) =>
          names.reduce<Observable<Batch<Pair<string, number>>>>(
            (stream, name) => stream.pipe(reduceByKeyAndWindow(add, { window: 1000, ...(name && { name }) })),
            batches,
          ),
        { restartAfter: 1 },
      );
  };
  expect(run(undefined)).toThrow(expect.objectContaining({ code: 'NAME_REQUIRED' }));
  expect(run('w', 'w')).toThrow(expect.objectContaining({ code: 'NAME_TWICE' }));
  expect(run('w', 'w2')).not.toThrow();
});

it.each([
  [{ window: 1500 }, 'the window duration (1500 ms) must be a multiple of the slide duration of its input (1000 ms)'],
  [{ window: 2000, slide: 1500 }, 'the slide duration (1500 ms) must be a multiple'],
])('refuses %j over batches of 1000 ms, where it is written', (options, message) => {
  const batches = of(['a', 1] as const).pipe(batchInterval(1000));
  expect(() => batches.pipe(reduceByKeyAndWindow(add, options))).toThrow(refused(message));
});

it('refuses a drain trigger, which has no interval', () => {
  const context = new StreamingContext({ trigger: drain(), scheduler: manualClock() });
  const batches = of(['a', 1] as const).pipe(batchInterval(context));
  expect(() => batches.pipe(reduceByKeyAndWindow(add, { window: 1000 }))).toThrow(refused('a drain trigger'));
});

it.each([
  ['+', { window: 1000 }, 'reduceByKeyAndWindow(reduce): expected a function, got "+"'],
  [add, undefined, 'reduceByKeyAndWindow: expected options like { window, slide, name'],
  [add, { window: 0 }, 'reduceByKeyAndWindow({ window }): expected a whole number of at least 1, got 0'],
  [add, { window: 1000, slide: -1 }, 'reduceByKeyAndWindow({ slide })'],
  [add, { window: 1000, inverse: 1 }, 'reduceByKeyAndWindow({ inverse }): expected a function, got 1'],
  [add, { window: 1000, filter: 1 }, 'reduceByKeyAndWindow({ filter }): expected a function, got 1'],
])('refuses (%s, %j), where it is written', (reduce, options, message) => {
  expect(() => reduceByKeyAndWindow(reduce as never, options as never)).toThrow(refused(message));
});
