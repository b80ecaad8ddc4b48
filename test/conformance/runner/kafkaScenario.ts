import {
  batchInterval,
  foreachBatch,
  mapRecords,
  memoryCheckpoint,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import { asText, kafkaDirect } from 'rx-dstream/kafka';
import { FakeKafkaDriver } from '../../support/fakeKafkaDriver.ts';
import { type Case, NotRun } from './Case.ts';
import type { Mismatch, RunCase } from './dstreamCase.ts';
import { kafkaRangeCase, kafkaRateCase } from './kafkaRanges.ts';

/** Milliseconds. */
const INTERVAL = 10;

/** A scenario of a direct stream over Kafka, or `undefined` if it is about something else. */
export function kafkaScenario(given: Case): RunCase | undefined {
  switch (given.operation) {
    case 'kafka.direct.rate':
      return kafkaRateCase(given);
    case 'kafka.rdd':
      return kafkaRangeCase(given);
    case 'kafka.direct.subscribe':
      return given.params.checkpoint === true ? recovered(given) : received(given);
    default:
      return undefined;
  }
}

interface Subscription {
  readonly topics?: readonly string[];
  readonly 'auto.offset.reset': 'earliest' | 'latest';
  readonly fromOffsets?: Readonly<Record<string, number>>;
  readonly messagesPerTopic?: number;
  readonly before?: Readonly<Record<string, number>>;
  readonly after?: Readonly<Record<string, number>>;
}

/** What comes of topics that were filled before, or while they are read. */
function received({ params, expected }: Case): RunCase {
  const { topics = ['lines'], fromOffsets = {}, messagesPerTopic = 0, ...more } = params as unknown as Subscription;
  const { before = {}, after = {}, 'auto.offset.reset': reset } = more;
  const [want] = expected as readonly [Readonly<Record<string, unknown>>];
  const named = Object.entries(fromOffsets).map(([at, offset]) => {
    const [, topic, partition] = /^(.*)-(\d+)$/.exec(at) as unknown as [string, string, string];
    return { topic, partition: Number(partition), offset };
  });
  // Partitions that are not named start at their beginning here, which is what the case asks of them.
  if (named.length > 0 && reset !== 'earliest') throw new NotRun('given offsets go with the earliest ones');
  return async () => {
    const kafka = new FakeKafkaDriver();
    for (const topic of topics) {
      const [partition] = kafka.topic(topic);
      if (messagesPerTopic > 0) partition?.append(...Array.from({ length: messagesPerTopic }, (_, i) => `m${i}`));
      if (Object.keys(before).length > 0) partition?.append(...repeated(before));
    }
    const values: string[] = [];
    let fitsRanges = true;
    let counted = 0;
    const stream = new StreamingContext({ interval: INTERVAL, onWarning: () => {} });
    stream.progress$.subscribe((event) => {
      if (event.type === 'batch') counted += event.sources.reduce((sum, { records = 0 }) => sum + records, 0);
    });
    const idle = new Promise<void>((resolve, reject) => {
      let empty = 0;
      let isFirst = true;
      kafkaDirect({ kafka, topics, from: named.length > 0 ? named : reset, value: asText() })
        .pipe(
          batchInterval(stream),
          foreachBatch(({ records, offsets }) => {
            for (const { value } of records) values.push(value);
            const size = offsets.reduce((sum, { from, until }) => sum + until - from, 0);
            if (size !== records.length) fitsRanges = false;
            empty = records.length === 0 ? empty + 1 : 0;
            if (isFirst && Object.keys(after).length > 0)
              kafka.partitions.get(topics[0] as string)?.[0]?.append(...repeated(after));
            isFirst = false;
            if (empty >= 5) resolve();
          }),
        )
        .subscribe({ error: reject });
    });
    await idle;
    await stream.stop();
    const got: Readonly<Record<string, unknown>> = {
      received: values.length,
      everyPartitionSizeEqualsOffsetRange: fitsRanges,
      numRecordsSubmitted: counted,
      numRecordsStarted: counted,
      numRecordsCompleted: counted,
    };
    const isAlike = Object.entries(want).every(([fact, wanted]) => {
      if (fact === 'receivedContains') return [wanted].flat().every((value) => values.includes(value as string));
      if (fact === 'receivedLacks') return Array.isArray(wanted) && wanted.every((value) => !values.includes(value));
      return got[fact] === wanted;
    });
    return (isAlike ? undefined : { expected, got: [{ ...got, values }] }) satisfies Mismatch;
  };
}

/** How a case says that a new life ran nothing else than what the one before had planned. */
const SAME_AGAIN = 'subset of those before the stop, same batch times';

/** A sum over all values, in one life and, from its checkpoint, in the next. */
function recovered({ input, expected }: Case): RunCase {
  return async () => {
    const kafka = new FakeKafkaDriver();
    const [partition] = kafka.topic('lines');
    const checkpoint = memoryCheckpoint({ durable: true });
    const ranges: string[][] = [];
    let total = 0;
    let firstRangeFromOffset: number | undefined;
    let stream = begin();

    function begin(): StreamingContext {
      const context = new StreamingContext({ interval: INTERVAL, checkpoint, onWarning: () => {} });
      const life: string[] = [];
      ranges.push(life);
      kafkaDirect({ kafka, topics: ['lines'], from: 'earliest', value: asText() })
        .pipe(
          batchInterval(context),
          mapRecords(({ value }) => ['sum', Number(value)] as const),
          updateStateByKey(
            (values: readonly number[], sum: number | undefined) => {
              return values.reduce((left, right) => left + right, sum ?? 0);
            },
            { name: 'sum' },
          ),
          foreachBatch(({ records, offsets, time }) => {
            for (const [, sum] of records) total = sum;
            firstRangeFromOffset ??= offsets[0]?.from;
            life.push(`${time} ${offsets.map(({ from, until }) => `${from}-${until}`)}`);
          }),
        )
        .subscribe();
      return context;
    }

    const got: object[] = [];
    for (const [at, step] of (input as readonly { send?: readonly number[]; call?: string }[]).entries()) {
      const want = expected?.[at] as { readonly total?: number; readonly firstRangeFromOffset?: number };
      if (step.send !== undefined) {
        partition?.append(...step.send.map(String));
        while (total < (want.total ?? 0)) await new Promise((resolve) => setTimeout(resolve, 1));
        got.push({ total, ...(want.firstRangeFromOffset !== undefined && { firstRangeFromOffset }) });
      } else {
        await stream.stop();
        stream = begin();
        got.push({ recoveredOffsetRanges: undefined });
      }
    }
    await stream.stop();
    // A batch of the first life that had not settled ran again, with its time and its ranges; no other of its times came twice.
    const [first = [], second = []] = ranges;
    const times = new Set(first.map((one) => one.split(' ')[0]));
    const again = second.filter((one) => times.has(one.split(' ')[0]));
    const recoveredOffsetRanges = again.every((one) => first.includes(one)) ? SAME_AGAIN : again;
    const facts = got.map((fact) => ('recoveredOffsetRanges' in fact ? { recoveredOffsetRanges } : fact));
    return JSON.stringify(facts) === JSON.stringify(expected) ? undefined : { expected, got: facts };
  };
}

function repeated(counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).flatMap(([value, count]) => Array.from({ length: count }, () => value));
}
