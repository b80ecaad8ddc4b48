import { StreamError } from '../../../core/errors.ts';
import type { TopicPartition } from '../KafkaDriver.ts';

/*
 * What the members of a consumer group tell each other through its coordinator, which does not look into it: the topics each wants,
 * and the partitions each gets. Every client of Kafka writes them like this (version 0; later versions only add to the end).
 */

/** What a member wants. */
export function writeSubscription(topics: readonly string[]): Buffer {
  return Buffer.concat([int16(0), int32(topics.length), ...topics.map(text), int32(-1)]);
}

/** The topics that a member wants. */
export function readSubscription(bytes: Buffer): readonly string[] {
  const reader = new ProtocolReader(bytes, 'subscription');
  reader.int16();
  return reader.array(() => reader.text());
}

/** What a member gets. */
export function writeAssignment(partitions: readonly TopicPartition[]): Buffer {
  const byTopic = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const numbers = byTopic.get(topic) ?? [];
    byTopic.set(topic, numbers);
    numbers.push(partition);
  }
  const topics = [...byTopic].map(([topic, numbers]) =>
    Buffer.concat([text(topic), int32(numbers.length), ...numbers.map(int32)]),
  );
  return Buffer.concat([int16(0), int32(topics.length), ...topics, int32(-1)]);
}

/** The partitions that a member gets; a leader may write nothing for who gets none. */
export function readAssignment(bytes: Buffer): readonly TopicPartition[] {
  if (bytes.length === 0) return [];
  const reader = new ProtocolReader(bytes, 'assignment');
  reader.int16();
  return reader
    .array(() => {
      const topic = reader.text();
      return reader.array(() => ({ topic, partition: reader.int32() }));
    })
    .flat();
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

/** Reads what another client may have written: every length is held against the bytes there are. */
class ProtocolReader {
  private at = 0;
  private readonly bytes: Buffer;
  private readonly what: string;

  constructor(bytes: Buffer, what: string) {
    this.bytes = bytes;
    this.what = what;
  }

  int16(): number {
    return this.bytes.readInt16BE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  text(): string {
    const length = this.int16();
    const at = this.take(length);
    return this.bytes.toString('utf8', at, at + length);
  }

  array<T>(read: () => T): T[] {
    const items: T[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(read());
    return items;
  }

  private take(size: number): number {
    const at = this.at;
    if (size < 0 || size > this.bytes.length - at) {
      throw new StreamError(
        'DATA_CORRUPT',
        `The ${this.what} of a member of the consumer group breaks Kafka's protocol at byte ${at}: does another kind of client use this group?`,
      );
    }
    this.at = at + size;
    return at;
  }
}
