import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { floorTime } from 'rx-dstream';
import { BatchRun, type Outcome, type Output } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { compared, type Expected, type RunCase } from './dstreamCase.ts';
import {
  batchAfter,
  type FileStep,
  fileExpectations,
  put,
  recordsOf,
  sourceOf,
  withoutSpareBatches,
} from './filesCase.ts';
import { flattened } from './flattened.ts';
import type { Lives } from './livesCase.ts';
import { pipelineOf } from './pipeline.ts';
import { inFolder } from './savedFiles.ts';

/**
 * A case that puts files into a directory and whose context is stopped after given batches, counted from the start of the clock.
 * What is put `before: "restart"` comes while no context is there.
 */
export function filesRecoveryCase(given: Case, { stopAfter, isAtOutput, place }: Lives): RunCase {
  const { params, input, batchDurationMs } = given;
  const intervalMs = batchDurationMs as number;
  const steps = input as readonly FileStep[];
  const startMs = (params.startClockMs ?? 0) as number;
  const stops = stopAfter.map((batch) => startMs + batch * intervalMs);
  const pipeline = pipelineOf(params.pipeline);
  const isFlattened = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  const expected: readonly Expected[] = isFlattened ? [] : fileExpectations(given, steps);

  async function run(folder: string): Promise<Outcome> {
    const open = place.at(folder);
    const outputs: Output[] = [];
    let failure: Outcome['failure'];
    const begin = (time: number): BatchRun =>
      new BatchRun({
        intervalMs,
        startMs: time,
        checkpoint: open(),
        sources: { source: sourceOf(params, folder) },
        build: (source) => pipeline(recordsOf(params, source('source')), { source, folder: '' }),
        onOutput: (at, stop) => {
          if (isAtOutput && at === stops[0]) stop();
        },
      });
    const end = async (): Promise<void> => {
      const outcome = await life.outcome();
      outputs.push(...outcome.outputs.filter(({ time }) => time > (outputs.at(-1)?.time ?? startMs)));
      failure ??= outcome.failure;
    };
    let life = begin(startMs);
    let now = startMs;
    const away = steps.filter(({ before }) => before === 'restart');
    const goOnTo = async (time: number): Promise<void> => {
      while (now + intervalMs <= time && failure === undefined) {
        now += intervalMs;
        await life.advance(now);
        if (now !== stops[0]) continue;
        await end();
        stops.shift();
        for (const step of away.splice(0)) put(folder, step);
        life = begin(now);
      }
    };
    mkdirSync(join(folder, 'streaming'));
    for (const step of steps) {
      if (step.before === 'restart') continue;
      if (step.before === undefined) await goOnTo(floorTime(step.mtimeMs as number, intervalMs));
      put(folder, step);
      if (step.before === undefined) await goOnTo(batchAfter(step, intervalMs));
    }
    await end();
    return { outputs, failure };
  }

  return () =>
    inFolder(async (folder) => {
      const outcome = await run(folder);
      return isFlattened
        ? flattened(given, outcome)
        : compared(given, expected, withoutSpareBatches(expected, outcome));
    });
}
