import { Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { batchInterval, drain, foreachBatch, type RateEstimator } from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { deferred, promisesSettle, stage, watch } from '../support/stage.ts';

describe('a graceful stop', () => {
  it('tells receivers to take nothing more in, and cuts when they have answered', async () => {
    const { clock, context } = stage();
    const drained = deferred();
    const log = new Log('a');
    const got: string[] = [];
    const records = logSource(log, { onDrain: () => drained.promise }).pipe(batchInterval(context));
    watch(records.pipe(foreachBatch((batch) => void got.push(...batch.records))));
    clock.advanceBy(1500);
    const stopped = context.stop({ graceful: true, deadline: 60_000 });
    clock.advanceBy(5000);
    log.append('received before it was told, safe only now');
    drained.resolve();
    await promisesSettle();
    clock.advanceBy(1000);
    await stopped;
    expect(got).toEqual(['a', 'received before it was told, safe only now']);
    expect(log.count('drain')).toBe(1);
    expect(context.state).toBe('STOPPED');
  });

  it('processes all that a receiver has taken in, in as many batches as its limits need', async () => {
    const { clock, context } = stage();
    const log = new Log<number>();
    const got: number[][] = [];
    const records = logSource(log, { onDrain: () => {}, step: 2 }).pipe(batchInterval(context));
    watch(records.pipe(foreachBatch((batch) => void got.push([...batch.records]))));
    clock.advanceBy(1500);
    log.append(1, 2, 3, 4, 5);
    const stopped = context.stop({ graceful: true, deadline: 60_000 });
    clock.advanceBy(10_000);
    await stopped;
    expect(got).toEqual([[], [1, 2], [3, 4], [5]]);
  });

  it('leaves what a source that can be read again has more', async () => {
    const { clock, context } = stage();
    const got: number[] = [];
    const records = logSource(new Log(1, 2, 3, 4, 5), { step: 2 }).pipe(batchInterval(context));
    watch(records.pipe(foreachBatch((batch) => void got.push(...batch.records))));
    clock.advanceBy(500);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(10_000);
    await stopped;
    expect(got).toEqual([1, 2]);
  });

  it('so it does under a drain trigger: a backlog that grows does not keep it from ending', async () => {
    const { clock, context } = stage({ trigger: drain({ maxRecords: 2 }) });
    const log = new Log(1, 2, 3);
    const records = logSource(log, {
      onCut: (answer) => {
        log.records.push(1, 2, 3);
        return answer;
      },
    });
    watch(
      records.pipe(
        batchInterval(context),
        foreachBatch(() => timer(10, clock)),
      ),
    );
    clock.advanceBy(25);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(100);
    await stopped;
    expect(context.state).toBe('STOPPED');
  });

  it('processes all that an Observable has emitted by the next tick, in as many batches as its limits need', async () => {
    const { clock, context } = stage({ backpressure: { initialRatePerSecond: 2, estimator: () => unknown } });
    const records = new Subject<number>();
    const got: number[][] = [];
    watch(
      records.pipe(
        batchInterval(context),
        foreachBatch((batch) => void got.push([...batch.records])),
      ),
    );
    clock.advanceBy(500);
    for (const record of [1, 2, 3]) records.next(record);
    const stopped = context.stop({ graceful: true });
    for (const record of [4, 5]) records.next(record);
    clock.advanceBy(500);
    expect([got, records.observed]).toEqual([[[1, 2]], false]);
    clock.advanceBy(5000);
    await stopped;
    expect(got).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('drains once, however often it is asked for', async () => {
    const { clock, context } = stage();
    const log = new Log('a');
    watch(
      logSource(log, { onDrain: () => {} }).pipe(
        batchInterval(context),
        foreachBatch(() => timer(100, clock)),
      ),
    );
    clock.advanceBy(500);
    const both = [context.stop({ graceful: true }), context.stop({ graceful: true })];
    clock.advanceBy(3000);
    await Promise.all(both);
    expect(log.count('drain')).toBe(1);
  });

  it('under a drain trigger cuts what the receivers have at once', async () => {
    const { clock, context } = stage({ trigger: drain() });
    const log = new Log<string>();
    const got: string[] = [];
    const records = logSource(log, { onDrain: () => log.append('last') }).pipe(batchInterval(context));
    watch(records.pipe(foreachBatch((batch) => void got.push(...batch.records))));
    clock.advanceBy(10);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(10);
    await stopped;
    expect(got).toEqual(['last']);
  });

  it('a receiver that cannot be drained fails the run with SOURCE_FAILED', () => {
    const { clock, context } = stage();
    const records = logSource(new Log('a'), {
      onDrain: () => {
        throw new Error('stuck');
      },
    }).pipe(batchInterval(context));
    const seen = watch(records.pipe(foreachBatch(() => {})));
    clock.advanceBy(500);
    context.stop({ graceful: true });
    expect(seen.error).toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringContaining('drain failed: stuck'),
    });
  });
});

/** Keeps the first rate. */
const unknown: RateEstimator = { estimate: () => undefined };
