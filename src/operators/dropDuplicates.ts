import type { MonoTypeOperatorFunction } from 'rxjs';
import { promptFunction, refuse, shown, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import type { Milliseconds } from '../core/durations.ts';
import { detached } from '../core/keys/detached.ts';
import { ownIdentity } from '../core/keys/keyIdentity.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { operatorError } from '../core/operatorError.ts';
import { scanBatches } from '../core/state/BatchScan.ts';

/** Options of {@link dropDuplicates}: `within`, `atMost` or both say how much is remembered. */
export interface DropDuplicatesOptions<T> {
  /**
   * What records are told apart by: a string, a number, another primitive or a tuple of those. Default: the record itself, which
   * must then be such a value.
   */
  readonly by?: (record: T) => unknown;
  /**
   * How long a record that was let through is remembered, by batch times: one of the same key is dropped in batches less than
   * this after it. Dropped ones do not prolong it. `Infinity`: for ever, the default beside `atMost`.
   */
  readonly within?: Milliseconds;
  /** How many keys are remembered; of more, the one that was let through first is forgotten. `Infinity`: all, the default beside `within`. */
  readonly atMost?: number;
  /** The name the state has in a checkpoint. Needed under a durable one. */
  readonly name?: string;
}

const OPTIONS: KnownOptions<DropDuplicatesOptions<unknown>> = { by: true, within: true, atMost: true, name: true };

/**
 * Drops records that were there before, in this batch or an earlier one. Spark's `dropDuplicates`, and with `within` its
 * `dropDuplicatesWithinWatermark`.
 *
 * ```text
 * source, interval 1s                            -(a b a)---(b c)---(a c)---|
 * dropDuplicates({ within: 2s })                 -(a b)-----(c)-----(a)-----|
 * dropDuplicates({ atMost: 2 })                  -(a b)-----(c)-----(a)-----|
 * ```
 *
 * - The first of several is let through, where it stands.
 * - What is remembered must be bounded: by time, by count, or by both. `Infinity` says that it is not to be.
 * - **Errors**: neither `within` nor `atMost`: `INVALID_ARGUMENT`. A throwing `by`, or a key that is an object, fails the run
 *   with `OPERATOR_FAILED`, naming the record.
 * - **Offsets** and state move together: after a failure no record is let through twice, or dropped as its own duplicate.
 * - **Holds** one entry for each key that is remembered: in memory, and in the checkpoint under `name`.
 */
export function dropDuplicates<T>(
  options: DropDuplicatesOptions<T> & ({ readonly within: Milliseconds } | { readonly atMost: number }),
): MonoTypeOperatorFunction<Batch<T>> {
  const operator = 'dropDuplicates';
  knownOptions(operator, options ?? {}, OPTIONS);
  const { by, within, atMost }: DropDuplicatesOptions<T> = options ?? {};
  if (within === undefined && atMost === undefined) {
    refuse(operator, '{ within } (milliseconds) or { atMost } (a count)', options, 'Infinity remembers for ever.');
  }
  if (by !== undefined) promptFunction(`${operator}({ by })`, by);
  const lasts = within === undefined ? Infinity : wholeNumber(`${operator}({ within })`, within, 1, true);
  const most = atMost === undefined ? Infinity : wholeNumber(`${operator}({ atMost })`, atMost, 1, true);
  return scanBatches<T, T>({
    operator,
    name: options.name,
    open(state) {
      /** By key, when it was let through: the oldest first, because a key that comes back comes to the end. */
      const seen = state.collection<unknown, number>('seen', { identify: identityOf });
      return (batch) => {
        const { time, scope } = batch;
        while (seen.size > 0 && seen.valueAt(seen.first) <= time - lasts) seen.deleteAt(seen.first);
        const records: T[] = [];
        let at = 0;
        try {
          batch.body.run((record) => {
            const key = by === undefined ? record : by(record);
            if (!seen.has(key)) {
              seen.put(detached(key), time);
              records.push(record);
              while (seen.size > most) seen.deleteAt(seen.first);
            }
            at++;
          });
        } catch (error) {
          throw operatorError(operator, error, scope, at);
        }
        return batch.withRecords(records);
      };
    },
  });
}

function identityOf(key: unknown): unknown {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) return ownIdentity(key);
  throw new TypeError(
    `expected a string, a number, another primitive or a tuple of those to tell records apart by, got ${shown(key)}. ` +
      'Say what it is with { by: (record) => ... }.',
  );
}
