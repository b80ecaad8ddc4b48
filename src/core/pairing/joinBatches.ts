import type { Observable, OperatorFunction } from 'rxjs';
import type { Batch, BatchBody, Visit } from '../batch/Batch.ts';
import { streamArgument } from '../batch/streamArgument.ts';
import { KEY_OPTIONS, type KeyOptions, keyIdentity } from '../keys/keyIdentity.ts';
import type { Pair } from '../keys/Pair.ts';
import { knownOptions } from '../knownOptions.ts';
import { indexOf, type JoinKeys, type JoinKind, type JoinSide, joinedTo } from './joinedBody.ts';
import { originsOf } from './originsOf.ts';
import { pairBatches } from './pairBatches.ts';

/** The joins of two streams. */
export type JoinName = 'join' | 'leftOuterJoin' | 'rightOuterJoin' | 'fullOuterJoin';

/** The side that is walked is the one whose order the result has. */
const KINDS: Readonly<Record<JoinName, JoinKind>> = {
  join: { keepsWalked: false, keepsIndexed: false, indexedFirst: false },
  leftOuterJoin: { keepsWalked: true, keepsIndexed: false, indexedFirst: false },
  rightOuterJoin: { keepsWalked: true, keepsIndexed: false, indexedFirst: true },
  fullOuterJoin: { keepsWalked: true, keepsIndexed: true, indexedFirst: false },
};

/**
 * Joins the batches of the same time of two streams by key: `[key, [left, right]]`, the left value being of the stream the operator
 * is applied to. At each reading one side is read into an index and the other is gone through.
 */
export function joinBatches<K, R>(
  operator: JoinName,
  other: Observable<Batch<unknown>>,
  options: KeyOptions<K> = {},
): OperatorFunction<Batch<unknown>, Batch<R>> {
  streamArgument(`${operator}(other)`, other);
  knownOptions(operator, options, KEY_OPTIONS);
  const identify = keyIdentity(operator, options);
  const kind = KINDS[operator];
  return (source) =>
    pairBatches(operator, [source, other], (sides) => {
      const [left, right] = sides as [Batch<Pair<K, unknown>>, Batch<Pair<K, unknown>>];
      const keys: JoinKeys<K> = { operator, scope: left.scope, identify };
      const here: JoinSide<K, unknown> = { body: left.body, name: 'this stream' };
      const there: JoinSide<K, unknown> = { body: right.body, name: 'the other stream' };
      const [walked, indexed] = kind.indexedFirst ? [there, here] : [here, there];
      const joined = (): BatchBody<unknown> => joinedTo(keys, indexOf(keys, indexed, kind), walked, kind);
      return left.derive<R>(
        { run: (visit) => joined().run(visit as Visit<unknown>), collect: () => joined().collect?.() as readonly R[] },
        { origins: originsOf(sides) },
      );
    });
}
