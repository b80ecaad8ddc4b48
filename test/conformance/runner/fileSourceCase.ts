import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { textFiles } from 'rx-dstream/file';
import { valuesAlike } from './alike.ts';
import { BatchRun } from './BatchRun.ts';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { inFolder } from './savedFiles.ts';

const INTERVAL = 100_000;

/** A scenario of the file source: files are created, oldest first, and all batches that they make are compared. */
export function fileSourceCase({ params, input, expected }: Case): RunCase {
  if (params.latestFirst === true) throw new NotRun(DIFFERENCES.filesByBatchTime);
  const steps = input as readonly { readonly create?: readonly string[] }[];
  if (steps.some(({ create }) => create === undefined))
    throw new NotRun('the runner only knows files that are created');
  const wanted = expected as readonly { readonly batches: readonly (readonly string[])[] }[];
  return () =>
    inFolder(async (folder) => {
      const run = new BatchRun({
        intervalMs: INTERVAL,
        sources: { source: textFiles(folder, { maxFilesPerBatch: params.maxFilesPerTrigger as number }) },
        build: (source) => source('source'),
      });
      let time = 0;
      const times: number[] = [];
      for (const [at, { create = [] }] of steps.entries()) {
        for (const [n, name] of create.entries()) put(folder, name, time + (n + 1) * (params.mtimeStepMs as number));
        times.push(time);
        // One more, which has to be empty.
        const count = (wanted[at]?.batches.length ?? 0) + 1;
        time += count * INTERVAL;
        await run.advance(time);
      }
      const { outputs } = await run.outcome();
      const got = times.map((after, at) => {
        const ofStep = outputs.filter((output) => output.time > after && output.time <= (times[at + 1] ?? time));
        return { batches: ofStep.map(({ records }) => records).filter((records) => records.length > 0) };
      });
      return got.every((step, at) => valuesAlike(step, wanted[at])) ? undefined : { expected, got };
    });
}

function put(folder: string, name: string, modifiedMs: number): void {
  const path = join(folder, name);
  writeFileSync(path, name);
  utimesSync(path, modifiedMs / 1000 + 1e-6, modifiedMs / 1000 + 1e-6);
}
