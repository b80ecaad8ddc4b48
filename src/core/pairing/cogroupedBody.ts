import type { BatchBody } from '../batch/Batch.ts';
import type { Pair } from '../keys/Pair.ts';
import { operatorError } from '../operatorError.ts';
import type { JoinKeys, JoinSide } from './joinedBody.ts';

/** The values of one key, a list for each side. */
export type Lists = readonly unknown[][];

/**
 * The values of each key on each side, in order of arrival; keys come in the order of their first record, one side after the other.
 * Grouped anew at each reading.
 */
export function cogroupedBody<K>(keys: JoinKeys<K>, sides: readonly JoinSide<K, unknown>[]): BatchBody<Pair<K, Lists>> {
  const collect = (): readonly Pair<K, Lists>[] => {
    const groups = new Map<unknown, Pair<K, Lists>>();
    for (const [side, { body, name }] of sides.entries())
      groupInto(groups, keys, body, { side, of: sides.length, name });
    return [...groups.values()];
  };
  return {
    run(visit) {
      for (const group of collect()) if (visit(group) === false) return;
    },
    collect,
  };
}

function groupInto<K>(
  groups: Map<unknown, Pair<K, Lists>>,
  { operator, scope, identify }: JoinKeys<K>,
  body: BatchBody<Pair<K, unknown>>,
  { side, of, name }: { readonly side: number; readonly of: number; readonly name: string },
): void {
  let at = 0;
  try {
    body.run((pair) => {
      const key = pair[0];
      const identity = identify(key);
      let group = groups.get(identity);
      if (group === undefined) {
        group = [key, Array.from({ length: of }, () => [])];
        groups.set(identity, group);
      }
      (group[1][side] as unknown[]).push(pair[1]);
      at++;
    });
  } catch (error) {
    throw operatorError(operator, error, scope, at, name);
  }
}
