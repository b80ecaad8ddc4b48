import { TimeoutError } from 'rxjs';
import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import type { KafkaDriver, TopicPartition } from '../../drivers/kafka/KafkaDriver.ts';
import type { KafkaFault } from '../../drivers/kafka/kafkaFault.ts';

/** What helps against the refusals that people meet. */
const ADVICE: Readonly<Record<string, string>> = {
  UNKNOWN_MEMBER_ID:
    'A consumer has joined this group, and Kafka then takes offsets from its members only. Give the pipeline a group of its own that no consumer uses.',
  UNKNOWN_TOPIC_OR_PARTITION: 'Kafka keeps offsets of topics it has. If the topic was deleted, stop reading it.',
  GROUP_AUTHORIZATION_FAILED: 'Allow the user to READ this group.',
  TOPIC_AUTHORIZATION_FAILED: 'Allow the user to READ this topic.',
  OFFSET_METADATA_TOO_LARGE: 'Shorten metadata (offset.metadata.max.bytes of the brokers).',
  INVALID_COMMIT_OFFSET_SIZE: 'Commit fewer partitions, or raise offset.metadata.max.bytes.',
};

/** Throws a failure of the driver, or a call that took too long, as the store's. */
export function kafkaStoreError(act: 'load' | 'commit', group: string, timeoutMs: number, error: unknown): never {
  if (isStreamError(error) && error.code.startsWith('OFFSET_STORE')) throw error;
  const ambiguous =
    act === 'commit' ? 'The commit may have taken effect; repeating it is safe.' : 'Is it running there?';
  if (error instanceof TimeoutError) {
    const message = `kafkaOffsets ${act}: Kafka gave no answer for group ${group} within ${timeoutMs} ms. ${ambiguous}`;
    throw new StreamError('OFFSET_STORE_UNAVAILABLE', message, { cause: error, retriable: true });
  }
  const reason = reasonOf(error).replace(/[.]?$/, '.');
  const mayPass = isStreamError(error) && (error.retriable || error.code === 'DATA_CORRUPT');
  if (mayPass) {
    throw new StreamError('OFFSET_STORE_UNAVAILABLE', `kafkaOffsets ${act}: ${reason} ${ambiguous}`, {
      cause: error,
      retriable: true,
    });
  }
  throw new StreamError('OFFSET_STORE_FAILED', `kafkaOffsets ${act}: ${reason}`, { cause: error });
}

/** Why a partition's offset was not taken. An unknown topic may have been made just now: the metadata decides. */
export async function partitionRefusal(
  group: string,
  { topic, partition }: TopicPartition,
  fault: KafkaFault,
  driver: KafkaDriver,
): Promise<StreamError> {
  const isUnknown = fault.name === 'UNKNOWN_TOPIC_OR_PARTITION';
  const retriable = isUnknown ? await exists(topic, driver) : fault.retriable;
  const advice = ADVICE[fault.name] ?? '';
  return new StreamError(
    retriable ? 'OFFSET_STORE_UNAVAILABLE' : 'OFFSET_STORE_FAILED',
    `kafkaOffsets commit: Kafka does not take the offset of ${topic}[${partition}] for group ${group}: ${fault.name}. ${advice}`.trimEnd(),
    { retriable, details: { group, topic, partition, fault: fault.name } },
  );
}

async function exists(topic: string, driver: KafkaDriver): Promise<boolean> {
  const { topics } = await driver.metadata([topic]);
  return topics.some(({ name, error }) => name === topic && error?.name !== 'UNKNOWN_TOPIC_OR_PARTITION');
}
