import { randomBytes } from 'node:crypto';
import { asyncScheduler, firstValueFrom, from, type SchedulerLike, timeout } from 'rxjs';
import { functionArgument, refuse, schedulerArgument, textArgument, timerMilliseconds } from '../../core/arguments.ts';
import type { Milliseconds } from '../../core/durations.ts';
import { StreamError } from '../../core/errors.ts';
import { knownOptions } from '../../core/knownOptions.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import type { GroupOffsetCommit, TopicPartition } from '../../drivers/kafka/KafkaDriver.ts';
import type { KafkaTarget } from '../../drivers/kafka/KafkaTarget.ts';
import { type DriverInUse, kafkaDriverFor } from '../../drivers/kafka/kafkaDriverFor.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetStore } from '../OffsetStore.ts';
import { kafkaStoreError, partitionRefusal } from './kafkaStoreError.ts';

/** Options of {@link kafkaOffsets}. */
export interface KafkaOffsetsOptions {
  /** kafkajs's configuration, its `Kafka` object, or a `KafkaDriver`. */
  readonly kafka: KafkaTarget;
  /** The consumer group whose offsets these are. No consumer may ever join it. */
  readonly group: string;
  /**
   * What Kafka keeps beside each offset, for people and tools to see: a text, or a function of the offset; 4000 bytes at
   * most. The store adds who it is (`[writer 1f0c9a2e]`), which tells two pipelines on one group apart. Default: that alone.
   */
  readonly metadata?: string | ((offset: CommittedOffset) => string);
  /** Milliseconds within which every call settles, connecting included. Default 10 000. */
  readonly commandTimeoutMs?: Milliseconds;
  /** Measures the timeout. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

/**
 * An offset store in Kafka itself, where every tool for consumer groups sees it (`kafka-consumer-groups.sh`, lag exporters).
 * No group is joined: the offsets are committed without a member, as Kafka lets whoever is not in a group do.
 *
 * - A commit reads what is there before it writes, so that offsets are raised and never lowered. Kafka does not keep two writers
 *   at the very same moment apart; whoever comes second finds the other's name beside the offset and reports it.
 * - Offsets that did not change are written again: Kafka forgets those of an idle group (after 7 days by default).
 * - `OFFSET_STORE_UNAVAILABLE` (retriable): Kafka or the group's coordinator cannot be reached. `OFFSET_STORE_FAILED`: a consumer
 *   has joined the group, a topic is unknown, or Kafka refuses for another reason. `INVALID_ARGUMENT`: an option or an offset.
 * - As durable as Kafka's own offsets topic. Its connection is opened at the first call and keeps the process alive until
 *   `close`.
 */
export function kafkaOffsets(options: KafkaOffsetsOptions): OffsetStore {
  const { group, metadata, commandTimeoutMs, scheduler, kafka } = checked(options);
  const attempts = new OwnAttempts();
  const writer = `[writer ${randomBytes(4).toString('hex')}]`;
  /** Partitions whose last offset was written here, as far as it is known: with another's name beside it, somebody came after. */
  const written = new Set<string>();
  let inUse: DriverInUse | undefined = kafkaDriverFor('kafkaOffsets(kafka)', kafka);
  let last: Promise<unknown> = Promise.resolve();

  /** One call at a time, each within the timeout. */
  function inTurn<T>(act: 'load' | 'commit', work: (driver: DriverInUse['driver']) => Promise<T>): Promise<T> {
    const call = last.then(() => {
      if (inUse === undefined) throw closed(group);
      const limited = from(work(inUse.driver)).pipe(timeout({ first: commandTimeoutMs, scheduler }));
      return firstValueFrom(limited).catch((error: unknown) => kafkaStoreError(act, group, commandTimeoutMs, error));
    });
    last = call.catch(() => undefined);
    return call;
  }

  return {
    name: `kafka ${group}`,
    load(query) {
      return inTurn('load', async (driver) => {
        const offsets = await driver.committed(group);
        return queried(
          offsets.flatMap((offset) => heldOf('load', group, offset)),
          query,
        );
      });
    },
    commit(offsets) {
      const wanted = checkedCommit('kafkaOffsets', offsets);
      if (wanted.length === 0) return { foreign: [] };
      return inTurn('commit', async (driver): Promise<CommitOutcome> => {
        const partitions = wanted.map(({ topic, partition }): TopicPartition => ({ topic, partition }));
        const committed = await driver.committed(group, partitions);
        const held = new Map(
          committed
            .flatMap((offset) => heldOf('commit', group, offset))
            .map((offset) => [partitionKey(offset), offset] as const),
        );
        const overwritten = committed.filter(
          (offset) => written.has(partitionKey(offset)) && offset.metadata?.endsWith(writer) === false,
        );
        const own = attempts.note(wanted);
        const raised = wanted.filter((offset) => offset.until >= (held.get(partitionKey(offset))?.until ?? 0));
        const answers = await driver.commit(
          group,
          raised.map((offset) => withMetadata(offset, metadata, writer)),
        );
        const refusal = answers.find(({ error }) => error !== undefined);
        if (refusal?.error !== undefined) throw await partitionRefusal(group, refusal, refusal.error, driver);
        for (const offset of raised) written.add(partitionKey(offset));
        const foreign = new Map(foreignOffsets(held, wanted, own).map((found) => [partitionKey(found), found]));
        for (const offset of overwritten) {
          const found = held.get(partitionKey(offset));
          if (found !== undefined) foreign.set(partitionKey(found), found);
        }
        return { foreign: [...foreign.values()] };
      });
    },
    async close() {
      const closing = inUse;
      inUse = undefined;
      if (closing?.isOurs === true) await closing.driver.close(1000);
    },
  };
}

/** What a partition holds: nothing, or its offset. */
function heldOf(
  act: 'load' | 'commit',
  group: string,
  {
    topic,
    partition,
    offset,
    error,
  }: {
    readonly offset?: number;
    readonly error?: { readonly name: string; readonly retriable: boolean };
  } & TopicPartition,
): readonly CommittedOffset[] {
  if (error !== undefined) {
    throw new StreamError(
      error.retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED',
      `kafkaOffsets ${act}: Kafka does not tell the offset of ${topic}[${partition}] in group ${group}: ${error.name}.`,
      { retriable: error.retriable, details: { group, topic, partition, fault: error.name } },
    );
  }
  return offset === undefined || offset < 0 ? [] : [{ topic, partition, until: offset }];
}

function withMetadata(
  { topic, partition, until }: OffsetCommit,
  metadata: KafkaOffsetsOptions['metadata'],
  writer: string,
): GroupOffsetCommit {
  const text = typeof metadata === 'function' ? metadata({ topic, partition, until }) : (metadata ?? '');
  return { topic, partition, offset: until, metadata: `${text} ${writer}`.trimStart() };
}

function closed(group: string): StreamError {
  return new StreamError('OFFSET_STORE_FAILED', `kafkaOffsets: the store of group ${group} is closed; make a new one.`);
}

function checked(
  options: KafkaOffsetsOptions,
): Required<Omit<KafkaOffsetsOptions, 'metadata'>> & Pick<KafkaOffsetsOptions, 'metadata'> {
  if (typeof options !== 'object' || options === null) refuse('kafkaOffsets', 'options: { kafka, group }', options);
  knownOptions('kafkaOffsets', options, OPTIONS);
  const { kafka, group, metadata, commandTimeoutMs = 10_000, scheduler = asyncScheduler } = options;
  if (metadata !== undefined && typeof metadata !== 'string') functionArgument('kafkaOffsets(metadata)', metadata);
  return {
    kafka,
    group: textArgument('kafkaOffsets(group)', group),
    ...(metadata === undefined ? {} : { metadata }),
    commandTimeoutMs: timerMilliseconds('kafkaOffsets(commandTimeoutMs)', commandTimeoutMs),
    scheduler: schedulerArgument('kafkaOffsets(scheduler)', scheduler),
  };
}

const OPTIONS: Readonly<Record<keyof KafkaOffsetsOptions, true>> = {
  kafka: true,
  group: true,
  metadata: true,
  commandTimeoutMs: true,
  scheduler: true,
};
