import { type CheckpointStore, memoryCheckpoint } from 'rx-dstream';
import { BatchRun, type Outcome, type Output } from './BatchRun.ts';
import { type Case, NotRun } from './Case.ts';
import { batchCount, compared, expectations, type Mismatch, type RunCase, sourcesOf, startOf } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';
import { refuseDifferences } from './refuseDifferences.ts';
import { inFolder, savedAlike } from './savedFiles.ts';
import { snapshotsCase } from './stateSteps.ts';

/**
 * A case of kind `recovery`: the context is stopped after a batch, and a new one goes on from its checkpoint. Every case is
 * run twice: stopped when the batch has settled, and stopped while the batch is at its output, so that it runs again.
 */
export function recoveryCase(given: Case): RunCase {
  const { params, batchDurationMs } = given;
  if (params.source !== undefined)
    throw new NotRun(`the runner restarts queues of batches only, not '${params.source}'`);
  const intervalMs = batchDurationMs as number;
  const pipeline = pipelineOf(params.pipeline);
  refuseDifferences(given);
  const expected = expectations(given);
  const isFlattened = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  const count = isFlattened ? given.input.length : batchCount(given, expected);
  if (!Number.isInteger(params.stopAfterBatch)) throw new Error('expected a whole number as stopAfterBatch');
  const stopMs = (params.stopAfterBatch as number) * intervalMs;

  async function lifeOf(life: Life, stopAtOutput = 0): Promise<Outcome> {
    const { startMs, untilMs, checkpoint, folder } = life;
    const run = new BatchRun({
      intervalMs,
      startMs,
      checkpoint,
      sources: sourcesOf(given, count, true),
      build: (source) => pipeline(source(startOf(params)), { source, folder }),
      onOutput: (time, stop) => {
        if (time === stopAtOutput) stop();
      },
    });
    for (let time = startMs + intervalMs; time <= untilMs && !run.over; time += intervalMs) await run.advance(time);
    return run.outcome();
  }

  async function withStop(stopAtOutput: number, folder: string): Promise<Mismatch> {
    const checkpoint = memoryCheckpoint({ durable: true });
    const before = await lifeOf({ checkpoint, folder, startMs: 0, untilMs: stopMs }, stopAtOutput);
    const after = await lifeOf({ checkpoint, folder, startMs: stopMs, untilMs: count * intervalMs });
    const repeated = after.outputs.filter(({ time }) => time <= stopMs);
    const whole = {
      outputs: [...before.outputs, ...after.outputs.filter(({ time }) => time > stopMs)],
      failure: before.failure ?? after.failure,
    };
    return (
      (isFlattened ? flattened(given, whole) : compared(given, expected, whole)) ??
      sameAgain(given, before, repeated) ??
      savedAlike(given, expected, folder)
    );
  }

  const snapshots = snapshotsCase(given);
  const runSnapshots = snapshots === undefined ? undefined : recoveryCase(snapshots);
  return async () =>
    (await inFolder((folder) => withStop(0, folder))) ??
    (await inFolder((folder) => withStop(stopMs, folder))) ??
    (await runSnapshots?.());
}

/** One life of the context: where it begins and how far it goes. */
interface Life {
  readonly checkpoint: CheckpointStore;
  readonly folder: string;
  readonly startMs: number;
  readonly untilMs: number;
}

/** The batch that runs again has the contents it had. */
function sameAgain(given: Case, before: Outcome, repeated: readonly Output[]): Mismatch {
  const first = before.outputs.filter(({ time }) => repeated.some((output) => output.time === time));
  const expected = first.map(({ time, records }) => ({ time, value: records }));
  return compared(given, expected, { outputs: repeated, failure: undefined });
}
