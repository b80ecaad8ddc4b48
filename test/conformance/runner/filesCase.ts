import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { floorTime, mapRecords } from 'rx-dstream';
import { binaryRecords, textFiles } from 'rx-dstream/file';
import type { Observable } from 'rxjs';
import { BatchRun, type Outcome, type Output } from './BatchRun.ts';
import type { Case, CaseParams } from './Case.ts';
import { compared, type Expected, expectations, type RunCase } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';
import { inFolder } from './savedFiles.ts';
import type { Stream } from './steps.ts';

/** The `T` of scripts that are told in words; a multiple of their interval. */
const T = 10_000;

/** Something done to the watched directory. */
export interface FileStep {
  readonly file?: string;
  readonly content?: string;
  readonly bytes?: readonly number[];
  readonly mtimeMs?: number;
  /** `T` or `T+4000`. */
  readonly mtime?: string;
  /** Put without a batch of its own: before the start, or while the context of a recovery case is away. */
  readonly before?: 'start' | 'restart';
  readonly rename?: string;
  readonly to?: string;
}

/** A case that puts files into a directory, each while the clock shows its modification time, and has one batch after each. */
export function filesCase(given: Case): RunCase {
  if (given.params.script !== undefined) return renamedCase(given);
  const { params, input, batchDurationMs } = given;
  const intervalMs = batchDurationMs as number;
  const steps = input as readonly FileStep[];
  const startMs = (params.startClockMs ?? 0) as number;
  const pipeline = pipelineOf(params.pipeline);
  const isFlattened = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  const expected = isFlattened ? [] : fileExpectations(given, steps);

  return () =>
    inFolder(async (folder) => {
      const run = new BatchRun({
        intervalMs,
        startMs,
        sources: { source: sourceOf(params, folder) },
        build: (source) => pipeline(recordsOf(params, source('source')), { source, folder: '' }),
      });
      let now = startMs;
      const goOnTo = async (time: number): Promise<void> => {
        for (; now + intervalMs <= time && !run.over; now += intervalMs) await run.advance(now + intervalMs);
      };
      mkdirSync(join(folder, 'streaming'));
      for (const step of steps) {
        const isBefore = step.before === 'start';
        if (!isBefore) await goOnTo(floorTime(step.mtimeMs as number, intervalMs));
        put(folder, step);
        if (!isBefore) await goOnTo(batchAfter(step, intervalMs));
      }
      const outcome = await run.outcome();
      return isFlattened
        ? flattened(given, outcome)
        : compared(given, expected, withoutSpareBatches(expected, outcome));
    });
}

/** What is expected of the batch after each file. */
export function fileExpectations(given: Case, steps: readonly FileStep[]): readonly Expected[] {
  if (given.expectedTimesMs !== undefined) return expectations(given);
  const files = steps.filter(({ before }) => before === undefined);
  const intervalMs = given.batchDurationMs as number;
  return (given.expected ?? []).map((value, at) => {
    const file = files[at];
    if (file === undefined)
      throw new Error('expected one expectation for each file after the start, or expectedTimesMs');
    return { value, time: batchAfter(file, intervalMs) };
  });
}

/** A file is created when the clock shows its time, so after a batch of that very time. */
export function batchAfter({ mtimeMs }: FileStep, intervalMs: number): number {
  if (mtimeMs === undefined) throw new Error('expected a mtimeMs of each file');
  return floorTime(mtimeMs, intervalMs) + intervalMs;
}

/** Batches between files are empty, and nothing is expected of them. */
export function withoutSpareBatches(expected: readonly Expected[], outcome: Outcome): Outcome {
  const isSpare = ({ time, records }: Output): boolean =>
    records.length === 0 && !expected.some((want) => want.time === time);
  return { ...outcome, outputs: outcome.outputs.filter((output) => !isSpare(output)) };
}

/** A case told in words: a directory that is renamed into the watched tree after the first batch. */
function renamedCase(given: Case): RunCase {
  const { params, input, batchDurationMs } = given;
  const intervalMs = batchDurationMs as number;
  return () =>
    inFolder(async (folder) => {
      const startMs = T + 2000;
      const run = new BatchRun({
        intervalMs,
        startMs,
        sources: { source: sourceOf(params, folder) },
        build: (source) => source('source'),
      });
      let now = startMs;
      mkdirSync(join(folder, 'streaming'));
      for (const step of input as readonly FileStep[]) {
        put(folder, step);
        if (step.mtime !== 'T' && step.rename === undefined) continue;
        now += intervalMs;
        await run.advance(now);
      }
      return flattened(given, await run.outcome());
    });
}

export function sourceOf(
  { newFilesOnly = true, directoryGlob, filter, recordLength }: CaseParams,
  folder: string,
): Observable<unknown> {
  const path = String(directoryGlob ?? '<tmp>').replace('<tmp>', folder);
  const options = { newFilesOnly: newFilesOnly as boolean, includeHidden: filter === 'acceptAll' };
  return recordLength === undefined
    ? textFiles(path, options)
    : binaryRecords(path, { recordLength: recordLength as number, ...options });
}

/** Bytes as a list of numbers, as the cases write them. */
export function recordsOf({ recordLength }: CaseParams, records: Stream): Stream {
  return recordLength === undefined ? records : records.pipe(mapRecords((record) => [...(record as Buffer)]));
}

export function put(folder: string, { file, content, bytes, mtimeMs, mtime, rename, to }: FileStep): void {
  if (rename !== undefined) return renameSync(join(folder, rename), join(folder, to as string));
  const path = join(folder, file as string);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content ?? Buffer.from(bytes ?? []));
  // A microsecond more: seconds as a fraction fall short of the millisecond that is meant.
  const seconds = (mtimeMs ?? T + Number(mtime?.split('+')[1] ?? 0)) / 1000 + 1e-6;
  utimesSync(path, seconds, seconds);
}
