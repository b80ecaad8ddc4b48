import { refuse } from '../arguments.ts';
import { iterableBody } from '../batch/Batch.ts';
import type { OperatorState } from '../RunServices.ts';

/**
 * Checks an `initial` option where it is written. What comes back visits its pairs, at the very first batch of a state and never
 * again, whatever is restarted; a retry of that batch visits them anew, also those of a generator.
 */
export function initialState<K, S>(
  operator: string,
  initial: Iterable<readonly [K, S]> | undefined,
): (state: OperatorState, visit: (key: K, value: S) => void) => void {
  if (initial !== undefined && (typeof initial === 'string' || typeof initial?.[Symbol.iterator] !== 'function')) {
    refuse(`${operator}({ initial })`, 'a Map, an array or another iterable of [key, state]', initial);
  }
  const pairs = iterableBody(initial ?? []);
  return (state, visit) => {
    const begun = state.collection<'begun', boolean>('begun');
    if (begun.has('begun')) return;
    begun.set('begun', true);
    pairs.run(([key, value]) => {
      visit(key, value);
    });
  };
}
