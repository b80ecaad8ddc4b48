import { queue } from 'rx-dstream';
import { errorAlike, listsAlike } from './alike.ts';
import { type Outcome, type Output, runBatches } from './BatchRun.ts';
import { type Case, type CaseParams, expectedError, type Step } from './Case.ts';
import { flattened } from './flattened.ts';
import { pipelineOf } from './pipeline.ts';
import { allSteps, refuseDifferences } from './refuseDifferences.ts';
import { inFolder, savedAlike } from './savedFiles.ts';
import { snapshotsCase } from './stateSteps.ts';

/** More would be a slip in the case. */
const MOST_BATCHES = 100_000;

/** What a case expected and what it got, both as it is shown to people; `undefined` if they are alike. */
export type Mismatch = { readonly expected: unknown; readonly got: unknown } | undefined;

/** Runs a case that is known to be runnable. */
export type RunCase = () => Promise<Mismatch>;

/** An expectation with its batch time. */
export interface Expected {
  readonly time: number;
  readonly value: unknown;
}

/** A case of kind `dstream` whose source is a list of batches. */
export function dstreamCase(given: Case): RunCase {
  const { params, batchDurationMs } = given;
  const intervalMs = batchDurationMs as number;
  const pipeline = pipelineOf(params.pipeline);
  refuseDifferences(given);
  const expected = expectations(given);
  const isFlattened = params.checkFlattened === true || params.checkFlattenedAsSet === true;
  const count = isFlattened ? given.input.length : batchCount(given, expected);
  const snapshots = snapshotsCase(given);
  const runSnapshots = snapshots === undefined ? undefined : dstreamCase(snapshots);
  return () =>
    inFolder(async (folder) => {
      const outcome = await runBatches(
        {
          intervalMs,
          sources: sourcesOf(given, count),
          build: (source) => pipeline(source(startOf(params)), { source, folder }),
        },
        count,
      );
      const mismatch = isFlattened
        ? flattened(given, outcome)
        : (compared(given, expected, outcome) ?? savedAlike(given, expected, folder));
      return mismatch ?? (await runSnapshots?.());
    });
}

/** What is expected, and when: at each batch, unless the case names the times. */
export function expectations({ expected, expectedTimesMs, batchDurationMs }: Case): readonly Expected[] {
  if (expected !== null && !Array.isArray(expected)) throw new Error('expected an array of expectations');
  return (expected ?? []).map((value, at) => ({
    value,
    time: expectedTimesMs?.[at] ?? (at + 1) * (batchDurationMs as number),
  }));
}

/** As many batches as the case expects something of. After the listed input the source gives empty ones. */
export function batchCount({ batchDurationMs, input }: Case, expected: readonly Expected[]): number {
  if (expected.length === 0) return input.length;
  const count = Math.max(...expected.map(({ time }) => time)) / (batchDurationMs as number);
  if (Number.isInteger(count) && count > 0 && count <= MOST_BATCHES) return count;
  throw new Error(`the last expectation is after ${count} batches of ${batchDurationMs} ms`);
}

/** The source with which the pipeline begins. */
export function startOf({ start, inputs }: CaseParams): string {
  return start ?? inputs?.[0] ?? 'source';
}

/**
 * The sources of a case: one queue of batches for each. A `null` batch, Spark's "no RDD", is an empty batch here
 * (docs/decisions/0020-no-batch-is-missing.md).
 */
export function sourcesOf(
  { params, input }: Case,
  count: number,
  replayable = false,
): Record<string, ReturnType<typeof queue>> {
  const names = params.inputs ?? ['source'];
  const batches = (name: string): readonly (readonly unknown[])[] =>
    Array.from({ length: count }, (_, at) => {
      const batch = params.inputs === undefined ? input[at] : (input[at] as Record<string, unknown> | null)?.[name];
      return (batch ?? []) as readonly unknown[];
    });
  return Object.fromEntries(names.map((name) => [name, queue(batches(name), { name, replayable, completes: false })]));
}

/** Whether Spark gives "no RDD" for some source at this time. */
export function isMissing({ params, input, batchDurationMs }: Case, time: number): boolean {
  const batch = input[time / (batchDurationMs as number) - 1];
  if (batch === null) return true;
  return params.inputs?.some((name) => (batch as Record<string, unknown> | undefined)?.[name] === null) ?? false;
}

/** Compares what came with what was expected. */
export function compared(given: Case, expected: readonly Expected[], outcome: Outcome): Mismatch {
  const by = { ordered: given.ordered, bagsFrom: bagsFrom(given.params.pipeline ?? []) };
  const error = expected.find(({ value }) => expectedError(value) !== undefined);
  const wanted = expected.filter((expectation) => error === undefined || expectation.time < error.time);
  const got = outcome.outputs.filter((output) => !isNothing(given, expected, output));
  const isAlike =
    got.length === wanted.length &&
    got.every(({ time, records }, at) => {
      const want = wanted[at] as Expected;
      return time === want.time && listsAlike(records, want.value as readonly unknown[], by);
    });
  const wantedError = expectedError(error?.value);
  const isErrorAlike =
    wantedError === undefined
      ? outcome.failure === undefined
      : outcome.failure !== undefined && errorAlike(outcome.failure.error, wantedError);
  return isAlike && isErrorAlike ? undefined : { expected: expected.map(shownExpectation), got: shownOutcome(outcome) };
}

/** An empty batch at a time at which Spark gives none, and nothing is expected, is nothing. */
function isNothing(given: Case, expected: readonly Expected[], { time, records }: Output): boolean {
  return records.length === 0 && isMissing(given, time) && !expected.some((expectation) => expectation.time === time);
}

/** The lists of a group are bags; after a join or cogroup those within its sides, whose order counts. */
function bagsFrom(steps: readonly Step[]): number | undefined {
  const isGroup = ({ op }: Step): boolean => op.startsWith('groupByKey');
  const paired = steps.findLastIndex(({ op }) => op === 'cogroup' || op.toLowerCase().endsWith('join'));
  if (steps.slice(paired + 1).some(isGroup)) return 1;
  return steps[paired]?.op === 'cogroup' || allSteps(steps).some(isGroup) ? 2 : undefined;
}

const shownExpectation = ({ time, value }: Expected): unknown => ({ time, value });

function shownOutcome({ outputs, failure }: Outcome): unknown {
  const shown: unknown[] = outputs.map(({ time, records }) => ({ time, value: records }));
  if (failure !== undefined) shown.push({ error: String(failure.error) });
  return shown;
}
