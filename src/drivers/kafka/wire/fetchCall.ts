import type { FetchedPartition, FetchOptions, FetchPartition } from '../KafkaDriver.ts';
import { kafkaFault, THROTTLED } from '../kafkaFault.ts';
import { byTopic } from './byTopic.ts';
import type { WireCall } from './WireCall.ts';
import type { WireReader } from './WireReader.ts';

/**
 * Asks a leader for records, without a fetch session. Topics go by id (v13), so that a recreated topic shows; where the
 * id of one is unknown they all go by name (v12).
 */
export function fetchCall(
  partitions: readonly FetchPartition[],
  options: FetchOptions,
): WireCall<readonly FetchedPartition[]> {
  const byId = partitions.every((at) => at.topicId !== '');
  const names = new Map(partitions.map((at) => [at.topicId, at.topic]));
  return {
    name: 'Fetch',
    key: 1,
    version: byId ? 13 : 12,
    write: (body) => {
      body.int32(-1).int32(options.maxWaitMs).int32(options.minBytes).int32(options.maxBytes);
      body
        .int8(options.isolation === 'read_committed' ? 1 : 0)
        .int32(0)
        .int32(-1);
      body.array(byTopic(partitions), ([topic, wanted]) => {
        if (byId) body.uuid(wanted[0]?.topicId ?? '');
        else body.text(topic);
        body.array(wanted, (at) => {
          body.int32(at.partition).int32(at.leaderEpoch).int64(at.position).int32(-1).int64(-1).int32(at.maxBytes);
        });
      });
      body.array([], () => undefined);
      body.text('').tags();
    },
    read: (body) => {
      const throttledMs = body.int32();
      const whole = kafkaFault(body.int16());
      body.int32();
      const topics = body.array(() => {
        const name = byId ? names.get(body.uuid()) : body.text();
        return body.array(() => readPartition(body, name ?? ''));
      });
      const answers = topics.flat();
      // Whoever has used up his quota gets an answer without any partition, and the time for which he is to wait.
      const fault = whole ?? (throttledMs > 0 && answers.length === 0 ? THROTTLED : undefined);
      return fault === undefined ? answers : partitions.map((at) => withoutRecords(at, fault));
    },
  };
}

/** What a partition answers that has nothing but a fault. */
export function withoutRecords(at: FetchPartition, error: NonNullable<FetchedPartition['error']>): FetchedPartition {
  const { topic, partition } = at;
  return { topic, partition, error, highWatermark: -1, lastStable: -1, logStart: -1, aborted: [], records: NOTHING };
}

const NOTHING = Buffer.alloc(0);

function readPartition(body: WireReader, topic: string): FetchedPartition {
  const partition = body.int32();
  const error = kafkaFault(body.int16());
  const highWatermark = body.int64();
  const lastStable = body.int64();
  const logStart = body.int64();
  const aborted = body.array(() => ({ producerId: body.int64(), firstOffset: body.int64() }));
  body.int32();
  const records = body.view();
  return { topic, partition, highWatermark, lastStable, logStart, aborted, records, ...(error && { error }) };
}
