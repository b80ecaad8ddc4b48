import type { RateEstimator } from './RateEstimator.ts';

/** Settings of a {@link pidEstimator}. */
export interface PidSettings {
  /** The batch interval in milliseconds. */
  readonly intervalMs: number;
  /** How much the rate follows the last error. */
  readonly proportional: number;
  /** How much it makes up for the records that wait. */
  readonly integral: number;
  /** How much it answers to the change of the error. */
  readonly derivative: number;
  /** Records per second below which it never goes. */
  readonly minRatePerSecond: number;
}

/**
 * A controller of proportional, integral and derivative terms, as Spark's `PIDRateEstimator`: the error is the rate that was allowed less the
 * rate at which records were processed, its integral is what the scheduling delay would have processed. The first batch only measures.
 */
export function pidEstimator(settings: PidSettings): RateEstimator {
  const { intervalMs, proportional, integral, derivative, minRatePerSecond } = settings;
  let last: { readonly time: number; readonly rate: number; readonly error: number } | undefined;
  return {
    estimate({ time, records, processingTime, schedulingDelay }) {
      if (records <= 0 || processingTime <= 0 || time <= (last?.time ?? -1)) return undefined;
      const processed = (records / processingTime) * 1000;
      if (last === undefined) {
        last = { time, rate: processed, error: 0 };
        return undefined;
      }
      const error = last.rate - processed;
      const waiting = (schedulingDelay * processed) / intervalMs;
      const change = ((error - last.error) / (time - last.time)) * 1000;
      const wanted = last.rate - proportional * error - integral * waiting - derivative * change;
      const rate = Math.max(wanted, minRatePerSecond);
      last = { time, rate, error };
      return rate;
    },
  };
}
