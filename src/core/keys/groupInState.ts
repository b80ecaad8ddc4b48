import type { BatchBody } from '../batch/Batch.ts';
import type { Scope } from '../batch/Scope.ts';
import { operatorError } from '../operatorError.ts';
import { eachPlaced } from '../state/eachPlaced.ts';
import type { KeyedState } from '../state/KeyedState.ts';
import { NOWHERE } from '../state/PlaceIndex.ts';
import type { Identify } from './keyIdentity.ts';
import type { Pair } from './Pair.ts';

/** The values of a batch by key, in order of arrival. */
export interface StateGroups<K, V> {
  /** Those of keys that are in the state: the n-th belong to the key with the tag n + 1. */
  readonly known: readonly V[][];
  /** Those of keys that are not, by what they are told apart by. */
  readonly others: ReadonlyMap<unknown, readonly [K, readonly V[]]>;
}

/**
 * Groups a batch for going through a whole state: a record is looked up once, and the keys of the state not at all, however
 * many they are. The tags must all be 0, and whoever goes through the state sets them to 0 again.
 */
export function groupInState<K, V>(
  operator: string,
  scope: Scope,
  body: BatchBody<Pair<K, V>>,
  state: KeyedState<K, unknown>,
  identify: Identify<K>,
): StateGroups<K, V> {
  const known: V[][] = [];
  const others = new Map<unknown, readonly [K, V[]]>();
  let at = 0;
  try {
    eachPlaced(state.finder, body, (key, value, place) => {
      if (place === NOWHERE) addTo(others, identify(key), key, value);
      else if (state.tagAt(place) > 0) known[state.tagAt(place) - 1]?.push(value);
      else state.setTagAt(place, known.push([value]));
      at++;
    });
  } catch (error) {
    throw operatorError(operator, error, scope, at);
  }
  return { known, others };
}

function addTo<K, V>(groups: Map<unknown, readonly [K, V[]]>, identity: unknown, key: K, value: V): void {
  const group = groups.get(identity);
  if (group === undefined) groups.set(identity, [key, [value]]);
  else group[1].push(value);
}
