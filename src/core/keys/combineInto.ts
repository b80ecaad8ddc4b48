import type { BatchBody } from '../batch/Batch.ts';
import type { Scope } from '../batch/Scope.ts';
import { operatorError } from '../operatorError.ts';
import { type Identify, ownIdentity } from './keyIdentity.ts';
import type { Pair } from './Pair.ts';

/** How values of one key become one: Spark's combiner, of which reducing and grouping are cases. */
export interface Combiner<V, C> {
  readonly create: (value: V) => C;
  readonly merge: (combined: C, value: V) => C;
}

/**
 * Combines the values of each key, in order of arrival; keys come out in order of their first record. The map's cells are the
 * pairs that are handed on, so a key costs one allocation.
 */
export function combineInto<K, V, C>(
  operator: string,
  scope: Scope,
  body: BatchBody<Pair<K, V>>,
  combiner: Combiner<V, C>,
  identify: Identify<K> = ownIdentity,
): Map<unknown, [K, C]> {
  const { create, merge } = combiner;
  const cells = new Map<unknown, [K, C]>();
  let at = 0;
  try {
    body.run((pair) => {
      const key = pair[0];
      const identity = identify(key);
      const cell = cells.get(identity);
      if (cell === undefined) cells.set(identity, [key, create(pair[1])]);
      else cell[1] = merge(cell[1], pair[1]);
      at++;
    });
  } catch (error) {
    throw operatorError(operator, error, scope, at);
  }
  return cells;
}

/** The cells as a body that combines anew at each reading. */
export function combinedBody<K, V, C>(
  operator: string,
  scope: Scope,
  body: BatchBody<Pair<K, V>>,
  combiner: Combiner<V, C>,
  identify: Identify<K> = ownIdentity,
): BatchBody<Pair<K, C>> {
  return {
    run(visit) {
      for (const cell of combineInto(operator, scope, body, combiner, identify).values())
        if (visit(cell) === false) return;
    },
    collect: () => [...combineInto(operator, scope, body, combiner, identify).values()],
  };
}
