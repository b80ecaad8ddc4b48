import type { BatchScan } from './BatchScan.ts';
import { combineInto } from './combineInto.ts';
import { columnsOf, type KeyColumns } from './KeyColumns.ts';
import type { Identify } from './keyIdentity.ts';
import { operatorError } from './operatorError.ts';
import type { Pair } from './Pair.ts';
import type { OperatorState } from './RunServices.ts';
import type { Scope } from './Scope.ts';
import type { WindowSpan } from './windowSpan.ts';

/** A window without inverse: keeps each batch reduced by key, and reduces those again when the window is read. */
export function plainWindowReduction<K, V>(
  span: WindowSpan,
  reduce: (left: V, right: V) => V,
  filter: ((pair: Pair<K, V>) => boolean) | undefined,
  identify: Identify<K>,
): BatchScan<Pair<K, V>, Pair<K, V>>['open'] {
  const { operator, window, slide } = span;
  return (state) => {
    const batches = state.collection<number, KeyColumns<K, V>>('batches');
    forgetInverse(state);
    return (batch) => {
      const { time, scope } = batch;
      for (const [old] of batches.entries()) if (old <= time - window) batches.delete(old);
      const cells = combineInto<K, V, V>(
        operator,
        scope,
        batch.body,
        { create: (value) => value, merge: reduce },
        identify,
      );
      if (cells.size > 0) batches.set(time, columnsOf(cells));
      if (!span.firesAt(time, batch.slide)) {
        scope.takenIn = true;
        return undefined;
      }
      const parts = [...batches.entries()].map(([, part]) => part);
      const given = keeping(operator, scope, filter);
      return batch.derive<Pair<K, V>>(
        {
          run(visit) {
            const merged = merge(parts, reduce, identify, (error) => operatorError(operator, error, scope));
            for (const cell of merged.values()) if (given(cell) && visit(cell) === false) return;
          },
        },
        slide === undefined ? {} : { slide },
      );
    };
  };
}

/** What a window with inverse kept under this name would be wrong by the time it is there again. */
function forgetInverse(state: OperatorState): void {
  for (const part of ['keys', 'extent']) {
    const kept = state.collection(part);
    for (const [key] of kept.entries()) kept.delete(key);
  }
}

/** Whether a pair is given; a failing filter is the operator's failure. */
export function keeping<K, V>(
  operator: string,
  scope: Scope,
  filter: ((pair: Pair<K, V>) => boolean) | undefined,
): (pair: Pair<K, V>) => boolean {
  if (filter === undefined) return () => true;
  return (pair) => {
    try {
      return filter(pair);
    } catch (error) {
      throw operatorError(operator, error, scope);
    }
  };
}

function merge<K, V>(
  parts: readonly KeyColumns<K, V>[],
  reduce: (left: V, right: V) => V,
  identify: Identify<K>,
  failed: (error: unknown) => unknown,
): Map<unknown, [K, V]> {
  const cells = new Map<unknown, [K, V]>();
  try {
    for (const { keys, values } of parts) {
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as K;
        const value = values[i] as V;
        const identity = identify(key);
        const cell = cells.get(identity);
        if (cell === undefined) cells.set(identity, [key, value]);
        else cell[1] = reduce(cell[1], value);
      }
    }
  } catch (error) {
    throw failed(error);
  }
  return cells;
}
