import type { OperatorFunction } from 'rxjs';
import { oneOf, promptFunction, shown, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { type Rank, TopRecords } from '../core/keys/TopRecords.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { operatorError } from '../core/operatorError.ts';

/** Options of {@link topRecords}. */
export interface TopRecordsOptions {
  /** `'largest'` first, or `'smallest'`. Default `'largest'`. */
  readonly first?: 'largest' | 'smallest';
}

const OPTIONS: KnownOptions<TopRecordsOptions> = { first: true };

/**
 * Keeps the `count` records of each batch for which `by` gives most, in falling order. Spark's `rdd.top(n)`; with
 * `{ first: 'smallest' }` its `takeOrdered(n)`.
 *
 * ```text
 * source                        -([a,3] [b,9] [c,5])---([d,1])---|
 * topRecords(2, ([, n]) => n)   -([b,9] [c,5])---------([d,1])---|
 * ```
 *
 * - `by` gives a number, a bigint or a text, and is called once a record. Equal ones stay in the order in which they came. `NaN` comes
 *   last in either order; texts go by code units.
 * - **Cost**: one comparison for most records, never a sort of the batch: `sortRecords` and `takeRecords` give the same for more.
 * - **Errors**: a throwing `by`, or one that gives something else, fails the run with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** unchanged. **Holds** nothing past the batch; `count` records while it is read.
 */
export function topRecords<T>(
  count: number,
  by: (record: T) => Rank,
  options: TopRecordsOptions = {},
): OperatorFunction<Batch<T>, Batch<T>> {
  wholeNumber('topRecords(count)', count, 0);
  promptFunction('topRecords(_, by)', by);
  knownOptions('topRecords', options, OPTIONS);
  const first = oneOf('topRecords({ first })', options.first ?? 'largest', ['largest', 'smallest']);
  const beats = first === 'largest' ? isLarger : isSmaller;
  return wide('topRecords', (body, scope) => ({
    run(visit) {
      const top = new TopRecords<T>(count, beats);
      let at = 0;
      try {
        body.run((record) => {
          top.add(record, checkedRank(by(record)));
          at++;
        });
      } catch (error) {
        throw operatorError('topRecords', error, scope, at);
      }
      for (const record of top.sorted()) if (visit(record) === false) return;
    },
  }));
}

function isLarger(left: Rank, right: Rank): boolean {
  return left > right || (Number.isNaN(right) && !Number.isNaN(left));
}

function isSmaller(left: Rank, right: Rank): boolean {
  return left < right || (Number.isNaN(right) && !Number.isNaN(left));
}

function checkedRank(rank: Rank): Rank {
  if (typeof rank === 'number' || typeof rank === 'string' || typeof rank === 'bigint') return rank;
  throw new TypeError(`expected a number, a bigint or a text from by, got ${shown(rank)}`);
}
