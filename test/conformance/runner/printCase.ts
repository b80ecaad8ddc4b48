import { print } from 'rx-dstream';
import { tap } from 'rxjs';
import { type Output, runBatches } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { batchCount, compared, expectations, isMissing, type RunCase, sourcesOf, startOf } from './dstreamCase.ts';
import { pipelineOf } from './pipeline.ts';

/** Three lines of a head, and an empty one. */
const LINES_OF_NONE = 4;

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
  /** Where Spark has no RDD it prints nothing; here the batch is empty (docs/decisions/0020-no-batch-is-missing.md). */
  const isOfNoBatch = ({ time, records }: Output): boolean =>
    records.length === LINES_OF_NONE && isMissing(given, time) && !expected.some((want) => want.time === time);
  return async () => {
    const printed: { time: number; records: string[] }[] = [];
    const to = (line: string): void => void printed.at(-1)?.records.push(line);
    const { failure } = await runBatches(
      {
        intervalMs: batchDurationMs as number,
        sources: sourcesOf(given, count),
        build: (source) =>
          pipeline(source(startOf(params)), { source, folder: '' }).pipe(
            tap(({ time }) => printed.push({ time, records: [] })),
            print(num, { to }),
          ),
      },
      count,
    );
    return compared(given, expected, { outputs: printed.filter((output) => !isOfNoBatch(output)), failure });
  };
}
