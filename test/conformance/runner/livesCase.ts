import type { CheckpointStore } from 'rx-dstream';
import { BatchRun, type Outcome, type Output } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { batchCount, compared, expectations, type Mismatch, type RunCase, sourcesOf, startOf } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';
import type { CheckpointPlace } from './places.ts';
import { refuseDifferences } from './refuseDifferences.ts';
import { inFolder, savedAlike } from './savedFiles.ts';
import { snapshotsCase } from './stateSteps.ts';

/** How a case is divided into lives of its context. */
export interface Lives {
  /** The numbers of the batches, from 1, after which the context is stopped and a new one made. */
  readonly stopAfter: readonly number[];
  /** Whether it is stopped while that batch is at its output, so that the batch runs again, instead of when it has settled. */
  readonly isAtOutput: boolean;
  readonly place: CheckpointPlace;
}

/** A case whose source is a list of batches, run in several lives: what comes of it must be what comes of one. */
export function livesCase(given: Case, lives: Lives): RunCase {
  const { params, batchDurationMs } = given;
  const { stopAfter, isAtOutput, place } = lives;
  const intervalMs = batchDurationMs as number;
  const pipeline = pipelineOf(params.pipeline);
  refuseDifferences(given);
  const expected = expectations(given);
  const isFlattened = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  const count = isFlattened ? given.input.length : batchCount(given, expected);

  /** What came of one life, from after batch number `from` to after batch number `to`. */
  async function life(checkpoint: CheckpointStore, folder: string, from: number, to: number): Promise<Outcome> {
    const stopMs = to * intervalMs;
    const run = new BatchRun({
      intervalMs,
      startMs: from * intervalMs,
      checkpoint,
      sources: sourcesOf(given, count, true),
      build: (source) => pipeline(source(startOf(params)), { source, folder }),
      onOutput: (time, stop) => {
        if (isAtOutput && to < count && time === stopMs) stop();
      },
    });
    for (let batch = from + 1; batch <= to && !run.over; batch++) await run.advance(batch * intervalMs);
    return run.outcome();
  }

  async function allLives(folder: string): Promise<Mismatch> {
    const open = place.at(folder);
    const outputs: Output[] = [];
    let mismatch: Mismatch;
    let failure: Outcome['failure'];
    let from = 0;
    for (const to of [...stopAfter.filter((batch) => batch < count), count]) {
      const outcome = await life(open(), folder, from, to);
      mismatch ??= sameAgain(given, outputs, outcome.outputs);
      outputs.push(...outcome.outputs.filter(({ time }) => time > (outputs.at(-1)?.time ?? 0)));
      failure ??= outcome.failure;
      from = to;
    }
    const whole = { outputs, failure };
    return (
      (isFlattened ? flattened(given, whole) : compared(given, expected, whole)) ??
      mismatch ??
      savedAlike(given, expected, folder)
    );
  }

  const snapshots = snapshotsCase(given);
  const runSnapshots = snapshots === undefined ? undefined : livesCase(snapshots, lives);
  return async () => (await inFolder(allLives)) ?? (await runSnapshots?.());
}

/** A batch that runs again has the contents it had. */
function sameAgain(given: Case, before: readonly Output[], after: readonly Output[]): Mismatch {
  const repeated = after.filter(({ time }) => before.some((output) => output.time === time));
  const first = before.filter(({ time }) => repeated.some((output) => output.time === time));
  const expected = first.map(({ time, records }) => ({ time, value: records }));
  return compared(given, expected, { outputs: repeated, failure: undefined });
}
