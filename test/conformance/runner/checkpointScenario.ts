import {
  batchInterval,
  foreachBatch,
  mapRecords,
  memoryCheckpoint,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import { manualClock } from 'rx-dstream/testing';
import { merge, share } from 'rxjs';
import { Log, logSource } from '../../support/logSource.ts';
import { type Case, NotRun } from './Case.ts';
import { checkpointFilesCase } from './checkpointFilesCase.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { type Actions, actionsCase, type Facts } from './scenario.ts';

/** A scenario about checkpoints, or `undefined` if it is about something else. */
export function checkpointScenario(given: Case): RunCase | undefined {
  switch (given.operation) {
    case 'checkpoint.recovery':
      return actionsCase(given, () => restoredOnce(given.batchDurationMs as number));
    case 'checkpoint.files':
      return checkpointFilesCase(given);
    case 'checkpoint.conf':
      throw new NotRun(DIFFERENCES.lifeOfAContext);
    case 'checkpointInterval.validate':
      throw new NotRun(DIFFERENCES.settledIsForgotten);
    default:
      return undefined;
  }
}

/** A stream that three outputs share, in one process and in the next: how often its source is opened where the checkpoint says. */
function restoredOnce(intervalMs: number): Actions {
  const clock = manualClock();
  const checkpoint = memoryCheckpoint({ durable: true });
  const log = new Log('a', 'b', 'c');
  let inputRestoreCalls = 0;
  let context = begin();

  function begin(): StreamingContext {
    const made = new StreamingContext({ interval: intervalMs, scheduler: clock, checkpoint, onWarning: () => {} });
    const source = logSource(log, {
      step: 1,
      onOpen({ position }) {
        if (position !== undefined) inputRestoreCalls++;
      },
    });
    const shared = source.pipe(
      batchInterval(made),
      mapRecords((word) => [word, 1] as const),
      updateStateByKey((ones, sum: number = 0) => sum + ones.length, { name: 'sums' }),
      share(),
    );
    const outputs = [1, 2, 3].map(() => shared.pipe(foreachBatch((batch) => void batch.records.length)));
    merge(...outputs).subscribe();
    clock.advanceBy(0);
    return made;
  }

  return {
    runBatches({ count }): Facts {
      clock.advanceBy((count as number) * intervalMs);
      return { inputRestoreCalls };
    },
    async rebuildFromCheckpoint(): Promise<Facts> {
      await context.stop();
      context = begin();
      return { inputRestoreCalls };
    },
    async startAndStop(): Promise<Facts> {
      clock.advanceBy(intervalMs);
      await context.stop();
      return { inputRestoreCalls };
    },
  };
}
