import { remember } from 'rx-dstream';
import { listsAlike } from './alike.ts';
import { runBatches } from './BatchRun.ts';
import { type Case, expectedError, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import { type RunCase, sourcesOf, startOf } from './dstreamCase.ts';
import { pipelineOf } from './pipeline.ts';

/** A look back at batches that are over: one expectation for each call, the records of the batches it gave put together. */
export function sliceCase(given: Case): RunCase {
  const { params, input, expected, ordered } = given;
  const intervalMs = given.batchDurationMs as number;
  const calls = params.calls as readonly { readonly fromMs: number; readonly toMs: number }[];
  const pipeline = pipelineOf(params.pipeline);
  if (expected?.some((value) => expectedError(value) !== undefined) === true)
    throw new NotRun(DIFFERENCES.settledIsForgotten);
  return async () => {
    const recent = remember<unknown>(intervalMs * (input.length + 1), { name: 'remembered' });
    const { failure } = await runBatches(
      {
        intervalMs,
        sources: sourcesOf(given, input.length),
        build: (source) => pipeline(source(startOf(params)), { source, folder: '' }).pipe(recent),
      },
      input.length,
    );
    const got = calls.map(({ fromMs, toMs }) => recent.slice(fromMs, toMs).flatMap(({ records }) => records));
    if (failure !== undefined) return { expected, got: String(failure.error) };
    const isAlike =
      got.length === expected?.length &&
      got.every((records, at) => listsAlike(records, expected[at] as readonly unknown[], { ordered }));
    return isAlike ? undefined : { expected, got };
  };
}
