import { batchInterval, foreachBatch, type Source, StreamingContext } from 'rx-dstream';
import { manualClock } from 'rx-dstream/testing';
import { sourceObservable } from '../../../src/sources/sourceObservable.ts';
import type { Case } from './Case.ts';
import type { RunCase } from './dstreamCase.ts';
import { type Actions, actionsCase } from './scenario.ts';

/** A context whose estimator says what the case says: the limit of the next cut, as a rate, after each batch. */
export function rateScenario(given: Case): RunCase {
  const intervalMs = given.batchDurationMs as number;
  const named = { ...given, input: given.input.map((step) => ({ call: 'batch', ...(step as object) })) };
  return actionsCase(named, () => rateActions(intervalMs));
}

function rateActions(intervalMs: number): Actions {
  const clock = manualClock();
  let estimate = 0;
  let limit = 0;
  const context = new StreamingContext({
    interval: intervalMs,
    scheduler: clock,
    backpressure: { estimator: () => ({ estimate: () => estimate }) },
  });
  const endless = sourceObservable<number>(
    (): Source<number> => ({
      name: 'endless',
      replayable: true,
      wakes: false,
      open() {},
      cut(_time, { maxRecords }) {
        limit = maxRecords;
        return { cut: { data: undefined, records: 1, position: 0 }, empty: false };
      },
      read: () => [1],
      settled() {},
      close() {},
    }),
  );
  endless
    .pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    )
    .subscribe();
  return {
    batch({ estimatorReturns }) {
      estimate = estimatorReturns as number;
      clock.advanceBy(intervalMs * 2);
      return { receiverLimit: (limit * 1000) / intervalMs };
    },
  };
}
