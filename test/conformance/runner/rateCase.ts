import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { receiver } from 'rx-dstream/receiver';
import { manualClock } from 'rx-dstream/testing';
import { backpressure } from '../../../src/runtime/rate/backpressureOptions.ts';
import type { RateEstimator } from '../../../src/runtime/rate/RateEstimator.ts';
import { valuesAlike } from './alike.ts';
import type { Case } from './Case.ts';
import type { Mismatch, RunCase } from './dstreamCase.ts';

interface PidParams {
  readonly batchIntervalMs: number;
  readonly proportional: number;
  readonly integral: number;
  readonly derivative: number;
  readonly minRate: number;
}

interface Processed {
  readonly timeMs: number;
  readonly elements: number;
  readonly processingDelayMs: number;
  readonly schedulingDelayMs: number;
}

/** The estimator that a context with these settings has for each source; throws what such a context would. */
export function pidOf({ batchIntervalMs, minRate, proportional, integral, derivative }: PidParams): RateEstimator {
  const made = backpressure({ proportional, integral, derivative, minRatePerSecond: minRate }, batchIntervalMs);
  if (made === undefined) throw new Error('expected an estimator');
  return made.makeEstimator();
}

/** Spark's names of estimators. */
export function estimatorNamed(name: unknown): string {
  backpressure(name === undefined ? true : { estimator: name as 'pid' }, 1000);
  return 'pid';
}

/** Records per second of a receiver with a rate of its own, in a context whose estimate is another; 0 and less are no limit and no estimate. */
export function receiverLimit({ maxRate, updateRate }: { maxRate?: number; updateRate?: number }): Promise<number> {
  const clock = manualClock();
  const estimate = (): number | undefined => updateRate;
  const context = new StreamingContext({
    interval: 1000,
    scheduler: clock,
    backpressure: { estimator: () => ({ estimate }) },
    onWarning: () => {},
  });
  const many = receiver<number>({
    name: 'many',
    log: 'memory',
    ...(maxRate === undefined || maxRate <= 0 ? {} : { maxRatePerSecond: maxRate }),
    receive({ store }) {
      for (let i = 0; i < 10; i++) void store(Array.from({ length: 10_000 }, () => i));
      return () => {};
    },
  });
  const sizes: number[] = [];
  many
    .pipe(
      batchInterval(context),
      foreachBatch((batch) => void sizes.push(batch.records.length)),
    )
    .subscribe();
  clock.advanceBy(2000);
  return Promise.resolve(sizes.at(-1) ?? 0);
}

/** Successive calls on one estimator. */
export function pidCase({ params, input, expected }: Case): RunCase {
  const estimator = pidOf(params as unknown as PidParams);
  return async () => {
    const got = (input as readonly Processed[]).map(
      ({ timeMs, elements, processingDelayMs, schedulingDelayMs }) =>
        estimator.estimate({
          time: timeMs,
          records: elements,
          processingTime: processingDelayMs,
          schedulingDelay: schedulingDelayMs,
        }) ?? null,
    );
    const isAlike = got.length === expected?.length && got.every((rate, at) => rateAlike(rate, expected[at]));
    return (isAlike ? undefined : { expected, got }) satisfies Mismatch;
  };
}

/** A vector gives a number, none, or bounds. */
function rateAlike(rate: number | null, expected: unknown): boolean {
  if (typeof expected !== 'object' || expected === null) return valuesAlike(rate, expected);
  const { lessThan = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY } = expected as {
    lessThan?: number;
    atLeast?: number;
  };
  return rate !== null && rate >= atLeast && rate < lessThan;
}
