import { batchInterval, foreachBatch, queue, StreamingContext } from 'rx-dstream';
import { manualClock } from 'rx-dstream/testing';
import { map, share, tap, timer } from 'rxjs';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { type Actions, actionsCase } from './scenario.ts';

/** A scenario of what is told of a batch: its outputs, in the order in which they begin and end. */
export function listenerScenario(given: Case): RunCase {
  const { outputs } = given.params;
  const isPosted = given.input.some((action) => String((action as { call?: unknown }).call).startsWith('post'));
  if (isPosted) throw new NotRun('nobody but the context posts progress events: there is no such call');
  const throws = Array.isArray(outputs) && outputs.some((output) => output?.throws !== undefined);
  if (throws) throw new NotRun(DIFFERENCES.failureEndsTheRun);
  if (!Number.isInteger(outputs)) throw new NotRun('the runner knows listeners of outputs that succeed alone');
  return actionsCase(given, () => listenerActions(outputs as number, given.batchDurationMs as number));
}

function listenerActions(outputs: number, intervalMs: number): Actions {
  return {
    runOneBatch() {
      const scheduler = manualClock();
      const context = new StreamingContext({ interval: intervalMs, scheduler, onWarning: () => {} });
      const stream = queue([[1]], { completes: false }).pipe(batchInterval(context), share());
      const startedIds: number[] = [];
      const completedIds: number[] = [];
      for (let id = 0; id < outputs; id++) {
        // The first takes longest: none begins before the one before it has ended.
        const work = timer(outputs - id, scheduler).pipe(
          tap(() => completedIds.push(id)),
          map(() => undefined),
        );
        const output = foreachBatch(() => {
          startedIds.push(id);
          return work;
        });
        stream.pipe(output).subscribe();
      }
      scheduler.advanceTo(intervalMs + outputs * outputs);
      void context.stop();
      return { startedIds, completedIds };
    },
  };
}
