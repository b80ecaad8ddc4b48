import { type OperatorFunction, pipe } from 'rxjs';
import type { Batch } from '../core/batch/Batch.ts';
import { wide } from '../core/chain/narrow.ts';
import { countInto } from '../core/keys/countInto.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../core/keys/keyIdentity.ts';
import type { Pair } from '../core/keys/Pair.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { slidingWindowReduction } from '../core/windows/slidingWindowReduction.ts';
import { windowOperator } from '../core/windows/windowOperator.ts';
import { WINDOW_OPTIONS, type WindowOptions, windowSpan } from '../core/windows/windowSpan.ts';

/** Options of {@link countByValueAndWindow}. */
export interface CountByValueAndWindowOptions<T> extends WindowOptions, KeyOptions<T> {}

const OPTIONS: KnownOptions<CountByValueAndWindowOptions<unknown>> = { ...WINDOW_OPTIONS, ...KEY_OPTIONS };

/**
 * Counts how often each record occurs in the last `window` milliseconds, every `slide` milliseconds: pairs of record and count.
 * Spark's `countByValueAndWindow`.
 *
 * ```text
 * source, interval 1s                     -(a)-----(b b)---------( )-----( )-|
 * countByValueAndWindow({ window: 2s })   -([a,1])-([a,1] [b,2])-([b,2])-( )-|
 * ```
 *
 * - A record is forgotten when its last occurrence has left the window: no count is 0.
 * - Equal records are those equal as `Map` keys or, in tuples, element by element; objects by `keyOf`, and the first one is given.
 * - A slide costs what entered and left the window, a reading the records it gives, whatever the window's length.
 * - **Completes** with the source; a window not yet due is not given.
 * - **Errors**: window or slide no multiple of the input's slide, or a drain trigger: `INVALID_ARGUMENT`; a record that is an
 *   object, without `keyOf`, fails the run with `OPERATOR_FAILED`, naming it.
 * - **Offsets**: committed as each batch settles.
 * - **Holds** one number for each distinct record and batch of the window, and one for each distinct record: in memory, and in
 *   the checkpoint under `name`.
 */
export function countByValueAndWindow<T>(
  options: CountByValueAndWindowOptions<T>,
): OperatorFunction<Batch<T>, Batch<Pair<T, number>>> {
  const operator = 'countByValueAndWindow';
  knownOptions(operator, options, OPTIONS);
  const span = windowSpan(operator, options);
  const identify = keyIdentity(operator, options);
  type Counted = Pair<T, number>;
  return pipe(
    wide<T, Counted>(operator, (body, scope) => ({
      run(visit) {
        for (const counted of countInto(operator, scope, body, identify).values()) if (visit(counted) === false) return;
      },
    })),
    windowOperator<Counted, Counted>(
      span,
      slidingWindowReduction(span, {
        part: 'valueCounts',
        reduce: (left, right) => left + right,
        inverse: (reduced, left) => reduced - left,
        filter: ([, count]) => count !== 0,
        identify,
      }),
    ),
  );
}
