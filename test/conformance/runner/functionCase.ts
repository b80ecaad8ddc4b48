import { batchOutputName } from '../../../src/drivers/files/batchOutputName.ts';
import { timeOfValue, valueAtSecond } from '../../../src/sources/rate/rateArithmetic.ts';
import { errorAlike, listsAlike, valuesAlike } from './alike.ts';
import { type Case, expectedError, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { Mismatch, RunCase } from './dstreamCase.ts';
import { fileSelected, refuseHadoopNames } from './fileSelected.ts';
import { firesAt, firstBatchTime } from './firstBatch.ts';
import { kafkaMaxMessagesPerPartition, refuseRatesByPartition } from './kafkaRanges.ts';
import { oneKeyCase } from './oneKeyCase.ts';
import { estimatorNamed, pidCase, pidOf, receiverLimit } from './rateCase.ts';
import { timeFunctions } from './timeFunctions.ts';

// biome-ignore lint/suspicious/noExplicitAny: arguments of vectors have no type
type Arguments = any;

/** The functions that this project contains in one form or another; arguments come from the case and from each input. */
const FUNCTIONS: Readonly<Record<string, (args: Arguments) => unknown>> = {
  batchOutputName: ({ prefix, suffix, timeMs }) => batchOutputName(prefix ?? '', suffix ?? '', timeMs),

  /** A context's clock, asked by starting one. */
  firstBatchTimes: async ({ nowMs, batchMs, intervalMs }) => {
    const interval: number = batchMs ?? intervalMs;
    const firstBatchMs = await firstBatchTime(nowMs, interval);
    const zeroTimeMs = firstBatchMs - interval;
    return { zeroTimeMs, zeroMs: zeroTimeMs, firstBatchMs, firstBatchTimeMs: firstBatchMs };
  },
  nextBatchTime: ({ input, nowMs = input, intervalMs }) => firstBatchTime(nowMs, intervalMs),
  streamFiresAt: ({ timeMs, slideMs, zeroTimeMs = 0 }) => firesAt(timeMs, slideMs, zeroTimeMs),

  fileIsSelected: fileSelected,

  ...timeFunctions,

  newPidRateEstimator: (args) => void pidOf(args),
  rateLimiterCurrentLimit: receiverLimit,
  kafkaMaxMessagesPerPartition,
  createRateEstimator: (args) => estimatorNamed(args['spark.streaming.backpressure.rateEstimator']),

  valueAtSecond: ({ input, ...named }) => {
    const { second, rowsPerSecond, rampUpTimeSeconds = 0 } = named;
    const [at, perSecond, rampSeconds] = Array.isArray(input) ? input : [second, rowsPerSecond, rampUpTimeSeconds];
    return valueAtSecond(at, { perSecond, rampSeconds });
  },
  rateTimestampOfValue: ({ value, rowsPerSecond, rampUpTimeSeconds = 0, startMs = 0 }) =>
    startMs + timeOfValue(value, { perSecond: rowsPerSecond, rampSeconds: rampUpTimeSeconds }),
};

const EVENT_TIME = 'event time comes with a later step';
const GROUP_STATE = 'state by group, whose function sets a time for each key, comes with event time';

/** Functions that are not here, and why. */
const LACKING: Readonly<Record<string, string>> = {
  defaultStreamCheckpointIntervalMs: DIFFERENCES.settledIsForgotten,
  minRememberMs: DIFFERENCES.settledIsForgotten,
  effectiveStateCheckpointIntervalMs: DIFFERENCES.settledIsForgotten,
  batchesToRerunOnRestart: DIFFERENCES.missedTimes,
  fixKafkaParamsForReading: 'kafkaDirect joins no consumer group, so there are no consumer settings to correct',
  splitOffsetRanges: DIFFERENCES.noPartitions,
  countPerTimeWindow: EVENT_TIME,
  parseWatermarkDelay: EVENT_TIME,
  setWatermarkPolicy: EVENT_TIME,
  joinOutputWatermark: EVENT_TIME,
  createFileSource: 'textFiles has other options than this source: they are checked one by one',
  createKafkaSource: 'kafkaDirect has other options than this source: no least number of offsets for a batch',
  createRateSource: 'rate has other options than this source: recordsPerSecond, and no partitions',
  groupStateStep: GROUP_STATE,
  formatBatchTime: 'the web page of a stream comes with a later step',
  normalizeDuration: 'the web page of a stream comes with a later step',
};

/** A case of kind `function`: one call for each input. */
export function functionCase(given: Case): RunCase {
  const { params, input, expected, ordered } = given;
  const { fn = '', ...common } = params;
  if (fn === 'mapWithStateUpdateOneKey') return oneKeyCase(given);
  if (fn === 'pidRateEstimator') return pidCase(given);
  const call = Object.hasOwn(FUNCTIONS, fn) ? FUNCTIONS[fn] : undefined;
  if (call === undefined) throw new NotRun(LACKING[fn] ?? `the runner does not know the function '${fn}'`);
  const calls = input.map((one) => ({ ...common, input: one, ...(isNamed(one) ? one : {}) }));
  if (fn === 'streamFiresAt') refuseOtherPhase(calls);
  if (fn === 'nextBatchTime') refuseNoInterval(calls);
  if (fn === 'kafkaMaxMessagesPerPartition') refuseRatesByPartition(calls as readonly Arguments[]);
  if (fn === 'fileIsSelected') refuseHadoopNames(given);
  return async () => {
    const got: unknown[] = [];
    let isAlike = true;
    for (const [at, args] of calls.entries()) {
      const result = await outcomeOf(() => call(args));
      const want = expected?.[at];
      const wantedError = expectedError(want);
      const { value, failure } = result;
      got.push(failure === undefined ? value : { error: String(failure.error) });
      isAlike &&=
        failure !== undefined
          ? wantedError !== undefined && errorAlike(failure.error, wantedError)
          : alike(value, want, ordered);
    }
    return (isAlike ? undefined : { expected, got }) satisfies Mismatch;
  };
}

/** Spark's trigger without an interval says "now". */
function refuseNoInterval(calls: readonly Arguments[]): void {
  if (calls.some(({ intervalMs }) => intervalMs === 0)) throw new NotRun('a drain trigger has no times to ask for');
}

/** Slides count from the epoch here: the same as counting from a zero time that is a multiple of the slide. */
function refuseOtherPhase(calls: readonly Arguments[]): void {
  const isOther = calls.some(({ zeroTimeMs = 0, slideMs }) => zeroTimeMs % slideMs !== 0);
  if (isOther) throw new NotRun(DIFFERENCES.timesFromTheEpoch);
}

async function outcomeOf(
  call: () => unknown,
): Promise<{ readonly value?: unknown; readonly failure?: { readonly error: unknown } }> {
  try {
    return { value: await call() };
  } catch (error) {
    return { failure: { error } };
  }
}

/** Names that a vector leaves out of an expected object are not compared. */
function alike(got: unknown, want: unknown, ordered: boolean): boolean {
  if (Array.isArray(got) && Array.isArray(want)) return listsAlike(got, want, { ordered });
  if (isNamed(got) && isNamed(want)) return Object.keys(want).every((key) => valuesAlike(got[key], want[key]));
  return valuesAlike(got, want);
}

function isNamed(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
