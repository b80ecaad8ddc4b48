import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mapRecords } from 'rx-dstream';
import { binaryRecords, textFiles } from 'rx-dstream/file';
import type { Observable } from 'rxjs';
import { BatchRun } from './BatchRun.ts';
import { type Case, type CaseParams, NotRun } from './Case.ts';
import { compared, type RunCase } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { inFolder } from './savedFiles.ts';
import type { Stream } from './steps.ts';

/** The `T` of scripts that are told in words; a multiple of their interval. */
const T = 10_000;

/** Something done to the watched directory. */
interface FileStep {
  readonly file?: string;
  readonly content?: string;
  readonly bytes?: readonly number[];
  readonly mtimeMs?: number;
  /** `T` or `T+4000`. */
  readonly mtime?: string;
  readonly before?: 'start';
  readonly rename?: string;
  readonly to?: string;
}

/** A case that puts files into a directory, each while the clock shows its modification time, and has one batch after each. */
export function filesCase(given: Case): RunCase {
  const { params, input, expected, batchDurationMs } = given;
  if (params.pipeline !== undefined)
    throw new NotRun('files cases with a pipeline: the runner has no adapter for them');
  const intervalMs = batchDurationMs as number;
  const steps = input as readonly FileStep[];
  const isScript = params.script !== undefined;
  const startMs = isScript ? T + 2000 : (params.startClockMs as number);

  return () =>
    inFolder(async (folder) => {
      const run = new BatchRun({
        intervalMs,
        startMs,
        sources: { source: sourceOf(params, folder) },
        build: (source) => (params.recordLength === undefined ? source('source') : bytesOf(source('source'))),
      });
      let now = startMs;
      const next = async (): Promise<void> => {
        now += intervalMs;
        await run.advance(now);
      };
      mkdirSync(join(folder, 'streaming'));
      for (const step of steps) {
        const isBefore = step.before === 'start' || step.mtime === 'T';
        put(folder, step);
        if (isBefore) {
          if (isScript) await next();
        } else if (!isScript || step.rename !== undefined) await next();
      }
      const outcome = await run.outcome();
      if (params.recordLength === undefined) return flattened(given, outcome);
      const times = steps.map(({ mtimeMs = 0 }) => Math.ceil(mtimeMs / intervalMs) * intervalMs);
      const wanted = (expected ?? []).map((value, at) => ({ time: times[at] ?? 0, value }));
      return compared(given, wanted, outcome);
    });
}

function sourceOf(
  { newFilesOnly = true, directoryGlob, filter, recordLength }: CaseParams,
  folder: string,
): Observable<unknown> {
  const path = String(directoryGlob ?? '<tmp>').replace('<tmp>', folder);
  const options = { newFilesOnly: newFilesOnly as boolean, includeHidden: filter === 'acceptAll' };
  return recordLength === undefined
    ? textFiles(path, options)
    : binaryRecords(path, { recordLength: recordLength as number, ...options });
}

function bytesOf(records: Stream): Stream {
  return records.pipe(mapRecords((record) => [...(record as Buffer)]));
}

function put(folder: string, { file, content, bytes, mtimeMs, mtime, rename, to }: FileStep): void {
  if (rename !== undefined) return renameSync(join(folder, rename), join(folder, to as string));
  const path = join(folder, file as string);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content ?? Buffer.from(bytes ?? []));
  // A microsecond more: seconds as a fraction fall short of the millisecond that is meant.
  const seconds = (mtimeMs ?? T + Number(mtime?.split('+')[1] ?? 0)) / 1000 + 1e-6;
  utimesSync(path, seconds, seconds);
}
