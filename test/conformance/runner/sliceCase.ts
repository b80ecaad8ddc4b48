import { remember } from 'rx-dstream';
import { listsAlike } from './alike.ts';
import { runBatches } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { type RunCase, sourcesOf } from './dstreamCase.ts';
import { pipelineOf } from './pipeline.ts';

/** A look back at batches that are over: one expectation for each call, the records of the batches it gave put together. */
export function sliceCase(given: Case): RunCase {
  const { params, input, expected, ordered } = given;
  const intervalMs = given.batchDurationMs as number;
  const calls = params.calls as readonly { readonly fromMs: number; readonly toMs: number }[];
  const pipeline = pipelineOf(params.pipeline);
  return async () => {
    const recent = remember<unknown>(intervalMs * (input.length + 1), { name: 'remembered' });
    await runBatches(
      {
        intervalMs,
        sources: sourcesOf(given, input.length),
        build: (source) => pipeline(source('source'), { source, folder: '' }).pipe(recent),
      },
      input.length,
    );
    const got = calls.map(({ fromMs, toMs }) => recent.slice(fromMs, toMs).flatMap(({ records }) => records));
    const isAlike = got.every((records, at) => listsAlike(records, expected?.[at] as readonly unknown[], { ordered }));
    return isAlike ? undefined : { expected, got };
  };
}
