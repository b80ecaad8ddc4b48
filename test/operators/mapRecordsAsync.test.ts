import { map, NEVER, Observable, of, retry, share, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { mapRecordsAsync } from '../../src/operators/mapRecordsAsync.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { batchTest } from '../support/marbles.ts';
import { deferred, promisesSettle, stage, watch } from '../support/stage.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

/** Answers after as many milliseconds. */
const later = (n: number): Observable<string> => timer(n).pipe(map(() => `n${n}`));

it(
  'holds the batch until all answers are in, and gives them in the order of the records',
  batchTest((m, batches) => {
    const source = batches.hot('  -a-----b|', { a: [3, 1, 2], b: [] as number[] });
    const subs = '                ^-------!';
    const expected = '            ----a--b|';
    const result = source.pipe(
      mapRecordsAsync((n) => timer(n, m.scheduler).pipe(map(() => `n${n}`))),
      batches.shown(),
    );
    m.expect(result).toBeObservable(expected, { a: { time: 1, records: ['n3', 'n1', 'n2'] }, b: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('takes values, promises and Observables, of which the first value counts', async () => {
  const answers: (() => unknown)[] = [
    () => 'value',
    () => Promise.resolve('promise'),
    () => of('first', 'second'),
    () => ['array'],
  ];
  const { clock, context } = stage();
  const seen = watch(
    testSource([answers]).pipe(
      batchInterval(context),
      mapRecordsAsync((ask) => ask()),
      foreachBatch(() => {}),
      map(({ records }) => records),
    ),
  );
  clock.advanceBy(1000);
  await promisesSettle();
  expect(seen.values).toEqual([['value', 'promise', 'first', ['array']]]);
});

it('with answers that need no waiting the batch goes on in the same call', () => {
  expect(
    through(
      batchOf([1, 2, 3]),
      mapRecordsAsync((n) => n * 2),
    ).records,
  ).toEqual([2, 4, 6]);
});

it('many records with answers at once are no recursion', () => {
  const all = Array.from({ length: 100_000 }, (_, n) => n);
  expect(
    through(
      batchOf(all),
      mapRecordsAsync((n) => of(n)),
    ).records,
  ).toEqual(all);
});

it.each([
  [undefined, 10],
  [1, 1],
  [3, 3],
  [Number.POSITIVE_INFINITY, 25],
])('with concurrency %s waits for %i answers at a time', (concurrency, most) => {
  let open = 0;
  let highest = 0;
  const ask = (n: number): Observable<number> =>
    new Observable((subscriber) => {
      highest = Math.max(highest, ++open);
      return timer(1 + (n % 3))
        .pipe(map(() => n))
        .subscribe(subscriber)
        .add(() => open--);
    });
  const all = Array.from({ length: 25 }, (_, n) => n);
  const options = concurrency === undefined ? {} : { concurrency };
  const [batch] = runBatches([all], (stream) => stream.pipe(mapRecordsAsync(ask, options)));
  expect(batch?.records).toEqual(all);
  expect([highest, open]).toEqual([most, 0]);
});

it('asks once a record, on arrival, however often and how far the result is read', () => {
  const ask = vi.fn((n: number) => n);
  const result = through(batchOf([1, 2, 3]), mapRecordsAsync(ask));
  expect(ask).toHaveBeenCalledTimes(3);
  through(result, takeRecords(1)).forEach(() => {});
  result.forEach(() => {});
  expect(ask).toHaveBeenCalledTimes(3);
});

it('batches are worked on one at a time', () => {
  const began: number[] = [];
  runBatches([[700], [1]], (stream) =>
    stream.pipe(
      mapRecordsAsync((n) => {
        began.push(n);
        return later(n);
      }),
      foreachBatch(({ time }) => {
        began.push(time);
      }),
    ),
  );
  expect(began).toEqual([700, 1000, 1, 2000]);
});

describe('a look-up that fails', () => {
  it.each([0, 1, 2])('fails the run, naming record %i: thrown or rejected', (at) => {
    const fail = (how: () => unknown): (() => unknown) => {
      return () => runBatches([[0, 1, 2]], (stream) => stream.pipe(mapRecordsAsync((n) => (n === at ? how() : n))));
    };
    expect(fail(no)).toThrow(operatorFailed('mapRecordsAsync', at));
    expect(fail(() => throwError(() => new Error('no')))).toThrow(operatorFailed('mapRecordsAsync', at));
  });

  it('because its Observable gives nothing fails the run too', () => {
    expect(() => runBatches([[1]], (stream) => stream.pipe(mapRecordsAsync(() => of<number>())))).toThrow(
      'record 0: expected its Observable to emit an answer, it completed without',
    );
  });

  it('aborts the signal of the others, and asks for no more', () => {
    const signals: AbortSignal[] = [];
    const run = (): unknown =>
      runBatches([[0, 1, 2, 3]], (stream) =>
        stream.pipe(
          mapRecordsAsync(
            (n, signal) => {
              signals.push(signal);
              return n === 1 ? timer(5).pipe(map(no)) : NEVER;
            },
            { concurrency: 2 },
          ),
        ),
      );
    expect(run).toThrow(operatorFailed('mapRecordsAsync', 1));
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('that the user catches does not', () => {
    const [batch] = runBatches([[1, 2]], (stream) =>
      stream.pipe(
        mapRecordsAsync((n) => {
          try {
            return n === 1 ? no() : n;
          } catch {
            return -1;
          }
        }),
      ),
    );
    expect(batch?.records).toEqual([-1, 2]);
  });

  it('is asked for again by a retry, with all records of its batch', () => {
    const { clock, context } = stage();
    const asked: number[] = [];
    const seen = watch(
      testSource([[1, 2], [3]]).pipe(
        batchInterval(context),
        mapRecordsAsync((n) => {
          asked.push(n);
          return asked.length === 2 ? no() : n * 10;
        }),
        foreachBatch(() => {}),
        map(({ time, records }) => [time, ...records]),
        retry({ count: 1 }),
      ),
    );
    clock.advanceBy(3000);
    expect(asked).toEqual([1, 2, 1, 2, 3]);
    expect(seen.values).toEqual([
      [1000, 10, 20],
      [2000, 30],
    ]);
  });
});

describe('the signal', () => {
  it('is not aborted by a batch that went well', () => {
    const signals: AbortSignal[] = [];
    runBatches([[1], [2]], (stream) =>
      stream.pipe(
        mapRecordsAsync((n, signal) => {
          signals.push(signal);
          return later(n);
        }),
        foreachBatch(() => {
          expect(signals.some(({ aborted }) => aborted)).toBe(false);
        }),
      ),
    );
    expect(signals).toHaveLength(2);
  });

  it('is aborted when the stream is unsubscribed, and when the context stops; nothing is left of the look-ups', async () => {
    for (const how of ['unsubscribe', 'stop'] as const) {
      const { clock, context } = stage();
      const signals: AbortSignal[] = [];
      let open = 0;
      const seen = watch(
        testSource([[1]]).pipe(
          batchInterval(context),
          mapRecordsAsync((_, signal) => {
            signals.push(signal);
            return new Observable<number>(() => {
              open++;
              return () => open--;
            });
          }),
        ),
      );
      clock.advanceBy(1000);
      expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
      if (how === 'unsubscribe') seen.unsubscribe();
      else await Promise.race([context.stop(), promisesSettle()]);
      clock.advanceBy(10);
      expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
      seen.unsubscribe();
      expect(open).toBe(0);
    }
  });
});

it('a branch that leaves while it waits aborts its look-ups, and the run goes on without it', () => {
  const { clock, context, batches } = stage();
  const signals: AbortSignal[] = [];
  const shared = testSource([[1], [2]]).pipe(batchInterval(context), share());
  const waits = watch(
    shared.pipe(
      mapRecordsAsync((_, signal) => {
        signals.push(signal);
        return NEVER;
      }),
    ),
  );
  watch(shared.pipe(foreachBatch(() => {})));
  clock.advanceBy(1000);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  waits.unsubscribe();
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  clock.advanceBy(1000);
  expect(batches().slice(0, 2)).toEqual(['1000 settled', '2000 settled']);
});

it('the next run does not begin while a promise of the failed one is open', async () => {
  const { clock, context } = stage();
  const slow = deferred<number>();
  let runs = 0;
  const seen = watch(
    testSource([[1, 2]]).pipe(
      batchInterval(context),
      mapRecordsAsync((n) => {
        if (n === 1) runs++;
        if (runs > 1) return n;
        return n === 1 ? slow.promise : Promise.reject(new Error('no'));
      }),
      foreachBatch(() => {}),
      map(({ records }) => records),
      retry({ count: 1 }),
    ),
  );
  clock.advanceBy(1000);
  await promisesSettle();
  clock.advanceBy(2000);
  await promisesSettle();
  expect(runs).toBe(1);
  slow.resolve(0);
  await promisesSettle();
  clock.advanceBy(2000);
  await promisesSettle();
  expect(seen.values[0]).toEqual([1, 2]);
});

it('refuses wrong arguments where they are written', () => {
  expect(() => mapRecordsAsync(7 as never)).toThrow(refused('mapRecordsAsync(fn): expected a function, got 7'));
  expect(() => mapRecordsAsync(no, { concurrency: 0 })).toThrow(
    refused('mapRecordsAsync({ concurrency }): expected a whole number of at least 1'),
  );
});

it('a function that unsubscribes its own chain is not called again, although it answers at once', () => {
  const { clock, context } = stage();
  const asked: number[] = [];
  const seen = watch(
    testSource([[1, 2, 3]]).pipe(
      batchInterval(context),
      mapRecordsAsync((n) => {
        asked.push(n);
        if (n === 2) seen.unsubscribe();
        return n;
      }),
    ),
  );
  clock.advanceBy(3000);
  expect(asked).toEqual([1, 2]);
});
