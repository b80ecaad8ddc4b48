import { functionArgument, optionsArgument, positiveNumber, refuse } from '../../core/arguments.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import { pidEstimator } from './pidEstimator.ts';
import type { RateEstimator } from './RateEstimator.ts';

/** Options of `new StreamingContext({ backpressure })`. Spark's `spark.streaming.backpressure.*`. */
export interface BackpressureOptions {
  /** Records per second of each source until there is an estimate, which takes two batches with records. Default: no limit. */
  readonly initialRatePerSecond?: number;
  /** Records per second below which no estimate goes. Default 100. */
  readonly minRatePerSecond?: number;
  /** How much the rate follows the difference between what was allowed and what was processed. Default 1. */
  readonly proportional?: number;
  /** How much it makes up for the batches that wait. Default 0.2. */
  readonly integral?: number;
  /** How much it answers to the change of that difference; makes it quick and nervous. Default 0. */
  readonly derivative?: number;
  /** `'pid'`, or what makes an estimator of your own for one source: then the four numbers before do nothing. Default `'pid'`. */
  readonly estimator?: 'pid' | (() => RateEstimator);
}

/** What a context needs for its rates. */
export interface Backpressure {
  /** `Infinity` where nobody set one. */
  readonly initialRatePerSecond: number;
  makeEstimator(): RateEstimator;
}

const WHERE = 'new StreamingContext({ backpressure';

/** Checks what is given; `undefined`: no rates. */
export function backpressure(
  given: boolean | BackpressureOptions | undefined,
  intervalMs: number,
): Backpressure | undefined {
  if (given === undefined || given === false) return undefined;
  const options = given === true ? {} : given;
  optionsArgument(`${WHERE} })`, options, 'true or { initialRatePerSecond: 1000 }');
  knownOptions(`${WHERE} })`, options, OPTIONS);
  if (intervalMs === 0)
    refuse(
      `${WHERE} })`,
      'an interval',
      'a drain trigger',
      'It cuts when the batch before has settled: bound it with drain({ maxRecords }).',
    );
  const settings = {
    intervalMs,
    proportional: gain('proportional', options.proportional ?? 1),
    integral: gain('integral', options.integral ?? 0.2),
    derivative: gain('derivative', options.derivative ?? 0),
    minRatePerSecond: positiveNumber(`${WHERE}: { minRatePerSecond } })`, options.minRatePerSecond ?? 100),
  };
  const { estimator = 'pid', initialRatePerSecond } = options;
  if (typeof estimator === 'string' && estimator !== 'pid')
    refuse(`${WHERE}: { estimator } })`, "'pid' or a function", estimator, `Unknown rate estimator: ${estimator}`);
  if (estimator !== 'pid') functionArgument(`${WHERE}: { estimator } })`, estimator);
  return {
    initialRatePerSecond:
      initialRatePerSecond === undefined
        ? Number.POSITIVE_INFINITY
        : positiveNumber(`${WHERE}: { initialRatePerSecond } })`, initialRatePerSecond),
    makeEstimator: estimator === 'pid' ? () => pidEstimator(settings) : estimator,
  };
}

function gain(name: string, value: number): number {
  if (typeof value !== 'number' || !(value >= 0) || value === Number.POSITIVE_INFINITY)
    refuse(`${WHERE}: { ${name} } })`, 'a number from 0', value);
  return value;
}

const OPTIONS: Readonly<Record<keyof BackpressureOptions, true>> = {
  initialRatePerSecond: true,
  minRatePerSecond: true,
  proportional: true,
  integral: true,
  derivative: true,
  estimator: true,
};
