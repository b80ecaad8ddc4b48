import { defer, EMPTY, map, NEVER, Observable, of, retry, share, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/core/Answer.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { type ForeachRecordOptions, foreachRecord } from '../../src/outputs/foreachRecord.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { batchTest } from '../support/marbles.ts';
import { deferred, promisesSettle, stage, watch } from '../support/stage.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

it(
  'passes each batch on when all its records are done',
  batchTest((m, batches) => {
    const source = batches.hot('  -p------q---|', { p: ['a', 'b', 'c'], q: ['d'] });
    const subs = '                ^-----------!';
    const two = '                 -----p----q-|';
    const save = foreachRecord<string>(() => timer(2), { concurrency: 2 });
    m.expect(source.pipe(save, batches.shown())).toBeObservable(two, {
      p: { time: 1, records: ['a', 'b', 'c'] },
      q: { time: 8, records: ['d'] },
    });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'passes it on in the same call when write gives values',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['a', 'b'], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const seen: string[] = [];
    const save = foreachRecord<string>((record) => seen.push(record));
    m.expect(source.pipe(save, batches.shown())).toBeObservable(expected, { p: ['a', 'b'], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
    m.flush();
    expect(seen).toEqual(['a', 'b']);
  }),
);

describe('concurrency', () => {
  /** What is begun and ended, when each record takes as long as it says. */
  function logOf(records: readonly number[], options?: ForeachRecordOptions): string[] {
    const log: string[] = [];
    runBatches([records], (source, { scheduler }) =>
      source.pipe(
        foreachRecord((ms, { position }) => {
          log.push(`${scheduler.now() - 1000}: ${position} begins`);
          return timer(ms).pipe(map(() => log.push(`${scheduler.now() - 1000}: ${position} ends`)));
        }, options),
      ),
    );
    return log;
  }

  it('is one record after another, if nothing else is said', () => {
    expect(logOf([30, 10])).toEqual(['0: 0 begins', '30: 0 ends', '30: 1 begins', '40: 1 ends']);
  });

  it('begins records in their order, and the next whenever one is done', () => {
    expect(logOf([30, 10, 10, 20], { concurrency: 2 })).toEqual([
      ...['0: 0 begins', '0: 1 begins', '10: 1 ends', '10: 2 begins'],
      ...['20: 2 ends', '20: 3 begins', '30: 0 ends', '40: 3 ends'],
    ]);
  });

  it('may be Infinity', () => {
    expect(logOf([10, 10, 10], { concurrency: Infinity }).slice(0, 3)).toEqual([
      '0: 0 begins',
      '0: 1 begins',
      '0: 2 begins',
    ]);
  });

  it('is never passed, whatever mixture of values, Observables and promises write gives', async () => {
    const { clock, context } = stage();
    let busy = 0;
    let most = 0;
    const ended = vi.fn();
    const work = <T>(answer: Observable<T>): Observable<T> =>
      defer(() => {
        most = Math.max(most, ++busy);
        return answer;
      }).pipe(map((value) => value));
    const records = Array.from({ length: 200 }, (_, at) => at);
    const seen = watch(
      testSource([records]).pipe(
        batchInterval(context),
        foreachRecord(
          (n): Answer<unknown> => {
            const done = (): void => {
              busy--;
              ended();
            };
            if (n % 4 === 0) return ended();
            if (n % 4 === 1) {
              most = Math.max(most, ++busy);
              return Promise.resolve().then(done);
            }
            if (n % 4 === 2) return work(of(n).pipe(map(done)));
            return work(timer(5, clock).pipe(map(done)));
          },
          { concurrency: 3 },
        ),
      ),
    );
    clock.advanceBy(1000);
    while (!seen.completed && seen.error === undefined) {
      await promisesSettle();
      clock.advanceBy(5);
    }
    expect(seen.error).toBeUndefined();
    expect(ended).toHaveBeenCalledTimes(200);
    expect(most).toBe(3);
  });
});

it('a hundred thousand records that are done at once do not pile up on the stack', () => {
  const records = Array.from({ length: 100_000 }, (_, at) => at);
  let count = 0;
  const counted = defer(() => of(count++));
  runBatches([records], (source) =>
    source.pipe(foreachRecord((n) => (n % 2 === 0 ? counted : EMPTY), { concurrency: 4 })),
  );
  expect(count).toBe(50_000);
});

it('tells each record its position and its batch', () => {
  const seen: unknown[] = [];
  runBatches([['a', 'b'], ['c']], (source) =>
    source.pipe(foreachRecord((record, { position, batch }) => seen.push([batch.time, position, record]))),
  );
  expect(seen).toEqual([
    [1000, 0, 'a'],
    [1000, 1, 'b'],
    [2000, 0, 'c'],
  ]);
});

it('the next batch begins when all records are done, and offsets are committed then', () => {
  const log: unknown[] = [];
  const store = memoryOffsets();
  runBatches([['a', 'b'], ['c']], (source, { scheduler }) =>
    source.pipe(
      commitOffsets(store),
      foreachRecord((record) => {
        log.push(`${record} at ${scheduler.now()}, committed ${JSON.stringify(store.load({}))}`);
        return timer(1500);
      }),
    ),
  );
  expect(log).toEqual([
    'a at 1000, committed []',
    'b at 2500, committed []',
    'c at 4000, committed [{"topic":"input","partition":0,"until":2}]',
  ]);
});

describe('a write that fails', () => {
  const failed = (position: number): Error =>
    expect.objectContaining({
      code: 'OUTPUT_FAILED',
      message: `foreachRecord: the output of the batch of time 2000 failed at record ${position}: no. Nothing of it was committed.`,
      cause: new Error('no'),
      details: { operator: 'foreachRecord', time: 2000, record: position },
    }) as Error;

  it.each([0, 1, 2])('at record %i: fails the run with its position; nothing of the batch is committed', (position) => {
    for (const fail of [no, () => throwError(() => new Error('no'))]) {
      const store = memoryOffsets();
      const run = (): unknown =>
        runBatches([['a'], ['b', 'c', 'd']], (source) =>
          source.pipe(
            commitOffsets(store),
            foreachRecord((_, place) => (place.batch.time === 2000 && place.position === position ? fail() : timer(5))),
          ),
        );
      expect(run).toThrow(failed(position));
      expect(store.load({})).toEqual([{ topic: 'input', partition: 0, until: 1 }]);
    }
  });

  it('begins no other record, aborts the signal, and unsubscribes the Observables on the way', () => {
    const begun: number[] = [];
    const unsubscribed = vi.fn();
    const aborted: boolean[] = [];
    let signal: AbortSignal | undefined;
    const run = (): unknown =>
      runBatches([[0, 1, 2, 3]], (source) =>
        source.pipe(
          foreachRecord(
            (n, place) => {
              begun.push(n);
              signal = place.signal;
              aborted.push(signal.aborted);
              return n === 1 ? timer(10).pipe(map(no)) : new Observable(() => unsubscribed);
            },
            { concurrency: 3 },
          ),
        ),
      );
    expect(run).toThrow(expect.objectContaining({ details: { operator: 'foreachRecord', time: 1000, record: 1 } }));
    expect(begun).toEqual([0, 1, 2]);
    expect(unsubscribed).toHaveBeenCalledTimes(2);
    expect(aborted).toEqual([false, false, false]);
    expect(signal?.aborted).toBe(true);
  });

  it('rejects: likewise, and the next run waits for the promises on the way', async () => {
    const { clock, context } = stage();
    const log: string[] = [];
    const slow = deferred();
    const answers: (() => Promise<unknown>)[] = [
      () => slow.promise.then(() => log.push('the slow one ends')),
      () => Promise.reject(new Error('no')),
    ];
    const seen = watch(
      testSource([['a', 'b', 'c']]).pipe(
        batchInterval(context),
        foreachRecord(
          (record) => {
            log.push(`${record} begins`);
            return answers.shift()?.();
          },
          { concurrency: 2 },
        ),
        retry({ count: 1, delay: (error) => of(log.push(`failed at record ${error.details.record}`)) }),
      ),
    );
    clock.advanceBy(1000);
    await promisesSettle();
    clock.advanceBy(5000);
    expect(log).toEqual(['a begins', 'b begins', 'failed at record 1']);
    slow.resolve();
    await promisesSettle();
    clock.advanceBy(5000);
    expect(log.slice(3)).toEqual(['the slow one ends', 'a begins', 'b begins', 'c begins']);
    expect(seen).toMatchObject({ error: undefined, completed: true });
  });

  it('several: the first is told, the others are no unhandled rejections', async () => {
    const { clock, context } = stage();
    const first = deferred();
    const second = deferred();
    const promises = [first.promise, second.promise];
    const seen = watch(
      testSource([['a', 'b']]).pipe(
        batchInterval(context),
        foreachRecord((_, { position }) => promises[position], { concurrency: 2 }),
      ),
    );
    clock.advanceBy(1000);
    second.reject(new Error('second'));
    await promisesSettle();
    first.reject(new Error('first'));
    await promisesSettle();
    expect(seen.error).toMatchObject({ cause: new Error('second'), details: { record: 1 } });
  });

  it('retry() begins with the whole batch again', () => {
    const seen: string[] = [];
    let failures = 1;
    runBatches([['a', 'b', 'c']], (source) =>
      source.pipe(
        foreachRecord((record, { batch }) => {
          seen.push(`${record} ${batch.time}`);
          if (record === 'b' && failures-- > 0) no();
        }),
        retry(1),
      ),
    );
    expect(seen).toEqual(['a 1000', 'b 1000', 'a 1000', 'b 1000', 'c 1000']);
  });
});

it('an operator that fails while the records are read keeps its own name', () => {
  const run = (): unknown =>
    runBatches([['a']], (source) =>
      source.pipe(
        mapRecords(no),
        foreachRecord(() => {}),
      ),
    );
  expect(run).toThrow(operatorFailed('mapRecords', 0));
});

it('what is left by unsubscription is unsubscribed at once, and no other record is begun', () => {
  const { clock, context } = stage();
  const begun: string[] = [];
  const unsubscribed = vi.fn();
  const seen = watch(
    testSource([['a', 'b', 'c']]).pipe(
      batchInterval(context),
      foreachRecord(
        (record) => {
          begun.push(record);
          return new Observable(() => unsubscribed);
        },
        { concurrency: 2 },
      ),
    ),
  );
  clock.advanceBy(1000);
  expect(begun).toEqual(['a', 'b']);
  seen.unsubscribe();
  clock.advanceBy(1000);
  expect(unsubscribed).toHaveBeenCalledTimes(2);
  expect(begun).toEqual(['a', 'b']);
});

it('a write that unsubscribes its own chain is the last one, although it answers at once', () => {
  const { clock, context } = stage();
  const written: string[] = [];
  const seen = watch(
    testSource([['a', 'b', 'c', 'd']]).pipe(
      batchInterval(context),
      foreachRecord((record) => {
        written.push(record);
        if (record === 'b') seen.unsubscribe();
      }),
    ),
  );
  clock.advanceBy(3000);
  expect(written).toEqual(['a', 'b']);
});

it('the outputs after one that unsubscribes its own chain at once have their turn', () => {
  const { clock, context, batches } = stage();
  const written: string[] = [];
  const shared = testSource([['a', 'b', 'c']]).pipe(batchInterval(context), share());
  const left = watch(
    shared.pipe(
      foreachRecord((record) => {
        written.push(record);
        left.unsubscribe();
      }),
    ),
  );
  watch(shared.pipe(foreachBatch(({ records }) => written.push(...records))));
  clock.advanceBy(1000);
  expect(written).toEqual(['a', 'a', 'b', 'c']);
  expect(batches()).toEqual(['1000 settled']);
});

it('outputs of one batch run one after another, it among them', () => {
  const log: string[] = [];
  runBatches([['a', 'b']], (source) =>
    source.pipe(
      foreachRecord((record) => timer(10).pipe(map(() => log.push(record))), { concurrency: 2 }),
      foreachBatch(() => log.push('after')),
    ),
  );
  expect(log).toEqual(['a', 'b', 'after']);
});

it('refuses wrong arguments, where they are written', () => {
  expect(() => foreachRecord(undefined as never)).toThrow(refused('foreachRecord(write): expected a function'));
  for (const concurrency of [0, 1.5, Number.NaN, '2'])
    expect(() => foreachRecord(() => NEVER, { concurrency: concurrency as number })).toThrow(
      refused('foreachRecord(_, { concurrency }): expected a whole number of at least 1 or Infinity'),
    );
});
