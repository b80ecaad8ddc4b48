import type { CommittedOffset } from '../../core/OffsetRange.ts';
import { partitionKey } from '../../core/OffsetRange.ts';
import type { OffsetSpec, TopicPartition } from '../../drivers/kafka/KafkaDriver.ts';
import { type KafkaPosition, rememberedPartitions } from './kafkaPosition.ts';

/** An offset of one partition, to start at. */
export interface OffsetPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Where a source starts that nobody has got anywhere with yet. */
export type StartFrom = 'earliest' | 'latest' | { readonly timestampMs: number } | readonly OffsetPosition[];

/** Where one partition starts: at an offset, or at one that has to be asked for. */
export type PartitionStart =
  | { readonly offset: number; readonly topicId?: string; readonly leaderEpoch?: number }
  | { readonly spec: OffsetSpec };

/** Where each partition starts, and what knew it. */
export interface Starts {
  readonly origin: 'checkpoint' | 'store' | 'options';
  of(at: TopicPartition): PartitionStart;
}

/**
 * Who decides: the position of the checkpoint, else the offsets of the store, else the options. What the one that decides
 * does not know has appeared later and starts at its beginning, unless the options name an offset for it.
 */
export function startOffsets(
  position: KafkaPosition | undefined,
  committed: readonly CommittedOffset[],
  from: StartFrom,
): Starts {
  const named = new Map(Array.isArray(from) ? from.map((at: OffsetPosition) => [partitionKey(at), at.offset]) : []);
  const otherwise = (at: TopicPartition): PartitionStart => {
    const offset = named.get(partitionKey(at));
    return offset === undefined ? { spec: 'earliest' } : { offset };
  };
  if (position !== undefined) {
    const remembered = rememberedPartitions(position);
    return {
      origin: 'checkpoint',
      of(at) {
        const known = remembered.get(partitionKey(at));
        if (known === undefined) return otherwise(at);
        return { offset: known.next, topicId: known.topicId, leaderEpoch: known.leaderEpoch };
      },
    };
  }
  if (committed.length > 0) {
    const untils = new Map(committed.map((offset) => [partitionKey(offset), offset.until]));
    return {
      origin: 'store',
      of(at) {
        const offset = untils.get(partitionKey(at));
        return offset === undefined ? otherwise(at) : { offset };
      },
    };
  }
  return { origin: 'options', of: Array.isArray(from) ? otherwise : () => ({ spec: from as OffsetSpec }) };
}
