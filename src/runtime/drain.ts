import { wholeNumber } from '../core/arguments.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';

/** Options of {@link drain}. */
export interface DrainOptions {
  /** The most records one batch takes from each source. Default 10 000. */
  readonly maxRecords?: number;
}

const OPTIONS: KnownOptions<DrainOptions> = { maxRecords: true };

/** A trigger without interval; made by {@link drain}. */
export interface DrainTrigger {
  readonly kind: 'drain';
  readonly maxRecords: number;
}

/**
 * Cuts a batch of whatever has arrived as soon as the batch before has settled: for people who need latency rather than
 * intervals. There are no empty batches and no grid, so windows refuse it.
 *
 * ```text
 * source  --ab---c-----def--|
 * drain() --(ab)-c-----(def)|
 * ```
 */
export function drain(options: DrainOptions = {}): DrainTrigger {
  knownOptions('drain', options, OPTIONS);
  const { maxRecords = 10_000 } = options;
  return { kind: 'drain', maxRecords: wholeNumber('drain({ maxRecords })', maxRecords, 1) };
}
