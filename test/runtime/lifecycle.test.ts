import { interval, NEVER, of, repeat, retry, Subject, share, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  batchInterval,
  foreachBatch,
  mapRecords,
  memoryCheckpoint,
  type Progress,
  StreamingContext,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

/** Whether a promise has been resolved. */
async function isResolved(promise: Promise<unknown>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await promisesSettle();
  return resolved;
}

describe('state', () => {
  it('INITIALIZED, ACTIVE while a run is going on, INITIALIZED again, STOPPED for good', async () => {
    const { clock, context } = stage();
    const states = [context.state];
    const stream = of('a').pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    );
    watch(stream);
    clock.advanceBy(0);
    states.push(context.state);
    clock.advanceBy(1000);
    states.push(context.state);
    watch(stream);
    clock.advanceBy(0);
    states.push(context.state);
    await context.stop();
    states.push(context.state);
    expect(states).toEqual(['INITIALIZED', 'ACTIVE', 'INITIALIZED', 'ACTIVE', 'STOPPED']);
  });

  it('a stopped context refuses subscriptions: CONTEXT_STOPPED', async () => {
    const { clock, context } = stage();
    await context.stop();
    const seen = watch(of('a').pipe(batchInterval(context)));
    clock.advanceBy(0);
    expect(codeOf(seen.error)).toBe('CONTEXT_STOPPED');
  });
});

describe('stop()', () => {
  it('before anything began: STOPPED, streams complete', async () => {
    const { context } = stage();
    const seen = watch(of('a').pipe(batchInterval(context)));
    await context.stop();
    expect([context.state, seen.completed]).toEqual(['STOPPED', true]);
  });

  it('abandons the open batch: nothing of it is committed or settled', async () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const signals: AbortSignal[] = [];
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch((_batch, signal) => {
          signals.push(signal);
          return timer(500, clock);
        }),
      ),
    );
    clock.advanceBy(1200);
    await context.stop();
    clock.advanceBy(5000);
    expect([context.state, seen.completed, batches()]).toEqual(['STOPPED', true, []]);
    expect(log.calls.slice(-2)).toEqual(['read 0-1', 'close']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('resolves when nothing is going on any more', async () => {
    const { clock, context } = stage();
    const work = deferred();
    watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => work.promise),
      ),
    );
    clock.advanceBy(1000);
    const stopped = context.stop();
    expect(await isResolved(stopped)).toBe(false);
    expect(await isResolved(context.stop())).toBe(false);
    work.resolve();
    expect(await isResolved(stopped)).toBe(true);
    expect(await isResolved(context.stop())).toBe(true);
  });

  it('also when a failed run is still leaving', async () => {
    const { clock, context } = stage();
    const work = deferred();
    const batches = of('a').pipe(batchInterval(context), share());
    watch(batches.pipe(foreachBatch(() => work.promise)));
    watch(
      batches.pipe(
        mapRecords((): string => {
          throw new Error('no');
        }),
        foreachBatch((batch) => void batch.records),
      ),
    );
    clock.advanceBy(1000);
    watch(of('b').pipe(batchInterval(context)));
    const stopped = context.stop();
    expect(await isResolved(stopped)).toBe(false);
    work.resolve();
    expect(await isResolved(stopped)).toBe(true);
    expect(context.state).toBe('STOPPED');
  });

  it('completes progress$', async () => {
    const { context } = stage();
    const seen = watch(context.progress$);
    await context.stop();
    expect(seen.completed).toBe(true);
  });

  it('leaves no timer behind', async () => {
    const { clock, context } = stage();
    watch(
      NEVER.pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    const graceful = context.stop({ graceful: true });
    await context.stop();
    await graceful;
    expect(clock.actions.filter(({ closed }) => !closed)).toEqual([]);
  });
});

describe('stop({ graceful: true })', () => {
  it('cuts what has come until the next tick, settles everything, and then no more', async () => {
    const log = new Log<string>();
    const { clock, context, batches } = stage();
    const results: string[] = [];
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(({ records }) => {
          results.push(...records);
          return timer(1700, clock);
        }),
      ),
    );
    log.append('a');
    clock.advanceBy(1000);
    log.append('b');
    clock.advanceBy(1100);
    log.append('c');
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(900);
    log.append('too late');
    clock.advanceBy(5000);
    expect(await isResolved(stopped)).toBe(true);
    expect(results).toEqual(['a', 'b', 'c']);
    expect(batches()).toEqual(['1000 settled', '2000 settled', '3000 settled']);
    expect([context.state, seen.completed, log.calls.at(-1)]).toEqual(['STOPPED', true, 'close']);
  });

  it('can be called from within an output, which must not wait for it', async () => {
    const { clock, context, batches } = stage();
    let stopped: Promise<void> | undefined;
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          stopped ??= context.stop({ graceful: true });
        }),
      ),
    );
    clock.advanceBy(5000);
    await stopped;
    expect([batches(), context.state, seen.completed]).toEqual([['1000 settled', '2000 settled'], 'STOPPED', true]);
  });

  it('stops although its sources end meanwhile', async () => {
    const { clock, context, batches } = stage();
    watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(100);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(900);
    await stopped;
    expect([batches(), context.state]).toEqual([['1000 settled'], 'STOPPED']);
  });

  it('stops although they would repeat', async () => {
    const { clock, context, batches } = stage();
    const seen = watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        repeat(),
      ),
    );
    clock.advanceBy(100);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(5000);
    await stopped;
    expect([batches(), context.state, codeOf(seen.error)]).toEqual([['1000 settled'], 'STOPPED', 'CONTEXT_STOPPED']);
  });

  it('goes on through a retry: what failed is recovered, then it stops', async () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    let failures = 1;
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (failures-- > 0) throw new Error('no');
        }),
        retry(1),
      ),
    );
    clock.advanceBy(100);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(3000);
    await stopped;
    expect([context.state, seen.error, seen.completed]).toEqual(['STOPPED', undefined, true]);
    expect(batches()[0]).toBe('1000 settled');
  });

  it('with a deadline of Infinity it waits however long that takes: no timer can, and asked to it would fire at once', async () => {
    const context = new StreamingContext({ interval: 20 });
    const progress: Progress[] = [];
    context.progress$.subscribe((event) => progress.push(event));
    const writing = deferred();
    const written = deferred();
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          writing.resolve();
          return written.promise;
        }),
      ),
    );
    await writing.promise;
    const stopped = context.stop({ graceful: true, deadline: Number.POSITIVE_INFINITY });
    await new Promise((resolve) => setTimeout(resolve, 5)); // a timer that fires at once has fired before this one
    written.resolve();
    await stopped;
    expect(progress.filter((event) => event.type === 'report')).toEqual([]);
    expect(progress.filter((event) => event.type === 'batch')).not.toEqual([]);
  });

  it('asked for while a failed run is still leaving, it waits for the retry to recover', async () => {
    const log = new Log('a');
    const closing = deferred();
    const { clock, context, batches } = stage();
    let failures = 1;
    watch(
      logSource(log, { onClose: () => closing.promise }).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (failures-- > 0) throw new Error('no');
        }),
        retry(1),
      ),
    );
    clock.advanceBy(1000);
    const stopped = context.stop({ graceful: true });
    closing.resolve();
    await promisesSettle();
    clock.advanceBy(1000);
    await stopped;
    expect([batches(), context.state]).toEqual([['1000 settled', '2000 settled'], 'STOPPED']);
  });

  it('a failure that nobody retries stops it', async () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          throw new Error('no');
        }),
      ),
    );
    clock.advanceBy(100);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(900);
    await stopped;
    expect([context.state, codeOf(seen.error)]).toEqual(['STOPPED', 'OUTPUT_FAILED']);
  });

  it('a chain that comes back after the stop completes; it would retry for ever', async () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          throw new Error('no');
        }),
        retry({ delay: () => timer(1000, clock) }),
      ),
    );
    clock.advanceBy(1500);
    await context.stop({ graceful: true });
    clock.advanceBy(1000);
    expect([seen.completed, seen.error, clock.actions]).toEqual([true, undefined, []]);
  });

  it('so does one of two, when the other was back before the stop', async () => {
    const closing = deferred();
    const { clock, context } = stage();
    const [quick, slow] = [0, 1000].map((wait) =>
      watch(
        logSource(new Log('a'), { name: `after ${wait}`, onClose: () => closing.promise }).pipe(
          batchInterval(context),
          foreachBatch(() => {
            throw new Error('no');
          }),
          retry({ delay: () => timer(wait, clock) }),
        ),
      ),
    );
    clock.advanceBy(1500);
    const stopped = context.stop();
    closing.resolve();
    await stopped;
    clock.advanceBy(1000);
    expect([quick?.completed, slow?.completed, slow?.error]).toEqual([true, true, undefined]);
  });

  it('while the sources are being opened', async () => {
    const log = new Log('a');
    const opening = deferred();
    const { clock, context, batches } = stage();
    watch(
      logSource(log, { onOpen: () => opening.promise }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(100);
    const stopped = context.stop({ graceful: true });
    opening.resolve();
    await promisesSettle();
    clock.advanceBy(900);
    await stopped;
    expect(batches()).toEqual(['1000 settled']);
  });

  it('a second, ungraceful stop ends it at once', async () => {
    const { clock, context, batches } = stage();
    watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(100);
    const graceful = context.stop({ graceful: true });
    await context.stop();
    await graceful;
    expect([batches(), context.state]).toEqual([[], 'STOPPED']);
  });

  describe('past its deadline', () => {
    it('gives up: reported, replayable sources are not cut any more and run again next time', async () => {
      const log = new Log('a');
      const checkpoint = memoryCheckpoint({ durable: true });
      const { clock, context, reports } = stage({ checkpoint });
      watch(
        logSource(log).pipe(
          batchInterval(context),
          foreachBatch(() => timer(100_000, clock)),
        ),
      );
      clock.advanceBy(1100);
      const stopped = context.stop({ graceful: true, deadline: 3000 });
      clock.advanceBy(2999);
      expect(await isResolved(stopped)).toBe(false);
      clock.advanceBy(1);
      expect(await isResolved(stopped)).toBe(true);
      expect([context.state, reports('STOP_DEADLINE').length, reports('BATCHES_LEFT').length]).toEqual([
        'STOPPED',
        1,
        0,
      ]);
      expect(checkpoint.load()).toMatchObject({ unsettled: [{ time: 1000 }, { time: 2000 }] });
    });

    it('says what is lost of sources that cannot replay', async () => {
      const { clock, context, reports } = stage();
      watch(
        interval(100, clock).pipe(
          batchInterval(context),
          foreachBatch(() => timer(100_000, clock)),
        ),
      );
      clock.advanceBy(1100);
      const stopped = context.stop({ graceful: true, deadline: 3000 });
      clock.advanceBy(3000);
      await stopped;
      expect(reports('BATCHES_LEFT').map(({ subject }) => subject)).toEqual(['observable#1']);
      expect(reports('BATCHES_LEFT')[0]?.details).toEqual({ batches: 2 });
    });

    it('resolves although an output hangs', async () => {
      const { clock, context } = stage();
      watch(
        of('a').pipe(
          batchInterval(context),
          foreachBatch(() => new Promise(() => {})),
        ),
      );
      clock.advanceBy(1000);
      const stopped = context.stop({ graceful: true, deadline: 500 });
      clock.advanceBy(500);
      expect(await isResolved(stopped)).toBe(true);
    });

    it('is ten intervals, at least ten seconds, unless told otherwise', async () => {
      for (const [interval, deadline] of [
        [500, 10_000],
        [2000, 20_000],
      ] as const) {
        const { clock, context } = stage({ interval });
        watch(
          of('a').pipe(
            batchInterval(context),
            foreachBatch(() => NEVER),
          ),
        );
        clock.advanceBy(interval);
        const stopped = context.stop({ graceful: true });
        clock.advanceBy(deadline - 1);
        expect(await isResolved(stopped)).toBe(false);
        clock.advanceBy(1);
        expect(await isResolved(stopped)).toBe(true);
      }
    });
  });
});

describe('batches: n', () => {
  it('ends cleanly after n batches, the last of them settled', async () => {
    const log = new Log('a', 'b', 'c');
    const { clock, context, batches } = stage({ batches: 2 });
    const ended = context.awaitTermination();
    const seen = watch(
      logSource(log, { step: 1 }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(10_000);
    await ended;
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
    expect([context.state, seen.completed, log.calls.slice(-2)]).toEqual(['STOPPED', true, ['settled 2', 'close']]);
  });
});

it('several contexts may be active in one process', () => {
  const [one, other] = [stage(), stage({ interval: 500 })];
  for (const { context } of [one, other])
    watch(
      new Subject().pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
  one.clock.advanceBy(1000);
  other.clock.advanceBy(1000);
  expect([one.batches().length, other.batches().length]).toEqual([1, 2]);
});
