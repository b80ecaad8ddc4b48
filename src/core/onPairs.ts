import type { OperatorFunction } from 'rxjs';
import type { Batch } from './Batch.ts';
import type { MakePairsFirst, Pair } from './Pair.ts';

/** An operator on pairs, with an input type whose compile error on other records says what to do. */
export function onPairs<K, V, R>(
  operator: OperatorFunction<Batch<Pair<K, V>>, Batch<R>>,
): OperatorFunction<Batch<Pair<K, V> | MakePairsFirst>, Batch<R>> {
  return operator as unknown as OperatorFunction<Batch<Pair<K, V> | MakePairsFirst>, Batch<R>>;
}
