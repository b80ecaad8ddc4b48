import type { MonoTypeOperatorFunction } from 'rxjs';
import { functionArgument, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { output } from '../core/batch/output.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { recordText } from './recordText.ts';

/** Options of {@link print}. */
export interface PrintOptions {
  /** Where the lines go. Default `console.log`. */
  readonly to?: (line: string) => void;
}

const OPTIONS: KnownOptions<PrintOptions> = { to: true };

const RULE = '-'.repeat(43);

/**
 * Prints the time and the first `count` records of each batch, as Spark's `print` does: a pair as `(key,value)`.
 *
 * ```text
 * -------------------------------------------
 * Time: 1000 ms
 * -------------------------------------------
 * (to,2)
 * (be,1)
 * ...
 *
 * ```
 *
 * - Reads no more than `count + 1` records. Printed for empty batches too.
 * - **Errors**: a throwing `to` fails the run with `OUTPUT_FAILED`.
 */
export function print<T>(count = 10, options: PrintOptions = {}): MonoTypeOperatorFunction<Batch<T>> {
  wholeNumber('print(count)', count, 0);
  knownOptions('print', options, OPTIONS);
  const { to = (line: string) => console.log(line) } = options;
  functionArgument('print(_, { to })', to);
  return output('print', (batch: Batch<T>) => {
    for (const line of printedLines(batch, count)) to(line);
  });
}

function printedLines<T>(batch: Batch<T>, count: number): readonly string[] {
  const shown: string[] = [];
  let isMore = false;
  batch.forEach((record) => {
    isMore = shown.length === count;
    if (!isMore) shown.push(recordText(record));
    return !isMore;
  });
  return [RULE, `Time: ${batch.time} ms`, RULE, ...shown, ...(isMore ? ['...'] : []), ''];
}
