import { retry, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  batchInterval,
  drain,
  foreachBatch,
  type RateEstimator,
  StreamingContext,
  type StreamingContextOptions,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { type Stage, stage, watch } from '../support/stage.ts';

/** How long the records of a batch take, one after another, in milliseconds each. */
const SLOW = 10;
const RECORDS = 100_000;

/** A log of many records, whose output takes so long for each of them. */
function slow(options: Partial<StreamingContextOptions>, perRecord: () => number = () => SLOW): Stage {
  const on = stage(options);
  const log = new Log<number>();
  for (let i = 0; i < RECORDS; i++) log.append(i);
  watch(
    logSource(log).pipe(
      batchInterval(on.context),
      foreachBatch((batch) => timer(batch.records.length * perRecord(), on.clock)),
      retry(),
    ),
  );
  return on;
}

function sizes({ batchEvents }: Stage): readonly (number | undefined)[] {
  return batchEvents().map(({ sources }) => sources[0]?.records);
}

function rates({ batchEvents }: Stage): readonly (number | undefined)[] {
  return batchEvents().map(({ sources }) => sources[0]?.ratePerSecond);
}

describe('backpressure', () => {
  it('without it nothing limits a source', () => {
    const on = slow({}, () => 0);
    on.clock.advanceBy(1000);
    expect([sizes(on), rates(on)]).toEqual([[RECORDS], [undefined]]);
  });

  it('the first batches take what initialRatePerSecond says, the next ones what was processed', () => {
    const on = slow({ backpressure: { initialRatePerSecond: 50 } });
    on.clock.advanceBy(10_000);
    expect(sizes(on).slice(0, 5)).toEqual([50, 50, 100, 100, 100]);
    expect(rates(on).slice(0, 3)).toEqual([50, 100, 100]);
  });

  it('a rate below what was processed falls until batches are done within their interval, one above rises', () => {
    let perRecord = 5;
    const on = slow({ backpressure: { initialRatePerSecond: 400, minRatePerSecond: 10 } }, () => perRecord);
    on.clock.advanceBy(60_000);
    expect(sizes(on).at(-1)).toBe(200);
    perRecord = 20;
    on.clock.advanceBy(120_000);
    expect(sizes(on).at(-1)).toBe(50);
    expect(on.batchEvents().at(-1)?.schedulingDelay).toBe(0);
  });

  it('no estimate goes below minRatePerSecond, 100 if none is given', () => {
    const on = slow({ backpressure: { initialRatePerSecond: 200 } }, () => 100);
    on.clock.advanceBy(200_000);
    expect(rates(on).at(-1)).toBe(100);
  });

  it('a batch takes at least one record, however low the rate', () => {
    const on = slow({ interval: 100, backpressure: { initialRatePerSecond: 1, minRatePerSecond: 0.1 } }, () => 1);
    on.clock.advanceBy(150);
    expect(sizes(on)).toEqual([1]);
  });

  it('batches without records say nothing of the rate, whatever they take', () => {
    const on = stage({ backpressure: { initialRatePerSecond: 50, minRatePerSecond: 1 } });
    const log = new Log(...Array.from({ length: 100 }, (_, n) => n));
    watch(
      logSource(log).pipe(
        batchInterval(on.context),
        foreachBatch((batch) => timer(50 + batch.records.length * SLOW, on.clock)),
      ),
    );
    on.clock.advanceBy(10_000);
    expect(sizes(on).slice(0, 4)).toEqual([50, 50, 0, 0]);
    const [, known, ...after] = rates(on);
    expect(known).toBeGreaterThan(50);
    expect(new Set(after)).toEqual(new Set([known]));
  });

  it('each source has its own estimate', () => {
    const on = stage({ backpressure: { initialRatePerSecond: 10, estimator: byRecords } });
    const watched = (name: string, count: number): void => {
      const log = new Log(...Array.from({ length: count }, (_, i) => i));
      const records = logSource(log, { name }).pipe(batchInterval(on.context));
      watch(records.pipe(foreachBatch(() => {})));
    };
    watched('many', 100);
    watched('few', 3);
    on.clock.advanceBy(2000);
    const [, second] = on.batchEvents();
    expect(second?.sources.map(({ name, ratePerSecond }) => [name, ratePerSecond])).toEqual([
      ['many', 40],
      ['few', 6],
    ]);
  });

  it('what was learnt outlives a failed run', () => {
    const on = stage({ backpressure: { initialRatePerSecond: 10, estimator: byRecords } });
    const log = new Log(...Array.from({ length: 100 }, (_, i) => i));
    let batches = 0;
    watch(
      logSource(log).pipe(
        batchInterval(on.context),
        foreachBatch(() => {
          if (++batches === 2) throw new Error('once');
        }),
        retry(),
      ),
    );
    on.clock.advanceBy(3000);
    expect(sizes(on).slice(0, 3)).toEqual([10, 20, 40]);
  });

  it.each<[string, Partial<StreamingContextOptions>, RegExp]>([
    ['a number', { backpressure: 5 as never }, /true or \{ initialRatePerSecond: 1000 \}/],
    ['a negative gain', { backpressure: { integral: -1 } }, /integral.*a number from 0, got -1/],
    ['no minimum', { backpressure: { minRatePerSecond: 0 } }, /minRatePerSecond/],
    ['no start', { backpressure: { initialRatePerSecond: Number.NaN } }, /initialRatePerSecond/],
    ['an unknown estimator', { backpressure: { estimator: 'other' as 'pid' } }, /Unknown rate estimator: other/],
    ['a trigger', { interval: undefined as never, trigger: drain(), backpressure: true }, /drain\(\{ maxRecords \}\)/],
  ])('refuses %s', (_, options, message) => {
    expect(() => new StreamingContext({ interval: 1000, ...options } as StreamingContextOptions)).toThrow(message);
  });
});

/** As many a second as twice the batch had. */
const byRecords = (): RateEstimator => ({ estimate: ({ records }) => records * 2 });
