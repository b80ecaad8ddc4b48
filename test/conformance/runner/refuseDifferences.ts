import { type Case, expectedError, NotRun, type Step } from './Case.ts';
import { DIFFERENCES } from './differences.ts';

/** Throws {@link NotRun} for a case that shows a difference from Spark which is meant to be there. */
export function refuseDifferences(given: Case): void {
  const { params, input, expected } = given;
  if (params.observe !== undefined) throw new NotRun(DIFFERENCES.noPartitions);
  const errorAt = expected?.findIndex((value) => expectedError(value) !== undefined) ?? -1;
  if (errorAt >= 0 && hasMissing(input[batchAt(given, errorAt)])) throw new NotRun(DIFFERENCES.noBatchIsMissing);
  if (errorAt >= 0 && isAboutCheckpoints(expected?.[errorAt])) throw new NotRun(DIFFERENCES.settledIsForgotten);
  if (errorAt >= 0 && errorAt < (expected?.length ?? 0) - 1) throw new NotRun(DIFFERENCES.failureEndsTheRun);
  const beginsMissing = hasMissing(input[0]);
  const steps = allSteps(params.pipeline ?? []);
  if (beginsMissing && steps.some(({ op, initial }) => op === 'updateStateByKey' && initial !== undefined)) {
    throw new NotRun(DIFFERENCES.noBatchIsMissing);
  }
  if (steps.some((step) => waitsForScan(step, given))) throw new NotRun(DIFFERENCES.timeoutsAreExact);
  const failsByFilter = errorAt >= 0 && steps.some((step) => step.inverse !== undefined && step.filter !== undefined);
  if (failsByFilter || steps.some(slidesPastItsWindow)) throw new NotRun(DIFFERENCES.exactInverse);
}

/** The input that belongs to an expectation. */
function batchAt({ expectedTimesMs, batchDurationMs }: Case, at: number): number {
  const time = expectedTimesMs?.[at];
  return time === undefined ? at : time / (batchDurationMs as number) - 1;
}

/** Spark wants a directory, and an interval that fits, before it begins. */
function isAboutCheckpoints(expected: unknown): boolean {
  return /checkpoint/i.test(String(expectedError(expected)?.messageContains ?? ''));
}

/** Whether a source, or the only one, gives no RDD. */
function hasMissing(batch: unknown): boolean {
  if (batch === null) return true;
  return typeof batch === 'object' && !Array.isArray(batch) && Object.values(batch).some((side) => side === null);
}

/** Spark looks for keys that are due when it checkpoints the state: by default at every tenth batch. */
function waitsForScan({ op, timeoutMs, checkpointIntervalMs }: Step, given: Case): boolean {
  const { params, batchDurationMs, expected, expectedTimesMs } = given;
  const lastMs = expectedTimesMs?.at(-1) ?? (expected?.length ?? 0) * (batchDurationMs as number);
  const isTimed = op === 'mapWithState' && timeoutMs !== undefined && (timeoutMs as number) < lastMs;
  const isAsSet = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  return isTimed && !isAsSet && checkpointIntervalMs !== batchDurationMs;
}

function slidesPastItsWindow({ op, inverse, windowMs, slideMs }: Step): boolean {
  const hasInverse = inverse !== undefined || op === 'countByWindow' || op === 'countByValueAndWindow';
  return hasInverse && slideMs !== undefined && (slideMs as number) > (windowMs as number);
}

/** The steps of a pipeline, with those of the other streams in it. */
export function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => {
    const others = [step.other, ...((step.others as readonly unknown[] | undefined) ?? [])];
    const pipelines = others.map((other) => (other as { pipeline?: readonly Step[] } | undefined)?.pipeline ?? []);
    return [step, ...pipelines.flatMap(allSteps)];
  });
}
