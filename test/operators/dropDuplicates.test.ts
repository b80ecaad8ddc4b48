import { retry } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import { hours } from '../../src/core/durations.ts';
import { type DropDuplicatesOptions, dropDuplicates } from '../../src/operators/dropDuplicates.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { changeCount } from '../support/stateEntries.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

type Bounds = { readonly within?: number; readonly atMost?: number };

/** What is let through of each batch of letters. */
function through(texts: readonly string[], bounds: Bounds, run: RunBatchesOptions = {}): string[] {
  const input = texts.map((text) => [...text]);
  const options = { name: 's', ...bounds } as DropDuplicatesOptions<string> & { within: number };
  const out = runBatches(input, (batches) => batches.pipe(dropDuplicates(options)), run);
  return out.map(({ records }) => records.join(''));
}

it(
  'lets the first of several through, where it stands; later batches count too',
  batchTest((m, batches) => {
    const source = batches.hot('  -p-q-r-|', { p: ['a', 'b', 'a'], q: ['b', 'c'], r: ['c', 'a'] });
    const subs = '                ^------!';
    const expected = '            -p-q-r-|';
    const result = source.pipe(dropDuplicates({ within: Number.POSITIVE_INFINITY }), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'], q: ['c'], r: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

describe('within', () => {
  it('lets a record through again once so much time has passed since it was let through', () => {
    expect(through(['a', 'a', 'a', 'a', 'a'], { within: 2000 })).toEqual(['a', '', 'a', '', 'a']);
    expect(through(['a', 'a', 'a', 'a', 'a'], { within: 2001 })).toEqual(['a', '', '', 'a', '']);
    expect(through(['aa', 'aa'], { within: 1 })).toEqual(['a', 'a']);
  });

  it('is not prolonged by the duplicates that are dropped', () => {
    expect(through(['a', 'aaa', 'aaa', 'a'], { within: 3000 })).toEqual(['a', '', '', 'a']);
  });

  it('forgets in empty batches too', () => {
    const kept: number[] = [];
    const checkpoint = counting(kept);
    through(['abc', '', 'd', '', ''], { within: 2000 }, { checkpoint });
    expect(kept).toEqual([3, 3, 1, 1, 0]);
  });
});

describe('atMost', () => {
  it('forgets the one that was let through first, record by record', () => {
    expect(through(['abca', 'cab'], { atMost: 2 })).toEqual(['abca', 'b']);
    expect(through(['aab', 'ab'], { atMost: 1 })).toEqual(['ab', 'ab']);
  });

  it('and within bound together', () => {
    expect(through(['ab', 'abc', 'ab', 'c'], { atMost: 2, within: 2000 })).toEqual(['ab', 'c', 'ab', 'c']);
  });

  it('holds no more than that', () => {
    const kept: number[] = [];
    through(['abcdef', 'ghi'], { atMost: 4 }, { checkpoint: counting(kept) });
    expect(kept).toEqual([4, 4]);
  });
});

it('Infinity remembers for ever, by time or by count', () => {
  for (const bounds of [{ within: Number.POSITIVE_INFINITY }, { atMost: Number.POSITIVE_INFINITY }]) {
    expect(through(['ab', 'ba', 'abc'], bounds)).toEqual(['ab', '', 'c']);
  }
});

describe('by', () => {
  const orders = [
    { id: 1, line: 1 },
    { id: 1, line: 2 },
    { id: 2, line: 1 },
    { id: 1, line: 1 },
  ];

  it('says what records are told apart by: a field, or several as a tuple', () => {
    const of = (by: (order: { id: number; line: number }) => unknown): unknown =>
      runBatches([orders], (batches) => batches.pipe(dropDuplicates({ by, atMost: 10 })))[0]?.records;
    expect(of(({ id }) => id)).toEqual([orders[0], orders[2]]);
    expect(of(({ id, line }) => [id, line])).toEqual(orders.slice(0, 3));
  });

  it('a record that is an object needs it: OPERATOR_FAILED, naming the record', () => {
    const run = (): unknown => runBatches([orders], (batches) => batches.pipe(dropDuplicates({ atMost: 10 })));
    expect(run).toThrow(
      expect.objectContaining({
        code: 'OPERATOR_FAILED',
        message: expect.stringMatching(/record 0: expected a string.*got an object \(Object\)\. .*\{ by: /),
      }),
    );
  });

  it('a throwing one fails the run; a retry lets through what it would have', () => {
    let isBroken = true;
    const by = (letter: string): string => {
      if (letter === 'c' && isBroken) {
        isBroken = false;
        no();
      }
      return letter;
    };
    const input = [
      ['a', 'b'],
      ['a', 'd', 'c'],
    ];
    expect(() => runBatches(input, (batches) => batches.pipe(dropDuplicates({ by, atMost: 10 })))).toThrow(
      operatorFailed('dropDuplicates', 2, 2000),
    );
    isBroken = true;
    const out = runBatches(input, (batches) => batches.pipe(dropDuplicates({ by, atMost: 10 }), retry(1)));
    expect(out.map(({ records }) => records)).toEqual([
      ['a', 'b'],
      ['d', 'c'],
    ]);
  });

  it('NaN is itself, -0 is 0, 1 is not "1"', () => {
    const records = [Number.NaN, Number.NaN, 0, -0, 1, '1', null, undefined, null, ''];
    const out = runBatches([records], (batches) => batches.pipe(dropDuplicates({ atMost: 100 })));
    expect(out[0]?.records).toEqual([Number.NaN, 0, 1, '1', null, undefined, '']);
  });
});

it('only what changed goes into the checkpoint', () => {
  const changes: unknown[] = [];
  const store = memoryCheckpoint();
  const checkpoint: CheckpointStore = {
    ...store,
    settle(settlement) {
      const [told] = settlement.states;
      changes.push([changeCount(told), told?.deleted.length ?? 0]);
      return store.settle(settlement);
    },
  };
  through(['abc', 'abc', 'abcd', 'a', ''], { within: 3000 }, { checkpoint });
  expect(changes).toEqual([
    [3, 0],
    [0, 0],
    [1, 0],
    [1, 3],
    [0, 0],
  ]);
});

it.each([1, 2, 3, 4, 5])('a restart after batch %i, or a crash in it, changes nothing', (n) => {
  const texts = ['abc', 'bd', 'ea', 'abcde', 'fgab'];
  for (const bounds of [{ within: 2000 }, { atMost: 3 }, { within: 3000, atMost: 4 }]) {
    const expected = through(texts, bounds);
    expect(through(texts, bounds, { restartAfter: n })).toEqual(expected);
    expect(through(texts, bounds, { crashIn: n })).toEqual(expected);
  }
});

describe('lets through what a plain model does, with restarts anywhere', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const bounds = {
      within: random.pick([1, 1000, 2500, 4000, Number.POSITIVE_INFINITY]),
      atMost: random.pick([1, 2, 4, Number.POSITIVE_INFINITY]),
    };
    const texts = random.list(2, 12, () => letters(random));
    const expected = modelled(texts, bounds);
    const batch = (): number => random.int(1, texts.length);
    expect(through(texts, bounds)).toEqual(expected);
    expect(through(texts, bounds, { restartAfter: [batch(), batch()], crashIn: batch() })).toEqual(expected);
  });
});

it('bounded by count it lets the same through however the records are split over batches', () => {
  for (const seed of seeds(20)) {
    const random = seeded(seed);
    const texts = random.list(1, 6, () => letters(random));
    const bounds = { atMost: random.int(1, 5) };
    expect(through(texts, bounds).join(''), `seed ${seed}`).toBe(through([texts.join('')], bounds).join(''));
  }
});

it('must be told how much to remember', () => {
  expect(() => dropDuplicates({} as never)).toThrow(
    refused('dropDuplicates: expected { within } (milliseconds) or { atMost } (a count), got an object'),
  );
  expect(() => dropDuplicates(undefined as never)).toThrow(refused('Infinity remembers for ever'));
});

it('refuses wrong arguments where they are written', () => {
  for (const wrong of [0, -1, 1.5, Number.NaN, '3']) {
    expect(() => dropDuplicates({ within: wrong as number })).toThrow(refused('dropDuplicates({ within })'));
    expect(() => dropDuplicates({ atMost: wrong as number })).toThrow(refused('dropDuplicates({ atMost })'));
  }
  expect(() => dropDuplicates({ by: 'id' as never, within: hours(1) })).toThrow(refused('dropDuplicates({ by })'));
});

it('needs a name under a durable checkpoint', () => {
  const run = (): unknown =>
    runBatches([['a']], (batches) => batches.pipe(dropDuplicates({ atMost: 1 })), { restartAfter: 1 });
  expect(run).toThrow(expect.objectContaining({ code: 'NAME_REQUIRED' }));
});

/** A checkpoint that takes down how many keys are kept after each batch. */
function counting(kept: number[]): CheckpointStore {
  const store = memoryCheckpoint();
  let count = 0;
  return {
    ...store,
    settle(settlement) {
      const told = settlement.states.find(({ state }) => state === 's/seen');
      count += (told?.added.ids.length ?? 0) - (told?.deleted.length ?? 0);
      kept.push(count);
      return store.settle(settlement);
    },
  };
}

function letters(random: Seeded): string {
  return random.list(0, 6, () => random.pick([...'abcdef'])).join('');
}

/** Worked out by looking at everything that is remembered, for each record. */
function modelled(texts: readonly string[], { within, atMost }: Required<Bounds>): string[] {
  let remembered: { letter: string; time: number }[] = [];
  return texts.map((text, n) => {
    const time = (n + 1) * 1000;
    remembered = remembered.filter((one) => time - one.time < within);
    return [...text]
      .filter((letter) => {
        if (remembered.some((one) => one.letter === letter)) return false;
        remembered = [...remembered, { letter, time }].slice(-Math.min(atMost, 100));
        return true;
      })
      .join('');
  });
}
