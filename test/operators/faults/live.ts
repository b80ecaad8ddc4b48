import { map, of, retry, tap } from 'rxjs';
import type { CheckpointContents } from '../../../src/checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../../../src/checkpoint/memory/memoryCheckpoint.ts';
import { memoryOffsets } from '../../../src/offsets/memory/memoryOffsets.ts';
import { commitOffsets } from '../../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../../src/outputs/foreachBatch.ts';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';
import { runBatches } from '../../../src/testing/runBatches.ts';
import { storedPairs } from '../../support/stateEntries.ts';
import { AFTER, BEFORE, FAILING, type Fault, type Trap } from './Fault.ts';

/** When the batch runs in which the function fails. */
export const FAILING_TIME = 2000;

/** What was there at the moment of a failure. */
export interface Failure {
  readonly error: unknown;
  readonly committed: unknown;
  readonly state: unknown;
}

/** What came of one run. */
export interface Life {
  /** How often the function was called in the second batch. */
  readonly calls: number;
  readonly failures: readonly Failure[];
  /** The state when the first batch had settled. */
  readonly stateBefore: unknown;
  /** The records that the output was given, by time; what a failed batch gave is not among them. */
  readonly results: ReadonlyMap<number, readonly unknown[]>;
  readonly committed: unknown;
}

/** Runs the operator over three batches; in the second its function fails once, if so asked, and the run is retried. */
export function live(
  { make, batch = FAILING }: Fault,
  { failsAt, isDurable = false }: { readonly failsAt?: number; readonly isDurable?: boolean } = {},
): Life {
  let time = 0;
  let calls = 0;
  let hasFailed = false;
  const trap: Trap = (fn) =>
    ((...args: unknown[]) => {
      if (time === FAILING_TIME && !hasFailed && calls++ === failsAt) {
        hasFailed = true;
        throw new Error('no');
      }
      return fn(...args);
    }) as typeof fn;

  const store = isDurable ? clonedCheckpoint() : memoryCheckpoint();
  const state = (): unknown => {
    const { states } = store.load() as CheckpointContents;
    return structuredClone([...states].map(([name, state]) => [name, storedPairs(state)]));
  };
  let stateBefore: unknown;
  const checkpoint = {
    ...store,
    settle(settlement: Parameters<typeof store.settle>[0]) {
      const answer = store.settle(settlement);
      if (settlement.time < FAILING_TIME) stateBefore = state();
      return answer;
    },
  };

  const offsets = memoryOffsets();
  const failures: Failure[] = [];
  const results = new Map<number, readonly unknown[]>();
  runBatches(
    [BEFORE, batch, AFTER],
    (source) =>
      source.pipe(
        tap((one) => {
          ({ time } = one);
        }),
        make(trap),
        foreachBatch((one) => {
          results.set(one.time, [...one.records]);
        }),
        commitOffsets(offsets),
        // What comes after it must not evaluate the batch again.
        map((one) => one.withRecords([])),
        retry({
          count: 1,
          delay(error) {
            failures.push({ error, committed: offsets.load({}), state: state() });
            return of(true);
          },
        }),
      ),
    { checkpoint },
  );
  return { calls, failures, stateBefore, results, committed: offsets.load({}) };
}
