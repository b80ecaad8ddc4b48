import {
  asapScheduler,
  delay,
  filter,
  map,
  mergeMap,
  type OperatorFunction,
  observeOn,
  of,
  type SchedulerLike,
  share,
  tap,
  timer,
  withLatestFrom,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  foreachBatch,
  held,
  mapRecords,
  memoryOffsets,
  type OffsetStore,
  transform,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

/** A store whose commits take so long. */
function slowStore(ms: number, clock: SchedulerLike): OffsetStore & { commits: number } {
  const inner = memoryOffsets();
  return {
    ...inner,
    commits: 0,
    commit(offsets) {
      this.commits++;
      return timer(ms, clock).pipe(map(() => inner.commit(offsets)));
    },
  };
}

describe('a batch is passed on in the call in which it came, else the run fails at the first batch, before any effect', () => {
  const { clock: slowClock } = stage();
  const delayed: readonly (readonly [string, OperatorFunction<Batch<string>, Batch<string>>])[] = [
    ['delay', delay(10, slowClock)],
    ['observeOn', observeOn(slowClock)],
    ['observeOn(asapScheduler)', observeOn(asapScheduler)],
    ['mergeMap with a promise', mergeMap((batch) => Promise.resolve(batch))],
    ['mergeMap with a timer', mergeMap((batch) => timer(10, slowClock).pipe(map(() => batch)))],
  ];

  it.each(delayed)('%s before an output', async (_name, operator) => {
    const log = new Log('a');
    const { clock, context } = stage({ clock: slowClock });
    const effects: number[] = [];
    const store = memoryOffsets();
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        operator,
        foreachBatch(({ time }) => effects.push(time)),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(1000);
    await promisesSettle();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advanceBy(50);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
    expect(String((seen.error as Error).message)).toContain('held((batch) =>');
    expect(effects).toEqual([]);
    expect(store.load({})).toEqual([]);
    expect(log.count('settled')).toBe(0);
  });

  it('delay between two outputs: the second has no effect', () => {
    const { clock, context } = stage();
    const effects: string[] = [];
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => effects.push('first')),
        delay(10, clock),
        foreachBatch(() => effects.push('second')),
      ),
    );
    clock.advanceBy(1500);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
    expect(effects).toEqual(['first']);
  });

  it('delay while the offsets are being committed, which takes longer: no effect, and nothing is committed twice', () => {
    const { clock, context } = stage();
    const effects: string[] = [];
    const store = slowStore(50, clock);
    const log = new Log('a');
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        commitOffsets(store),
        delay(10, clock),
        foreachBatch(() => effects.push('too late')),
      ),
    );
    clock.advanceBy(1500);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
    expect(effects).toEqual([]);
    expect(store.commits).toBe(1);
  });

  it('delay before commitOffsets: an output has let the batch settle, and nothing would ever be committed', () => {
    const { clock, context } = stage();
    const store = memoryOffsets();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        delay(10, clock),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(1500);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
    expect(store.load({})).toEqual([]);
  });

  it('records read while the offsets are being committed', () => {
    const { clock, context } = stage();
    const batches: Batch<string>[] = [];
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        tap((batch) => batches.push(batch)),
        commitOffsets(slowStore(50, clock)),
      ),
    );
    clock.advanceBy(1010);
    expect(() => batches[0]?.records).toThrow(/after it had been processed/);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
  });

  it('records read after the batch has settled', () => {
    const { clock, context } = stage();
    const batches: Batch<string>[] = [];
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        mapRecords((record) => record),
        tap((batch) => batches.push(batch)),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(() => batches[0]?.records).toThrow(/after it had been processed/);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
  });
});

describe('plain synchronous RxJS operators may stand between batches', () => {
  const plain: readonly (readonly [string, OperatorFunction<Batch<string>, Batch<string>>])[] = [
    ['filter', filter(() => true)],
    ['map', map((batch) => batch.withRecords(batch.records))],
    ['tap', tap(() => {})],
    [
      'withLatestFrom',
      (batches) =>
        batches.pipe(
          withLatestFrom(of(1)),
          map(([batch]) => batch),
        ),
    ],
    ['share', share()],
  ];

  it.each(plain)('%s', (_name, operator) => {
    const { clock, context, batches } = stage();
    const records: string[] = [];
    const seen = watch(
      logSource(new Log('a', 'b')).pipe(
        batchInterval(context),
        operator,
        foreachBatch((batch) => records.push(...batch.records)),
      ),
    );
    clock.advanceBy(2000);
    expect(seen.error).toBeUndefined();
    expect(records).toEqual(['a', 'b']);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
  });
});

describe('held', () => {
  const slowly = (clock: SchedulerLike, ms: number): OperatorFunction<Batch<string>, Batch<string>> =>
    held((batch: Batch<string>) => timer(ms, clock).pipe(map(() => batch)));

  it('holds the batch until what it gave back has come through', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const effects: number[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(context),
        slowly(clock, 300),
        foreachBatch(() => effects.push(clock.now())),
      ),
    );
    clock.advanceBy(1299);
    expect([effects, batches(), log.count('settled')]).toEqual([[], [], 0]);
    clock.advanceBy(1);
    expect([effects, batches(), log.count('settled')]).toEqual([[1300], ['1000 settled'], 1]);
  });

  it('takes the hold when the batch arrives, not when a queueing operator gets to it', () => {
    const { clock, context, batches } = stage();
    const order: string[] = [];
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    // Two batches of one time arrive together; the second waits in the queue of `held` while the first is worked on.
    const both = shared.pipe(mergeMap((batch) => [batch, batch.withRecords(['second'])]));
    const seen = watch(
      both.pipe(
        slowly(clock, 300),
        tap(({ records }) => order.push(`${clock.now()} ${records}`)),
      ),
    );
    watch(shared.pipe(foreachBatch(() => {})));
    clock.advanceBy(1599);
    expect(batches()).toEqual([]);
    clock.advanceBy(1);
    expect(seen.error).toBeUndefined();
    expect(order).toEqual(['1300 a', '1600 second']);
    expect(batches()).toEqual(['1000 settled']);
  });

  it('lets go of what waits in its queue when it is unsubscribed', () => {
    const { clock, context, batches } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const twice = shared.pipe(mergeMap((batch) => [batch, batch.withRecords(['second'])]));
    const left = watch(twice.pipe(slowly(clock, 300)));
    watch(shared.pipe(foreachBatch(() => {})));
    clock.advanceBy(1100);
    expect(batches()).toEqual([]);
    left.unsubscribe();
    clock.advanceBy(1);
    expect(batches()).toEqual(['1000 settled']);
  });

  it('gets a promise as well, and the signal of the run', async () => {
    const { clock, context, batches } = stage();
    const work = deferred();
    const signals: AbortSignal[] = [];
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        held(async (batch, signal) => {
          signals.push(signal);
          await work.promise;
          return batch;
        }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    await promisesSettle();
    expect(batches()).toEqual([]);
    work.resolve();
    await promisesSettle();
    expect(batches()).toEqual(['1000 settled']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });

  it.each([
    ['a value', (batch: Batch<string>) => batch],
    ['records', () => ['x']],
    ['a promise', async (batch: Batch<string>) => batch],
    ['an Observable', (batch: Batch<string>) => of(batch)],
    [
      'a generator, read twice',
      function* () {
        yield 'x';
      },
    ],
  ] as const)('is what transform is built on: its function may give %s', async (_name, fn) => {
    const { clock, context, batches } = stage();
    const lengths: number[] = [];
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        transform<string, string>(fn as never),
        foreachBatch((batch) => {
          let length = 0;
          batch.forEach(() => {
            length++;
          });
          lengths.push(length);
        }),
        mapRecords((record) => record),
        foreachBatch((batch) => lengths.push([...batch.records].length)),
      ),
    );
    clock.advanceBy(1000);
    await promisesSettle();
    expect(seen.error).toBeUndefined();
    expect(lengths).toEqual([1, 1]);
    expect(batches()).toEqual(['1000 settled']);
  });
});
