import { FakeKafkaDriver } from '../../support/fakeKafkaDriver.ts';
import { errorAlike, listsAlike, valuesAlike } from './alike.ts';
import { type Case, expectedError, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { KafkaByHand } from './KafkaByHand.ts';

interface RateArguments {
  readonly batchMs: number;
  readonly maxRatePerPartition?: number;
  readonly maxRatePerPartitionBy?: object;
  readonly backpressure?: boolean;
  readonly initialRate?: number;
  readonly latestRate: number | null;
  readonly lag: Readonly<Record<string, number>>;
}

/** How many offsets of each partition the next batch takes; an estimate that is not there yet is the initial rate. */
export async function kafkaMaxMessagesPerPartition(args: RateArguments): Promise<Record<string, number>> {
  const { batchMs, maxRatePerPartition = Number.POSITIVE_INFINITY, latestRate, initialRate, lag } = args;
  const rate = latestRate !== null && latestRate > 0 ? latestRate : latestRate === null ? undefined : initialRate;
  const kafka = new FakeKafkaDriver();
  const partitions = kafka.topic('lines', Object.keys(lag).length);
  for (const [partition, count] of Object.entries(lag)) partitions[Number(partition)]?.append(...values(count));
  const source = await KafkaByHand.open(kafka, { topics: ['lines'], maxRatePerPartition });
  try {
    const { cut } = await source.cut(batchMs, rate === undefined ? undefined : Math.floor((rate * batchMs) / 1000));
    return Object.fromEntries((cut.offsets ?? []).map(({ partition, from, until }) => [partition, until - from]));
  } finally {
    await source.close();
  }
}

/** Spark takes a rate for each partition from the configuration. */
export function refuseRatesByPartition(calls: readonly { readonly maxRatePerPartitionBy?: object }[]): void {
  if (calls.some(({ maxRatePerPartitionBy }) => maxRatePerPartitionBy !== undefined)) {
    throw new NotRun(DIFFERENCES.kafkaLimits);
  }
}

/** A backlog, cut under one estimate after the other. */
export function kafkaRateCase({ params, input, expected, batchDurationMs }: Case): RunCase {
  const { partitions, backlog, maxRatePerPartition } = params as Record<string, number>;
  const intervalMs = batchDurationMs as number;
  return async () => {
    const kafka = new FakeKafkaDriver();
    for (const partition of kafka.topic('lines', partitions)) partition.append(...values(backlog as number));
    const source = await KafkaByHand.open(kafka, {
      topics: ['lines'],
      maxRatePerPartition: maxRatePerPartition as number,
    });
    const got: unknown[] = [];
    for (const { rate } of input as readonly { rate: number }[]) {
      const { cut } = await source.cut(intervalMs, Math.floor((rate * intervalMs) / 1000));
      got.push({ someBatchSize: (await source.read(cut)).length });
    }
    await source.close();
    return listsAlike(got, expected ?? [], { ordered: true }) ? undefined : { expected, got };
  };
}

interface RangeCall {
  readonly range: readonly [from: number, until: number];
  readonly call: 'collect' | 'count' | 'take' | 'isEmpty';
  readonly n?: number;
}

/** Ranges of a compacted topic, read again and again. */
export function kafkaRangeCase(given: Case): RunCase {
  const { params, input, expected } = given;
  const { surviving, appended, allowNonConsecutiveOffsets } = params as {
    surviving: Readonly<Record<string, readonly [string, string]>>;
    appended?: readonly unknown[];
    allowNonConsecutiveOffsets: boolean;
  };
  if (!allowNonConsecutiveOffsets) throw new NotRun(DIFFERENCES.kafkaLimits);
  return async () => {
    const got: unknown[] = [];
    let isAlike = true;
    for (const [at, call] of (input as readonly RangeCall[]).entries()) {
      const want = expected?.[at];
      const outcome = await called(call, surviving, appended?.length ?? 0).catch((error: unknown) => ({ error }));
      got.push('error' in outcome ? { error: String(outcome.error) } : outcome);
      const wantedError = expectedError(want);
      isAlike &&=
        'error' in outcome
          ? wantedError !== undefined && errorAlike(outcome.error, wantedError)
          : outcomeAlike(outcome, want as Outcome);
    }
    return isAlike ? undefined : { expected, got };
  };
}

interface Outcome {
  readonly returns?: unknown;
  readonly returnsUnordered?: readonly unknown[];
  readonly returnsCount?: number;
}

async function called(
  { range: [from, until], call, n }: RangeCall,
  surviving: Readonly<Record<string, readonly [string, string]>>,
  end: number,
): Promise<Outcome> {
  const kafka = new FakeKafkaDriver();
  const [partition] = kafka.topic('lines');
  const records = Object.entries(surviving).map(([offset, [key, value]]) => ({
    offsetDelta: Number(offset),
    key,
    value,
  }));
  partition?.append({ records, lastOffsetDelta: end - 1 });
  const source = await KafkaByHand.open(kafka, {
    assign: [{ topic: 'lines', partitions: [0] }],
    from: [{ topic: 'lines', partition: 0, offset: from }],
  });
  try {
    const id = kafka.topicIds.get('lines') as string;
    const ranges = from === until ? [] : [['lines', 0, from, until]];
    const reading = source.read({ data: { ids: { lines: id }, ranges } }, call === 'take' ? n : undefined);
    // What a batch was planned to have and the log has not is found out by the cut after it.
    const ending = until > end ? source.cut(10).then((first) => endOf(source, first)) : undefined;
    const read = await Promise.race(ending === undefined ? [reading] : [reading, ending]);
    const pairs = read.map(({ keyText, valueText }) => [keyText, valueText]);
    if (call === 'count') return { returns: pairs.length };
    if (call === 'isEmpty') return { returns: pairs.length === 0 };
    return { returns: pairs, returnsUnordered: pairs, returnsCount: pairs.length };
  } finally {
    await source.close();
  }
}

async function endOf(
  source: KafkaByHand,
  first: { readonly last?: boolean; readonly error?: unknown },
): Promise<never> {
  let answer = first;
  while (answer.last !== true) answer = await source.cut(10);
  throw answer.error;
}

function outcomeAlike(got: Outcome, want: Outcome): boolean {
  if (want.returnsUnordered !== undefined) {
    return listsAlike(got.returnsUnordered ?? [], want.returnsUnordered, { ordered: false });
  }
  if (want.returnsCount !== undefined) return got.returnsCount === want.returnsCount;
  return valuesAlike(got.returns, want.returns);
}

function values(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `v${i}`);
}
