import {
  catchError,
  EMPTY,
  map,
  merge,
  mergeMap,
  NEVER,
  of,
  Subject,
  share,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  filterRecords,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  memoryOffsets,
  reduceByKey,
  reduceRecords,
  StreamError,
  sortRecords,
  transform,
  updateStateByKey,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

const boom = (): never => {
  throw new Error('boom');
};

describe('an error that reaches an output or commitOffsets fails the run', () => {
  it.each([
    ['an output', foreachBatch<string>(() => {})],
    ['commitOffsets', commitOffsets<string>(memoryOffsets())],
  ])('%s, although another chain is well', (_name, operator) => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const shared = logSource(log).pipe(batchInterval(context), share());
    const well = watch(shared.pipe(foreachBatch(() => {})));
    const ill = watch(
      shared.pipe(
        map((batch) => (batch.time === 2000 ? boom() : batch)),
        operator,
      ),
    );
    clock.advanceBy(5000);
    expect(ill.error).toEqual(new Error('boom'));
    expect(well.error).toEqual(new Error('boom'));
    expect(batches()).toEqual(['1000 settled']);
  });

  it('also one that comes between two batches', () => {
    const { clock, context, batches } = stage();
    const trouble = new Subject<Batch<string>>();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const well = watch(shared.pipe(foreachBatch(() => {})));
    watch(merge(shared, trouble).pipe(foreachBatch(() => {})));
    clock.advanceBy(1500);
    trouble.error(new Error('boom'));
    clock.advanceBy(5000);
    expect(well.error).toEqual(new Error('boom'));
    expect(batches()).toEqual(['1000 settled']);
  });

  it('also one that comes before any batch', () => {
    const { clock, context } = stage();
    const trouble = new Subject<Batch<string>>();
    const well = watch(
      logSource(new Log('a'), { name: 'well' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    const ill = logSource(new Log('a'), { name: 'ill' }).pipe(batchInterval(context));
    watch(
      merge(ill, trouble).pipe(
        map((batch) => batch),
        foreachBatch(() => {}),
        map((batch) => batch),
        commitOffsets(memoryOffsets()),
      ),
    );
    clock.advanceBy(500);
    trouble.error(new Error('boom'));
    expect(well.error).toEqual(new Error('boom'));
  });

  it('also something that is not a batch', () => {
    const { clock, context, batches } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const well = watch(shared.pipe(foreachBatch(() => {})));
    const ill = watch(
      shared.pipe(
        map(() => 1 as never),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(5000);
    expect([codeOf(ill.error), codeOf(well.error), batches()]).toEqual(['NOT_A_BATCH', 'NOT_A_BATCH', []]);
  });

  it('but an error that no output sees is its own chain’s affair', () => {
    const { clock, context, batches } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const well = watch(shared.pipe(foreachBatch(() => {})));
    watch(shared.pipe(map(boom)));
    clock.advanceBy(3000);
    expect(well.error).toBeUndefined();
    expect(batches()).toHaveLength(3);
  });
});

describe('a function of an operator that throws while a batch is evaluated fails the run before the error is rethrown, whoever catches it', () => {
  const evaluated: readonly (readonly [string, (source: never) => unknown])[] = [
    ['mapRecords', mapRecords(boom)],
    ['filterRecords', filterRecords(boom)],
    ['flatMapRecords', flatMapRecords(boom)],
    [
      'flatMapRecords with a generator',
      flatMapRecords(function* () {
        yield 1;
        boom();
      }),
    ],
    ['reduceRecords', reduceRecords(boom)],
    ['reduceByKey', reduceByKey(boom)],
    ['sortRecords', sortRecords(boom)],
    ['updateStateByKey', updateStateByKey(boom)],
  ] as never;

  it.each(evaluated)('%s', (name, operator) => {
    const log = new Log(['k', 1], ['k', 2]);
    const { clock, context, batches } = stage();
    const store = memoryOffsets();
    const caught: unknown[] = [];
    const shared = logSource(log).pipe(batchInterval(context), share());
    const other = watch(shared.pipe(foreachBatch(() => {})));
    watch(
      shared.pipe(
        operator as never,
        tap((batch: Batch<unknown>) => {
          try {
            void batch.records;
          } catch (error) {
            caught.push(error);
          }
        }),
        catchError((error) => {
          caught.push(error);
          return EMPTY;
        }),
        foreachBatch(() => {}),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(3000);
    expect(codeOf(other.error)).toBe('OPERATOR_FAILED');
    expect((other.error as StreamError).cause).toEqual(new Error('boom'));
    expect((other.error as Error).message).toContain(name.split(' ')[0]);
    expect(caught[0]).toBe(other.error);
    expect([batches(), store.load({})]).toEqual([[], []]);
  });

  it('also lazily, within forEach of an output that swallows it', () => {
    const { clock, context, batches } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        mapRecords(boom),
        foreachBatch((batch) => {
          try {
            batch.forEach(() => {});
          } catch {
            // A tidy sink that logs and goes on.
          }
        }),
      ),
    );
    clock.advanceBy(3000);
    expect(codeOf(seen.error)).toBe('OPERATOR_FAILED');
    expect(batches()).toEqual([]);
  });

  it('an exception of the visitor does not', () => {
    const { clock, context, batches } = stage();
    const caught: unknown[] = [];
    const seen = watch(
      logSource(new Log('a', 'b')).pipe(
        batchInterval(context),
        mapRecords((record) => record),
        flatMapRecords((record) => [record]),
        tap((batch) => {
          try {
            batch.forEach(boom);
          } catch (error) {
            caught.push(error);
          }
        }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(seen.error).toBeUndefined();
    expect(caught[0]).toEqual(new Error('boom'));
    expect(batches()).toHaveLength(2);
  });

  it.each([
    ['throws', boom],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['errs', () => throwError(() => new Error('boom'))],
  ])('a transform that %s', async (_how, fn) => {
    const { clock, context, batches } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        transform(fn as never),
        catchError(() => NEVER),
        foreachBatch(() => {}),
      ),
    );
    const awaited = context.awaitTermination().catch((error) => error);
    clock.advanceBy(1000);
    await promisesSettle();
    expect(await awaited).toMatchObject({ code: 'OPERATOR_FAILED', cause: new Error('boom') });
    expect(seen.error).toBeUndefined();
    expect(batches()).toEqual([]);
  });
});

describe('an output that fails', () => {
  it.each([
    ['throws', boom],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['errs', () => throwError(() => new Error('boom'))],
  ])('because it %s: OUTPUT_FAILED with the cause, nothing of the batch committed', async (_how, write) => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const store = memoryOffsets();
    const seen = watch(logSource(log).pipe(batchInterval(context), commitOffsets(store), foreachBatch(write)));
    clock.advanceBy(1000);
    await promisesSettle();
    expect(codeOf(seen.error)).toBe('OUTPUT_FAILED');
    expect((seen.error as StreamError).cause).toEqual(new Error('boom'));
    expect([batches(), store.load({}), log.count('settled')]).toEqual([[], [], 0]);
  });

  it('keeps the later outputs of its batch from running', () => {
    const { clock, context } = stage();
    const effects: string[] = [];
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    watch(
      shared.pipe(
        foreachBatch(boom),
        foreachBatch(() => effects.push('behind it')),
      ),
    );
    watch(shared.pipe(foreachBatch(() => effects.push('beside it'))));
    clock.advanceBy(3000);
    expect(effects).toEqual([]);
  });

  it('also one whose chain hears of no error', () => {
    const { clock, context } = stage();
    const effects: string[] = [];
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    watch(shared.pipe(foreachBatch(() => timer(10, clock).pipe(map(boom)))));
    watch(
      shared.pipe(
        catchError(() => NEVER),
        foreachBatch(() => effects.push('beside it')),
      ),
    );
    clock.advanceBy(3000);
    expect(effects).toEqual([]);
  });

  it('the context closes the run, errors its roots in order, then the output errors its own chain', () => {
    const { clock, context } = stage();
    const order: string[] = [];
    const told = (name: string) => ({ error: () => order.push(`${name}, ${context.state}`) });
    const [a, b, c] = ['a', 'b', 'c'].map((name) => logSource(new Log(name), { name }).pipe(batchInterval(context)));
    a?.subscribe(told('root a'));
    b?.pipe(
      // Keeps the root's error from this chain, so that only the output's own one is left.
      tap(told('root b')),
      catchError(() => NEVER),
      foreachBatch(boom),
    ).subscribe(told('output of b'));
    c?.subscribe(told('root c'));
    context.progress$.subscribe((event) => event.type === 'run' && order.push(event.status));
    clock.advanceBy(1000);
    expect(order).toEqual([
      'started',
      'failed',
      'root a, INITIALIZED',
      'root b, INITIALIZED',
      'root c, INITIALIZED',
      'output of b, INITIALIZED',
    ]);
  });

  it('one failure is told, not those that follow from it', () => {
    const { clock, context, progress } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const first = watch(shared.pipe(foreachBatch(() => throwError(() => new Error('first')))));
    const second = watch(shared.pipe(foreachBatch(() => throwError(() => new Error('second')))));
    clock.advanceBy(1000);
    expect([first.error, second.error].map((error) => (error as StreamError).cause)).toEqual([
      new Error('first'),
      new Error('first'),
    ]);
    expect(progress.filter((event) => event.type === 'run').map(({ status }) => status)).toEqual(['started', 'failed']);
  });
});

describe('a source’s error comes last', () => {
  it.each([
    ['an Error', new Error('source')],
    ['undefined', undefined],
  ])('what it delivered before is cut at its time, run and settled, then the run fails: %s', (_name, error) => {
    const log = new Log('a', 'b');
    log.end({ error });
    const { clock, context, batches } = stage();
    const records: string[] = [];
    let failed: readonly unknown[] | undefined;
    logSource(log)
      .pipe(
        batchInterval(context),
        foreachBatch((batch) => records.push(...batch.records)),
      )
      .subscribe({ error: (told) => (failed = [told, batches()]), complete: () => (failed = ['completed']) });
    clock.advanceBy(999);
    expect(failed).toBeUndefined();
    clock.advanceBy(1);
    expect(failed).toEqual([error, ['1000 settled']]);
    expect(records).toEqual(['a', 'b']);
  });

  it('of a plain Observable: as it is, after its records', () => {
    const { clock, context, batches } = stage();
    const records: string[] = [];
    const seen = watch(
      merge(
        of('a', 'b'),
        throwError(() => 'gone'),
      ).pipe(
        batchInterval(context),
        foreachBatch((batch) => records.push(...batch.records)),
      ),
    );
    clock.advanceBy(1000);
    expect([seen.error, records, batches()]).toEqual(['gone', ['a', 'b'], ['1000 settled']]);
  });

  it('ends the other sources of the context too', () => {
    const ill = new Log('a');
    ill.end({ error: new Error('source') });
    const well = new Log('b');
    const { clock, context } = stage();
    watch(
      logSource(ill, { name: 'ill' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    const other = watch(
      logSource(well, { name: 'well' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(other.error).toEqual(new Error('source'));
    expect(well.calls.at(-1)).toBe('close');
  });

  it.each(['onOpen', 'onCut', 'onRead', 'onSettled'] as const)(
    'a source that breaks its contract (%s throws) fails the run with SOURCE_FAILED',
    (hook) => {
      const { clock, context } = stage();
      const seen = watch(
        logSource(new Log('a'), { [hook]: boom }).pipe(
          batchInterval(context),
          foreachBatch(() => {}),
        ),
      );
      clock.advanceBy(1000);
      expect(codeOf(seen.error)).toBe('SOURCE_FAILED');
      expect((seen.error as StreamError).cause).toEqual(new Error('boom'));
    },
  );

  it('nothing is asked of a run that is over', () => {
    const { clock, context } = stage();
    const other = new Log('b');
    watch(
      logSource(new Log('a'), { name: 'a', onCut: boom }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    watch(
      logSource(other, { name: 'b' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(5000);
    expect(other.calls).toEqual(['open 0', 'close']);
  });

  it('a read that failed for now is repeated with back-off, and reported', () => {
    const { clock, context, reports, batches } = stage();
    const reads: number[] = [];
    const seen = watch(
      logSource(new Log('a'), {
        onRead(records) {
          reads.push(clock.now());
          if (reads.length < 4) throw new StreamError('SOURCE_UNAVAILABLE', 'away', { retriable: true });
          return records;
        },
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1900);
    expect(seen.error).toBeUndefined();
    expect(reads).toEqual([1000, 1100, 1300, 1700]);
    expect(reports('READ_RETRIED')).toHaveLength(3);
    expect(batches()).toEqual(['1000 settled']);
  });
});

describe('a checkpoint that fails', () => {
  it.each(['load', 'plan', 'settle'] as const)('at %s ends the run with CHECKPOINT_FAILED and the cause', (call) => {
    const { clock, context } = stage({
      checkpoint: {
        name: 'broken',
        durable: false,
        load: () => ({ lastTime: undefined, unsettled: [], positions: new Map(), states: new Map() }),
        plan() {},
        settle() {},
        close() {},
        [call]: boom,
      },
    });
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('CHECKPOINT_FAILED');
    expect((seen.error as StreamError).cause).toEqual(new Error('boom'));
  });
});

it('a late rejection of a run that is over troubles nobody', async () => {
  const { clock, context } = stage();
  const work = deferred();
  const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
  const seen = watch(
    shared.pipe(
      takeUntil(NEVER),
      foreachBatch(() => work.promise),
    ),
  );
  watch(
    shared.pipe(
      mergeMap(() => throwError(() => new Error('first'))),
      foreachBatch(() => {}),
    ),
  );
  clock.advanceBy(1000);
  expect(seen.error).toEqual(new Error('first'));
  work.reject(new Error('late'));
  await promisesSettle();
  expect(seen.error).toEqual(new Error('first'));
});
