import { defer, finalize, type MonoTypeOperatorFunction, type Observable } from 'rxjs';
import { refuse, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { batchStreamLike } from '../core/batch/batchStream.ts';
import type { Milliseconds } from '../core/durations.ts';
import { StreamError } from '../core/errors.ts';
import { knownOptions } from '../core/knownOptions.ts';
import { scanBatches } from '../core/state/BatchScan.ts';
import { STATE_OPTIONS, type StateOptions, stateShape } from '../core/state/StateOptions.ts';
import { type RememberedBatch, RememberedBatches } from '../core/windows/RememberedBatches.ts';

/** Options of {@link remember}. */
export interface RememberOptions<T = unknown> extends StateOptions<T> {}

/** What {@link remember} gives: an operator, and a look at what has come through it. */
export interface Remembered<T> extends MonoTypeOperatorFunction<Batch<T>> {
  /**
   * The remembered batches with times from `from` to `to`, both included and rounded down to times of batches, as copies in order
   * of time; empty ones too. Default: all there are. Throws `INVALID_ARGUMENT` if some that were asked for have been forgotten.
   */
  slice(from?: number, to?: number): readonly RememberedBatch<T>[];
}

/**
 * Remembers the batches of the last `duration` milliseconds, for a look back at any time: `slice(from, to)`. Passes each batch on
 * as it is. Spark's `remember` and `slice`.
 *
 * ```text
 * source, interval 1s                         -(a)-(b)-(c)-(d)-|
 * const recent = remember(seconds(2)); recent -(a)-(b)-(c)-(d)-|
 * recent.slice() after each batch              a   ab  bc  cd
 * ```
 *
 * - A batch is there from the call in which it came through, so in its own outputs too; it is forgotten when one that is
 *   `duration` later has come. A look back costs what it gives.
 * - For one stream at a time: a second subscription is refused with `INVALID_ARGUMENT`. After the end what was remembered last
 *   stays to be looked at.
 * - **Errors**: a duration that is no whole number above 0: `INVALID_ARGUMENT`.
 * - **Offsets** unchanged.
 * - **Holds** the records of `duration` milliseconds: in memory, and in the checkpoint under `name`. After a restart they are there
 *   again with the first batch.
 */
export function remember<T>(duration: Milliseconds, options: RememberOptions<T> = {}): Remembered<T> {
  const operator = 'remember';
  wholeNumber(`${operator}(duration)`, duration, 1);
  knownOptions(operator, options, STATE_OPTIONS);
  let remembered: RememberedBatches<T> | undefined;
  let isTaken = false;
  const scan = scanBatches<T, T>({
    operator,
    name: options.name,
    shape: stateShape(operator, options),
    open(state) {
      const batches = new RememberedBatches<T>(operator, duration, state);
      remembered = batches;
      return (batch) => {
        batches.add(batch);
        return batch;
      };
    },
  });
  const operate = (source: Observable<Batch<T>>): Observable<Batch<T>> =>
    batchStreamLike(
      source,
      defer(() => {
        if (isTaken) throw subscribedTwice();
        isTaken = true;
        return scan(source).pipe(
          finalize(() => {
            isTaken = false;
          }),
        );
      }),
    );
  return Object.assign(operate, {
    slice(from?: number, to?: number): readonly RememberedBatch<T>[] {
      for (const [name, time] of Object.entries({ from, to })) {
        if (time !== undefined && !Number.isFinite(time))
          refuse(`${operator}.slice(${name})`, 'a time in milliseconds', time);
      }
      return remembered?.slice(from, to) ?? [];
    },
  });
}

function subscribedTwice(): StreamError {
  return new StreamError(
    'INVALID_ARGUMENT',
    'remember: expected one subscription at a time, got a second one. Put share() after it, or make one for each stream.',
  );
}
