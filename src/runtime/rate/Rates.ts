import type { Backpressure } from './backpressureOptions.ts';
import type { ProcessedPart, RateEstimator } from './RateEstimator.ts';

interface SourceRate {
  readonly estimator: RateEstimator;
  /** Records per second. */
  perSecond: number;
}

/**
 * How many records each source may put into a batch, so that batches are processed within their interval. Belongs to a context: how fast a
 * source is processed does not change with a retry.
 */
export class Rates {
  readonly #backpressure: Backpressure | undefined;
  readonly #intervalMs: number;
  readonly #sources = new Map<string, SourceRate>();

  constructor(backpressure: Backpressure | undefined, intervalMs: number) {
    this.#backpressure = backpressure;
    this.#intervalMs = intervalMs;
  }

  /** Records per second that the next batches may take from this source; `undefined` without a limit. */
  perSecond(source: string): number | undefined {
    const rate = this.#sources.get(source)?.perSecond ?? this.#backpressure?.initialRatePerSecond;
    return rate === Number.POSITIVE_INFINITY ? undefined : rate;
  }

  /** The most records of one batch: at least one, so that a rate below one for each interval does not stop a source for good. */
  maxRecords(source: string): number {
    const rate = this.perSecond(source);
    if (rate === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.floor((rate * this.#intervalMs) / 1000));
  }

  /** A batch has been processed. */
  processed(source: string, part: ProcessedPart): void {
    if (this.#backpressure === undefined) return;
    const known = this.#sources.get(source);
    const rate = known ?? {
      estimator: this.#backpressure.makeEstimator(),
      perSecond: this.#backpressure.initialRatePerSecond,
    };
    if (known === undefined) this.#sources.set(source, rate);
    const estimate = rate.estimator.estimate(part);
    if (estimate !== undefined && estimate > 0) rate.perSecond = estimate;
  }
}
