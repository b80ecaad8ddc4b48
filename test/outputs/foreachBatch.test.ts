import {
  firstValueFrom,
  type MonoTypeOperatorFunction,
  map,
  merge,
  NEVER,
  Observable,
  of,
  Subject,
  share,
  take,
  timer,
} from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../src/core/Answer.ts';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { type ManualClock, manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { batchTest } from '../support/marbles.ts';
import { PATIENT } from '../support/patient.ts';
import { refused } from '../support/through.ts';

it(
  'passes each batch on when what was written is done',
  batchTest((m, batches) => {
    const source = batches.hot('  -p---q---|', { p: ['a', 'b'], q: ['c'] });
    const subs = '                ^--------!';
    const expected = '            ---p---q-|';
    const save = foreachBatch<string>(() => timer(2));
    m.expect(source.pipe(save, batches.shown())).toBeObservable(expected, {
      p: { time: 1, records: ['a', 'b'] },
      q: { time: 5, records: ['c'] },
    });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it(
  'passes it on in the same call when write gives a value',
  batchTest((m, batches) => {
    const source = batches.hot('  -p--q--|', { p: ['a'], q: [] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const seen: unknown[] = [];
    const save = foreachBatch<string>(({ records }) => seen.push(records));
    m.expect(source.pipe(save, batches.shown())).toBeObservable(expected, { p: ['a'], q: [] });
    m.expect(source).toHaveSubscriptions(subs);
    m.flush();
    expect(seen).toEqual([['a'], []]);
  }),
);

describe('write is done when', () => {
  it.each<[string, Answer<unknown>, number]>([
    ['it returns a value', 7, 0],
    ['it returns an array', [1, 2], 0],
    ['its Observable completes, whatever it emits', timer(300, 300).pipe(map(String), take(3)), 900],
    ['its Observable completes without emitting', of(), 0],
  ])('%s', (_when, answer, delay) => {
    const done: number[] = [];
    runBatches([['a']], (source, { scheduler }) =>
      source.pipe(
        foreachBatch(() => answer),
        foreachBatch(() => done.push(scheduler.now())),
      ),
    );
    expect(done).toEqual([1000 + delay]);
  });

  it('its promise resolves', async () => {
    const written = new Subject<void>();
    const store = memoryOffsets();
    const clock = manualClock();
    testSource([['a']])
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
        foreachBatch(() => firstValueFrom(written)),
        commitOffsets(store),
      )
      .subscribe();
    clock.advanceBy(1000);
    expect(store.load({})).toEqual([]);
    written.next();
    await vi.waitFor(() => expect(store.load({})).toEqual([{ topic: 'test', partition: 0, until: 1 }]), PATIENT);
  });
});

describe('outputs of one batch run one after another', () => {
  const log: string[] = [];
  const slow = (name: string): MonoTypeOperatorFunction<Batch<string>> =>
    foreachBatch<string>((batch) => {
      log.push(`${name} begins ${batch.time}`);
      return timer(100).pipe(map(() => log.push(`${name} ends ${batch.time}`)));
    });

  it('in a chain', () => {
    log.length = 0;
    runBatches([['a'], ['b']], (source) => source.pipe(slow('x'), slow('y')));
    const each = (time: number): string[] =>
      ['x', 'y'].flatMap((name) => [`${name} begins ${time}`, `${name} ends ${time}`]);
    expect(log).toEqual([...each(1000), ...each(2000)]);
  });

  it('in branches of one shared stream, in the order of their subscription', () => {
    log.length = 0;
    runBatches([['a'], ['b']], (source) => {
      const shared = source.pipe(share());
      return { x: shared.pipe(slow('x')), y: shared.pipe(slow('y')), z: shared.pipe(slow('z')) };
    });
    const each = (time: number): string[] =>
      ['x', 'y', 'z'].flatMap((name) => [`${name} begins ${time}`, `${name} ends ${time}`]);
    expect(log).toEqual([...each(1000), ...each(2000)]);
  });

  it('also when a batch reaches one of them while another is busy: it waits for its turn', () => {
    log.length = 0;
    runBatches([['a']], (source) => {
      const shared = source.pipe(share());
      return { chain: shared.pipe(slow('x'), slow('y')), other: shared.pipe(slow('z')) };
    });
    expect(log.map((line) => line.slice(0, -5))).toEqual([
      'x begins',
      'x ends',
      'z begins',
      'z ends',
      'y begins',
      'y ends',
    ]);
  });
});

it('the next batch begins when all outputs of the one before are done', () => {
  const log: string[] = [];
  runBatches([['a'], ['b']], (source, { scheduler }) =>
    source.pipe(
      mapRecords((text) => log.push(`${text} read at ${scheduler.now()}`)),
      foreachBatch(({ records }) => (records.length > 0 ? timer(2500) : undefined)),
    ),
  );
  expect(log).toEqual(['a read at 1000', 'b read at 3500']);
});

describe('the signal', () => {
  const signals: AbortSignal[] = [];
  const busy = foreachBatch<string>((_, signal) => {
    signals.push(signal);
    return NEVER;
  });
  const begun = (clock: ManualClock): StreamingContext => new StreamingContext({ interval: 1000, scheduler: clock });

  it('is aborted when the context is stopped at once', () => {
    signals.length = 0;
    const clock = manualClock();
    const context = begun(clock);
    testSource([['a']])
      .pipe(batchInterval(context), busy)
      .subscribe();
    clock.advanceBy(1000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    context.stop();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is aborted when the run fails elsewhere, with the error', () => {
    signals.length = 0;
    const clock = manualClock();
    const context = begun(clock);
    const slow = testSource([['a']], { name: 'slow' }).pipe(batchInterval(context), busy);
    const crash = testSource<string>([testSource.pause(), testSource.crash('cut', new Error('no'))]);
    const errors: unknown[] = [];
    merge(slow, crash.pipe(batchInterval(context))).subscribe({ error: (error) => errors.push(error) });
    clock.advanceBy(2000);
    expect(errors).toEqual([expect.objectContaining({ code: 'SOURCE_FAILED', cause: new Error('no') })]);
    expect(signals.map(({ reason }) => reason)).toEqual(errors);
  });

  it('is not aborted while a batch is written', () => {
    const aborted: boolean[] = [];
    runBatches([['a'], ['b']], (source) =>
      source.pipe(foreachBatch((_, signal) => timer(500).pipe(map(() => aborted.push(signal.aborted))))),
    );
    expect(aborted).toEqual([false, false]);
  });
});

it('what is left by unsubscription is unsubscribed at once', () => {
  const unsubscribed = vi.fn();
  const clock = manualClock();
  const subscription = testSource([['a']])
    .pipe(
      batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
      foreachBatch(() => new Observable<never>(() => unsubscribed)),
    )
    .subscribe();
  clock.advanceBy(1000);
  expect(unsubscribed).not.toHaveBeenCalled();
  subscription.unsubscribe();
  expect(unsubscribed).toHaveBeenCalledTimes(1);
});

it('is given empty batches too', () => {
  const seen: Batch<string>[] = [];
  runBatches([[], ['a'], []], (source) => source.pipe(foreachBatch((batch) => seen.push(batch))));
  expect(seen.map(({ time }) => time)).toEqual([1000, 2000, 3000]);
});

it('refuses what is not a function, where it is written', () => {
  expect(() => foreachBatch(undefined as never)).toThrow(
    refused('foreachBatch(write): expected a function, got undefined'),
  );
});

it('refuses values that are no batches: batchInterval is missing', () => {
  const errors: unknown[] = [];
  of('a')
    .pipe(foreachBatch(() => {}) as never)
    .subscribe({ error: (error: unknown) => errors.push(error) });
  expect(errors).toEqual([
    expect.objectContaining({
      code: 'NOT_A_BATCH',
      message:
        'foreachBatch: expected a stream of batches, got a string. Put batchInterval(...) between the source and this operator.',
    }),
  ]);
});
