import { map, merge, NEVER, type Observable, of, retry, tap, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { split } from '../../src/operators/split.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { batchTest } from '../support/marbles.ts';
import { stage, watch } from '../support/stage.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

const isEven = (n: number): boolean => n % 2 === 0;
const records = (batches: readonly { readonly records: readonly unknown[] }[]): unknown[] =>
  batches.map((batch) => batch.records);

it(
  'gives a batch in every branch for each of its source, in the same call, and completes with it',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [1, 2, 3], q: [4] });
    const subs = '                ^------!';
    const even = '                -p--q--|';
    const odd = '                 -p--q--|';
    const streams = split(source, { even: isEven, odd: 'otherwise' });
    m.expect(streams.even.pipe(batches.shown())).toBeObservable(even, { p: [2], q: [4] });
    m.expect(streams.odd.pipe(batches.shown())).toBeObservable(odd, { p: [1, 3], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'errs with its source in every branch',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--#', { p: [1, 2] }, 'broken');
    const subs = '                ^---!';
    const expected = '            -p--#';
    const streams = split(source, { even: isEven, odd: 'otherwise' });
    m.expect(streams.even.pipe(batches.shown())).toBeObservable(expected, { p: [2] }, 'broken');
    m.expect(streams.odd.pipe(batches.shown())).toBeObservable(expected, { p: [1] }, 'broken');
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'lets go of its source when the last branch is left',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: [1, 2], q: [4] });
    const subs = '                ^----!';
    const streams = split(source, { even: isEven, odd: 'otherwise' });
    m.expect(streams.even.pipe(batches.shown()), '^-!').toBeObservable('-p', { p: [2] });
    m.expect(streams.odd.pipe(batches.shown()), ' ^----!').toBeObservable('-p--q', { p: [1], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

describe('a record goes to', () => {
  it('the first branch that wants it, in the order in which they are written', () => {
    const out = runBatches([[1, 2, 3, 4, 6, 12]], (source) =>
      split(source, { thirds: (n) => n % 3 === 0, even: isEven, rest: 'otherwise' }),
    );
    expect(out.thirds).toEqual([{ time: 1000, records: [3, 6, 12] }]);
    expect(out.even).toEqual([{ time: 1000, records: [2, 4] }]);
    expect(out.rest).toEqual([{ time: 1000, records: [1] }]);
  });

  it('no branch, if none wants it and there is no otherwise', () => {
    const out = runBatches([[1, 2, 3, 4]], (source) => split(source, { even: isEven, three: (n) => n === 3 }));
    expect(records(out.even)).toEqual([[2, 4]]);
    expect(records(out.three)).toEqual([[3]]);
  });

  it('a branch whose function answers something true', () => {
    const out = runBatches([['a', '', 'b']], (source) => split(source, { some: (text) => text, none: 'otherwise' }));
    expect(records(out.some)).toEqual([['a', 'b']]);
    expect(records(out.none)).toEqual([['']]);
  });
});

it('evaluates its input and its functions once for each batch, for all branches and readings', () => {
  const parse = vi.fn(Number);
  const test = vi.fn(isEven);
  runBatches([['1', '2', '3'], ['4']], (source) => {
    const streams = split(source.pipe(mapRecords((text) => parse(text))), { even: test, odd: 'otherwise' });
    const twice = foreachBatch<number>((batch) => {
      batch.forEach(() => {});
      batch.forEach(() => {});
    });
    return { even: streams.even.pipe(twice), odd: streams.odd.pipe(twice) };
  });
  expect(parse).toHaveBeenCalledTimes(4);
  expect(test).toHaveBeenCalledTimes(4);
});

describe('its branches settle together', () => {
  it('offsets are committed when the outputs of all branches are done', () => {
    const log: string[] = [];
    const store = memoryOffsets();
    const logged = {
      ...store,
      commit: (offsets: Parameters<typeof store.commit>[0]) => {
        log.push(`commit ${offsets[0]?.until}`);
        return store.commit(offsets);
      },
    };
    const slow = (name: string): ReturnType<typeof foreachBatch<number>> =>
      foreachBatch(({ records: some }) => timer(100).pipe(map(() => log.push(`${name} ${some}`))));
    runBatches([[1, 2], [3]], (source) => {
      const { even, odd } = split(source, { even: isEven, odd: 'otherwise' });
      return { even: even.pipe(slow('even'), commitOffsets(logged)), odd: odd.pipe(slow('odd')) };
    });
    expect(log).toEqual(['even 2', 'odd 1', 'commit 2', 'even ', 'odd 3', 'commit 3']);
  });

  it('a batch whose output fails in one branch is not committed, and all branches are repeated by one retry', () => {
    const store = memoryOffsets();
    const written: string[] = [];
    const committed: unknown[] = [];
    let failures = 1;
    const { context, clock } = stage();
    const source = testSource([[1, 2], [3, 4], [5]]).pipe(batchInterval(context));
    const { even, odd } = split(source, { even: isEven, odd: 'otherwise' });
    const evens = even.pipe(foreachBatch(({ time, records: some }) => written.push(`even ${time}: ${some}`)));
    const odds = odd.pipe(
      foreachBatch(({ time, records: some }) => {
        if (time === 2000 && failures-- > 0) no();
        written.push(`odd ${time}: ${some}`);
      }),
      commitOffsets(store),
    );
    const seen = watch(merge(evens, odds).pipe(tap({ error: () => committed.push(store.load({})) }), retry(1)));
    clock.advanceBy(10_000);
    expect(seen).toMatchObject({ error: undefined, completed: true });
    expect(written).toEqual([
      ...['even 1000: 2', 'odd 1000: 1'],
      ...['even 2000: 4', 'even 2000: 4', 'odd 2000: 3'],
      ...['even 3000: ', 'odd 3000: 5'],
    ]);
    expect(committed).toEqual([[{ topic: 'test', partition: 0, until: 2 }]]);
    expect(store.load({})).toEqual([{ topic: 'test', partition: 0, until: 5 }]);
  });

  it('a branch that nobody subscribes to takes its records out of the stream', () => {
    const store = memoryOffsets();
    const out = runBatches([[1, 2, 3]], (source) => {
      const { even } = split(source, { even: isEven, odd: 'otherwise' });
      return even.pipe(commitOffsets(store));
    });
    expect(records(out)).toEqual([[2]]);
    expect(store.load({})).toEqual([{ topic: 'input', partition: 0, until: 3 }]);
  });
});

it('a restart in the middle changes nothing', () => {
  const input = [[1, 2], [], [3, 4, 5]];
  const run = (options = {}): unknown =>
    runBatches(input, (source) => split(source, { even: isEven, odd: 'otherwise' }), options);
  expect(run({ restartAfter: 1, crashIn: 3 })).toEqual(run());
});

it.each([0, 1, 2])('a function that fails at record %i fails the run with its name and the position', (position) => {
  const run = (): unknown =>
    runBatches([['a', 'b', 'c']], (source) =>
      split(source, { bad: (text) => text === ['a', 'b', 'c'][position] && no(), rest: 'otherwise' }),
    );
  expect(run).toThrow(operatorFailed('split', position));
});

it('refuses what cannot be, where it is written', () => {
  const source: Observable<Batch<number>> = NEVER;
  expect(() => split(7 as never, { a: 'otherwise' })).toThrow(refused('split(source)'));
  expect(() => split(source, undefined as never)).toThrow(refused('split(_, branches)'));
  expect(() => split(source, { a: 7 as never })).toThrow(refused('split(_, { a }): expected a function'));
  expect(() => split(source, { rest: 'otherwise', even: isEven })).toThrow(refused('split(_, { rest })'));
  expect(() => split(source, { 1: isEven })).toThrow(refused('names that are no numbers'));
});

it('refuses values that are no batches: batchInterval is missing', () => {
  const errors: unknown[] = [];
  const { a } = split(of('x') as never, { a: 'otherwise' });
  a.subscribe({ error: (error: unknown) => errors.push(error) });
  expect(errors).toEqual([expect.objectContaining({ code: 'NOT_A_BATCH' })]);
});

it('passes an error of its source on as it is', () => {
  const errors: unknown[] = [];
  const { a } = split<number, { a: 'otherwise' }>(
    throwError(() => new Error('source')),
    { a: 'otherwise' },
  );
  a.subscribe({ error: (error: unknown) => errors.push(error) });
  expect(errors).toEqual([new Error('source')]);
});
