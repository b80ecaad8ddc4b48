import { print } from 'rx-dstream';
import { tap } from 'rxjs';
import { runBatches } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { batchCount, compared, expectations, type RunCase, sourcesOf } from './dstreamCase.ts';
import { pipelineOf } from './pipeline.ts';

/** A case whose expectation is the lines that `print` writes for each batch. */
export function printCase(given: Case): RunCase {
  const { params, batchDurationMs } = given;
  const steps = params.pipeline ?? [];
  const last = steps.at(-1);
  const isStep = last?.op === 'print';
  const pipeline = pipelineOf(isStep ? steps.slice(0, -1) : steps);
  const num = (isStep ? (last?.num ?? params.num) : params.num) as number | undefined;
  const expected = expectations(given);
  const count = batchCount(given, expected);
  return async () => {
    const printed: { time: number; records: string[] }[] = [];
    const to = (line: string): void => void printed.at(-1)?.records.push(line);
    const { failure } = await runBatches(
      {
        intervalMs: batchDurationMs as number,
        sources: sourcesOf(given, count),
        build: (source) =>
          pipeline(source(params.start ?? 'source'), { source, folder: '' }).pipe(
            tap(({ time }) => printed.push({ time, records: [] })),
            print(num, { to }),
          ),
      },
      count,
    );
    return compared(given, expected, { outputs: printed, failure });
  };
}
