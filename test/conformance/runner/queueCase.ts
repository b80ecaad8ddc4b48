import { queue } from 'rx-dstream';
import { BatchRun } from './BatchRun.ts';
import type { Case } from './Case.ts';
import { compared, expectations, type RunCase } from './dstreamCase.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';

type Records = readonly unknown[];

/** A case that puts batches on a live queue between the ticks. */
export function queueCase(given: Case): RunCase {
  const { params, batchDurationMs } = given;
  const intervalMs = batchDurationMs as number;
  const pipeline = pipelineOf(params.pipeline);
  const enqueued = (params.enqueuedBeforeBatch ??
    given.input.map((batch) => [batch])) as readonly (readonly Records[])[];
  const expected = expectations(given);
  const count = Math.max(enqueued.length, expected.length);
  const standing = params.defaultRDD ?? params.defaultRdd ?? params.default;
  return async () => {
    const live: Records[] = [];
    const source = queue(live, {
      completes: false,
      oneAtATime: (params.oneAtATime as boolean | undefined) ?? true,
      ...(standing === undefined ? {} : { defaultBatch: standing as Records }),
    });
    const run = new BatchRun({
      intervalMs,
      sources: { source },
      build: (named) => pipeline(named('source'), { source: named, folder: '' }),
    });
    for (let at = 0; at < count && !run.over; at++) {
      live.push(...(enqueued[at] ?? []));
      await run.advance((at + 1) * intervalMs);
    }
    const outcome = await run.outcome();
    return params.checkFlattened === true || params.checkFlattenedAsSet === true
      ? flattened(given, outcome)
      : compared(given, expected, outcome);
  };
}
