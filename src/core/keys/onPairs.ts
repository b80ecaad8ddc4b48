import type { OperatorFunction } from 'rxjs';
import type { Batch } from '../batch/Batch.ts';
import type { KeyOf, Pair, ValueOf } from './Pair.ts';

/** An operator on pairs whose input type is inferred whole, so that a union of pairs stays one. */
export function onPairs<T, R>(
  operator: OperatorFunction<Batch<Pair<KeyOf<T>, ValueOf<T>>>, Batch<R>>,
): OperatorFunction<Batch<T>, Batch<R>> {
  return operator as unknown as OperatorFunction<Batch<T>, Batch<R>>;
}
