import { type OperatorFunction, pipe } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { ownIdentity } from '../core/keys/keyIdentity.ts';
import type { Pair } from '../core/keys/Pair.ts';
import { givingValues, ONE_KEY } from '../core/keys/withOneKey.ts';
import { knownOptions } from '../core/knownOptions.ts';
import { slidingWindowReduction } from '../core/windows/slidingWindowReduction.ts';
import { windowOperator } from '../core/windows/windowOperator.ts';
import { WINDOW_OPTIONS, type WindowOptions, windowSpan } from '../core/windows/windowSpan.ts';

/**
 * Counts the records of the last `window` milliseconds, every `slide` milliseconds: one number. Spark's `countByWindow`.
 *
 * ```text
 * source, interval 1s             -( )-(a b)-(c)-( )-( )-|
 * countByWindow({ window: 2s })   -( )-(2)---(3)-(1)-(0)-|
 * ```
 *
 * - Nothing is given before the first record ever, then one number in each window, 0 where it is empty: as in Spark.
 * - A slide costs what entered and left the window, whatever its length. Counts of whole records are exact, for ever.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`.
 * - **Offsets**: committed as each batch settles.
 * - **Holds** one number for each batch of the window: in memory, and in the checkpoint under `name`.
 */
export function countByWindow<T>(options: WindowOptions): OperatorFunction<Batch<T>, Batch<number>> {
  const operator = 'countByWindow';
  knownOptions(operator, options, WINDOW_OPTIONS);
  const span = windowSpan(operator, options);
  type Keyed = Pair<string, number>;
  return pipe(
    wide<T, Keyed>(operator, (body) => ({
      run(visit) {
        let count = 0;
        body.run(() => {
          count++;
        });
        if (count > 0) visit([ONE_KEY, count]);
      },
    })),
    windowOperator<Keyed, Keyed>(
      span,
      slidingWindowReduction<string, number>(span, {
        part: 'counts',
        reduce: (left, right) => left + right,
        inverse: (reduced, left) => reduced - left,
        filter: undefined,
        identify: ownIdentity,
      }),
    ),
    givingValues<number>(operator),
  );
}
