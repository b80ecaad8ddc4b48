/** What comes out does not depend on how it is computed, nor on restarts. */
import { describe, expect, it } from 'vitest';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
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

describe('a plain window gives the sums of the records in it', () => {
  it.each(seeds(40))('seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 12, () => counts(random, 1));
    const [window, slide] = [random.int(1, 5), random.int(1, 5)];
    const expected: Counts[] = [];
    for (let end = slide; end <= input.length; end += slide) {
      const sums = new Map<string, number>();
      for (const [key, n] of input.slice(Math.max(0, end - window), end).flat())
        sums.set(key, (sums.get(key) ?? 0) + n);
      expected.push([...sums]);
    }
    expect(windows(input, { window: window * 1000, slide: slide * 1000 })).toEqual(expected);
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

function counts(random: Seeded, least: number): Counts {
  return random.list(0, 4, () => [random.pick(['a', 'b', 'c']), random.int(least, 4)] as const);
}

function sorted(records: Counts): Counts {
  return [...records].sort(([left], [right]) => (left < right ? -1 : Number(left > right)));
}
