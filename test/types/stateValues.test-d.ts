/** What the types say of states outside memory. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  type Batch,
  batchInterval,
  mapRecords,
  mapWithState,
  type Pair,
  type StateBatch,
  type StateValues,
  updateStateByKey,
  updateStates,
} from '../../src/index.ts';
import { lmdbValues } from '../../src/lmdb.ts';

const ones = of('to', 'be').pipe(
  batchInterval(1000),
  mapRecords((word) => [word, 1] as const),
);
const values = lmdbValues({ folder: './scratch' });

export function beginEmptyOrAreGivenToAnOperator(): void {
  expectTypeOf(values).toEqualTypeOf<StateValues>();
  // @ts-expect-error the folder is needed
  lmdbValues({ cachedValues: 10 });
}

export function changeNothingOfWhatIsInferred(): void {
  const totals = ones.pipe(updateStateByKey((n, total: number = 0) => total + n.length, { name: 's', values }));
  expectTypeOf(totals).toEqualTypeOf<Observable<Batch<Pair<string, number>>>>();
  const counts = ones.pipe(
    mapWithState<Pair<string, number>, number, string>((key) => key, { name: 's', timeout: 1000, values }),
  );
  expectTypeOf(counts).toEqualTypeOf<Observable<StateBatch<string, string, number>>>();
}

export function areForOperatorsThatLookAtOneKeyAtATime(): void {
  // @ts-expect-error all keys together are in memory anyway
  ones.pipe(updateStates(() => [] as Pair<string, number>[], { name: 's', values }));
}

export function areWhatHasTheContract(): void {
  const own: StateValues = {
    cachedValues: 10,
    open: () => ({ read: (slot) => slot, write: () => {}, close: () => {} }),
  };
  ones.pipe(updateStateByKey((n) => n.length, { values: own }));
  // @ts-expect-error a folder is no store
  ones.pipe(updateStateByKey((n) => n.length, { values: './scratch' }));
}
