import { NEVER, of, Subject, share, throwError, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import { describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/core/Answer.ts';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Transformed } from '../../src/core/batch/givenBatch.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { transform } from '../../src/operators/transform.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { PATIENT } from '../support/patient.ts';
import { no, operatorFailed, refused, through } from '../support/through.ts';

const withoutA = (batch: Batch<string>): string[] => batch.records.filter((record) => record !== 'a');

it(
  'replaces each batch by the records fn makes of it',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['a', 'b'], q: ['c'] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    m.expect(source.pipe(transform(withoutA), batches.shown())).toBeObservable(expected, { p: ['b'], q: ['c'] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'holds the batch while an Observable is awaited',
  batchTest((m, batches) => {
    const source = batches.hot('  -p---q---|', { p: ['a', 'b'], q: ['c'] });
    const subs = '                ^--------!';
    const expected = '            ---p---q-|';
    const later = transform((batch: Batch<string>) => timer(2).pipe(map(() => withoutA(batch))));
    m.expect(source.pipe(later, batches.shown())).toBeObservable(expected, {
      p: { time: 1, records: ['b'] },
      q: { time: 5, records: ['c'] },
    });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'completes when the last batch is through',
  batchTest((m, batches) => {
    const source = batches.hot('  -p|', { p: ['a'] });
    const expected = '            ---(p|)';
    const later = transform((batch: Batch<string>) => timer(2).pipe(map(() => batch)));
    m.expect(source.pipe(later, batches.shown())).toBeObservable(expected, { p: { time: 1, records: ['a'] } });
    m.expect(source).toHaveSubscriptions('^-!');
  }),
);

describe('fn may give', () => {
  const given: readonly (readonly [string, (batch: Batch<number>) => Answer<Transformed<number>>])[] = [
    ['an array', ({ records }) => [...records, 3]],
    ['a set', ({ records }) => new Set([...records, 3])],
    [
      'a generator',
      function* ({ records }) {
        yield* records;
        yield 3;
      },
    ],
    ['a batch', (batch) => batch.withRecords([1, 2, 3])],
    ['an Observable of records', ({ records }) => of([...records, 3])],
    ['an Observable of a batch', (batch) => of(batch.withRecords([1, 2, 3]))],
  ];

  it.each(given)('%s', (_what, fn) => {
    expect(runBatches([[1, 2]], (source) => source.pipe(transform(fn)))).toEqual([{ time: 1000, records: [1, 2, 3] }]);
  });

  it('the batch it got', () => {
    expect(runBatches([[1, 2]], (source) => source.pipe(transform((batch) => batch)))[0]?.records).toEqual([1, 2]);
  });

  it('a promise of either', async () => {
    const records = async ({ records }: Batch<number>): Promise<number[]> => [...records, 3];
    const batch = async (batch: Batch<number>): Promise<Batch<number>> => batch.withRecords([4]);
    const clock = manualClock();
    const seen: unknown[] = [];
    of(1, 2)
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock, batches: 1 })),
        transform(records),
        foreachBatch((batch) => seen.push(batch.records)),
        transform(batch),
        foreachBatch((batch) => seen.push(batch.records)),
      )
      .subscribe();
    clock.advanceBy(1000);
    expect(seen).toEqual([]);
    await vi.waitFor(() => expect(seen).toEqual([[1, 2, 3], [4]]), PATIENT);
  });
});

it('takes the first value of an Observable and unsubscribes it', () => {
  const blacklist = new Subject<string>();
  const run = detachedRun();
  const seen: unknown[] = [];
  of(batchOf(['a', 'b'], { run }))
    .pipe(transform(({ records }) => blacklist.pipe(map((name) => records.filter((record) => record !== name)))))
    .subscribe((batch) => seen.push(batch.records));
  blacklist.next('a');
  expect(blacklist.observed).toBe(false);
  expect(seen).toEqual([['b']]);
});

it('is called once for each batch, when it comes, however often the result is read', () => {
  const fn = vi.fn((batch: Batch<string>) => withoutA(batch));
  const outputs = runBatches([['a'], ['b']], (source) => {
    const shared = source.pipe(transform(fn), share());
    return { x: shared.pipe(mapRecords(String)), y: shared.pipe(mapRecords(String)) };
  });
  expect(outputs.x).toEqual(outputs.y);
  expect(fn).toHaveBeenCalledTimes(2);
});

it('looks at the batch lazily if fn does', () => {
  const fn = vi.fn((text: string) => text);
  const result = through(
    through(batchOf(['a', 'b']), mapRecords(fn)),
    transform((batch) => batch),
  );
  expect(fn).not.toHaveBeenCalled();
  expect(result.records).toEqual(['a', 'b']);
});

it('gives the records their offsets and time', () => {
  const offsets = [{ topic: 'lines', partition: 0, from: 3, until: 5 }];
  const result = through(batchOf(['a', 'b'], { time: 6000, offsets }), transform(withoutA));
  expect(result).toMatchObject({ time: 6000, offsets });
});

it('batches are worked on one at a time, in order', () => {
  const log: string[] = [];
  const slow = transform((batch: Batch<string>) => {
    log.push(`begin ${batch.time}`);
    return timer(2500).pipe(
      map(() => {
        log.push(`end ${batch.time}`);
        return batch;
      }),
    );
  });
  const out = runBatches([['a'], ['b'], ['c']], (source) => source.pipe(slow));
  expect(out.map(({ time }) => time)).toEqual([1000, 2000, 3000]);
  expect(log).toEqual(['begin 1000', 'end 1000', 'begin 2000', 'end 2000', 'begin 3000', 'end 3000']);
});

it('the signal is aborted when the run ends while fn is still busy', () => {
  const run = detachedRun();
  let signal: AbortSignal | undefined;
  const subscription = of(batchOf(['a'], { run }))
    .pipe(
      transform((_, given) => {
        signal = given;
        return NEVER;
      }),
    )
    .subscribe();
  expect(signal?.aborted).toBe(false);
  run.end();
  expect(signal?.aborted).toBe(true);
  subscription.unsubscribe();
});

describe('fails the run with OPERATOR_FAILED when', () => {
  it.each([
    ['fn throws', no],
    ['its Observable fails', () => throwError(() => new Error('no'))],
    [
      'its iterator throws',
      function* () {
        yield no();
      },
    ],
  ] as const)('%s', (_when, fn) => {
    const run = (): unknown => runBatches([['a']], (source) => source.pipe(transform(fn as never)));
    expect(run).toThrow(operatorFailed('transform'));
  });

  it.each([
    ['gives undefined', () => undefined, 'must not return undefined'],
    ['gives null', () => null, 'must not return null'],
    ['gives a number', () => 7, 'must not return number'],
    ['emits nothing', () => of(), 'completed without'],
    ['emits undefined', () => of(undefined), 'must not return undefined'],
    ['gives a batch of another time', () => batchOf([1], { time: 77 }), 'must not return a batch of another time (77)'],
  ])('fn %s', (_what, fn, message) => {
    const run = (): unknown => runBatches([['a']], (source) => source.pipe(transform(fn as never)));
    expect(run).toThrow(
      expect.objectContaining({
        code: 'OPERATOR_FAILED',
        message: expect.stringContaining(message),
        details: { operator: 'transform', time: 1000 },
      }),
    );
  });

  it('its promise rejects', async () => {
    const clock = manualClock();
    const errors: unknown[] = [];
    of('a')
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
        transform(() => Promise.reject(new Error('no'))),
      )
      .subscribe({ error: (error) => errors.push(error) });
    clock.advanceBy(1000);
    await vi.waitFor(() => expect(errors).toEqual([operatorFailed('transform')]), PATIENT);
  });
});

it('refuses what is not a function, where it is written', () => {
  expect(() => transform([] as never)).toThrow(refused('transform(fn): expected a function, got an array of 0'));
});
