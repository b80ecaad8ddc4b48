/** What comes out does not depend on how it is computed, nor on restarts. */
import { filter } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Settlement } from '../../src/checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { reduceByKey } from '../../src/operators/reduceByKey.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { type BatchRecords, type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { changeCount } from '../support/stateEntries.ts';
import {
  add,
  type Counts,
  isNotZero,
  type WindowsOptions as Options,
  subtract,
  windowsOf as windows,
} from '../support/windowsOf.ts';

describe('inverse gives what the plain window gives', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 14, () => counts(random, -4));
    const span = { window: 1000 * random.int(1, 5), slide: 1000 * random.int(1, 5) };
    const plain = windows(input, { ...span, filter: isNotZero }).map(sorted);
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    const inverse = { ...span, inverse: subtract, filter: isNotZero };
    expect(windows(input, inverse).map(sorted)).toEqual(plain);
    expect(windows(input, inverse, restarts)).toEqual(windows(input, inverse));
    expect(windows(input, { ...span, inverse: subtract }).map((records) => sorted(records.filter(isNotZero)))).toEqual(
      plain,
    );
    expect(windows(input, { ...span, filter: isNotZero }, restarts).map(sorted)).toEqual(plain);
  });
});

describe('a plain window gives the sums of the records in it, keys in the order of the batches that had them last', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 14, () => counts(random, 1));
    const [window, slide] = [random.int(1, 5), random.int(1, 5)];
    const expected: Counts[] = [];
    for (let end = slide; end <= input.length; end += slide) {
      const sums = new Map<string, number>();
      for (const batch of input.slice(Math.max(0, end - window), end)) {
        for (const key of new Set(batch.map(([key]) => key))) {
          const sum = (sums.get(key) ?? 0) + total(batch, key);
          sums.delete(key);
          sums.set(key, sum);
        }
      }
      expected.push([...sums]);
    }
    const options = { window: window * 1000, slide: slide * 1000 };
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    expect(windows(input, options)).toEqual(expected);
    expect(windows(input, options, restarts)).toEqual(expected);
  });
});

describe('fractions: a plain window gives the same bits after a restart, and never drifts', () => {
  it.each(seeds(40))('seed %i', (seed) => {
    const random = seeded(seed);
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 7, 8];
    const input = random.list(10, 40, () =>
      random.list(0, 6, () => [random.pick(keys), random.int(1, 1_000_000) / 1_000_003] as const),
    );
    const options = { window: 1000 * random.int(1, 9), slide: 1000 * random.int(1, 3) };
    const run = (restarts: RunBatchesOptions): unknown =>
      runBatches(input, (batches) => batches.pipe(reduceByKeyAndWindow(add, { ...options, name: 'w' })), restarts);
    const lives = random.list(1, 4, () => random.int(1, input.length));
    expect(run({ restartAfter: lives })).toEqual(run({}));
    expect(run({ crashIn: lives })).toEqual(run({}));
  });

  it('what has left leaves nothing behind', () => {
    const input: Counts[] = [[['a', 1e16]], [['a', 1]], [['a', 1]], []];
    expect(windows(input, { window: 2000 }).at(2)).toEqual([['a', 2]]);
    expect(windows(input, { window: 2000, inverse: subtract }).at(2)).not.toEqual([['a', 2]]);
  });
});

it('of keys that are objects the newest is given without inverse, so that a restart gives the same', () => {
  const input = Array.from({ length: 5 }, (_, at) => [[{ page: 'home', at }, 1] as const]);
  const run = (restarts: RunBatchesOptions): unknown =>
    runBatches(
      input,
      (batches) => batches.pipe(reduceByKeyAndWindow(add, { window: 2000, keyOf: ({ page }) => page, name: 'w' })),
      restarts,
    ).map(({ records }) => records);
  expect(run({})).toEqual(input.map(([pair], at) => [[pair?.[0], Math.min(at + 1, 2)]]));
  expect(run({ restartAfter: [1, 3], crashIn: [2, 4] })).toEqual(run({}));
});

describe('what a plain window writes to a checkpoint with a batch', () => {
  /** How many entries each settlement adds and deletes. */
  function written(input: readonly Counts[], options: Options): (readonly [added: number, deleted: number])[] {
    const store = memoryCheckpoint();
    const sizes: [number, number][] = [];
    const settle = (settlement: Settlement): ReturnType<typeof store.settle> => {
      const { states } = settlement;
      sizes.push([
        states.reduce((sum, changes) => sum + changeCount(changes), 0),
        states.reduce((sum, { deleted }) => sum + deleted.length, 0),
      ]);
      return store.settle(settlement);
    };
    windows(input, options, { checkpoint: { ...store, settle } });
    return sizes;
  }

  it('is the batch reduced by key and what has left, however long the window is', () => {
    const input = Array.from(
      { length: 8 },
      (): Counts => [
        ['a', 1],
        ['b', 2],
      ],
    );
    expect(written(input, { window: 3000 })).toEqual([...Array(3).fill([1, 0]), ...Array(5).fill([1, 1])]);
    expect(written(input, { window: 60_000 })).toEqual(Array(8).fill([1, 0]));
  });

  it('is nothing for a batch that will be in no window', () => {
    const input = Array.from({ length: 6 }, (): Counts => [['a', 1]]);
    expect(written(input, { window: 1000, slide: 3000 })).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });
});

describe('a plain window is windowBatches and then reduceByKey', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 30, () =>
      random.list(0, 4, () => [random.pick(['a', 'b', 'c']), String(random.int(0, 9))] as const),
    );
    const options = { window: 1000 * random.int(1, 7), slide: 1000 * random.int(1, 7) };
    const join = (left: string, right: string): string => left + right;
    const reduced = runBatches(input, (batches) => batches.pipe(reduceByKeyAndWindow(join, options)));
    const joined = runBatches(input, (batches) => batches.pipe(windowBatches(options), reduceByKey(join)));
    expect(reduced.map(inKeyOrder)).toEqual(joined.map(inKeyOrder));
  });
});

describe('a window over windows with a plain filter between, at any slides', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(6, 30, () => counts(random, -4));
    const inner = { window: 1000 * random.int(1, 5), slide: 1000 * random.int(1, 3) };
    const outer = { window: inner.slide * random.int(1, 4), slide: inner.slide * random.int(1, 4) };
    const isLeftOut = (time: number): boolean => (time / 1000) % 5 === seed % 5;
    const run = (inverse: object, restarts: RunBatchesOptions): unknown =>
      runBatches(
        input,
        (batches) =>
          batches.pipe(
            reduceByKeyAndWindow(add, { ...inner, ...inverse, name: 'inner' }),
            filter(({ time }) => !isLeftOut(time)),
            reduceByKeyAndWindow(add, { ...outer, ...inverse, name: 'outer' }),
          ),
        restarts,
      ).map(({ time, records }) => ({ time, records: sorted(records.filter(isNotZero)) }));
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    expect(run({}, restarts)).toEqual(run({}, {}));
    expect(run({ inverse: subtract }, {})).toEqual(run({}, {}));
  });
});

it.each([
  ['without inverse', {}],
  ['with inverse', { inverse: subtract, filter: isNotZero }],
])('a restart in the middle changes nothing, nor the order of keys: %s', (_which, options) => {
  const input: Counts[] = [
    [
      ['a', 1],
      ['b', 1],
    ],
    [],
    [
      ['c', 1],
      ['a', 1],
    ],
    [['b', 1]],
    [],
  ];
  const span = { window: 2000, ...options };
  for (let at = 1; at <= input.length; at++) {
    expect(windows(input, span, { restartAfter: at })).toEqual(windows(input, span));
    expect(windows(input, span, { crashIn: at })).toEqual(windows(input, span));
  }
});

it('the inverse, the window and the slide may change from one life to the next: the window keeps its batches', () => {
  const input = Array.from({ length: 12 }, (): Counts => [['a', 1]]);
  const lives: Options[] = [
    { window: 3000 },
    { window: 3000, inverse: subtract },
    { window: 3000 },
    { window: 3000, inverse: subtract },
    { window: 2000, inverse: subtract },
    { window: 3000, inverse: subtract },
  ];
  let life = 0;
  const out = runBatches(
    input,
    (batches) => batches.pipe(reduceByKeyAndWindow(add, { name: 'w', ...(lives[life++] as Options) })),
    { restartAfter: [2, 4, 6, 8, 10] },
  );
  expect(out.map(({ records }) => records[0]?.[1])).toEqual([1, 2, 3, 3, 3, 3, 3, 3, 2, 2, 3, 3]);
});

function total(batch: Counts, of: string): number {
  return batch.reduce((sum, [key, n]) => (key === of ? sum + n : sum), 0);
}

function inKeyOrder({ time, records }: BatchRecords<Pair<string, string>>): unknown {
  return { time, records: records.toSorted(([left], [right]) => (left < right ? -1 : 1)) };
}

function counts(random: Seeded, least: number): Counts {
  return random.list(0, 4, () => [random.pick(['a', 'b', 'c']), random.int(least, 4)] as const);
}

function sorted(records: Counts): Counts {
  return [...records].sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
}
