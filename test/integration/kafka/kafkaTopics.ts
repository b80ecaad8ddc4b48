import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { createTopic, kafkaBrokers } from '../services.ts';

/** A client of the shared broker, or of these. */
export function client(brokers: readonly string[] = kafkaBrokers()): Kafka {
  return new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 50 } });
}

/** Does something as an administrator. */
export async function asAdmin<T>(work: (admin: Admin) => Promise<T>, brokers?: readonly string[]): Promise<T> {
  const admin = client(brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** A producer of transactions, disconnected after `work`. */
export async function asTransactional(id: string, work: (producer: Producer) => Promise<void>): Promise<void> {
  const producer = client().producer({ transactionalId: id, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  try {
    await work(producer);
  } finally {
    await producer.disconnect();
  }
}

/** Deletes a topic and makes it again; the broker takes a moment before it lets one do that. */
export async function recreateTopic(topic: string, partitions: number): Promise<void> {
  await asAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    // It says no while the old one is still going. Waiting for leaders in here could fail although it was made, and it would say no for ever.
    for (let made = false; !made; ) {
      made = await admin
        .createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: false })
        .catch(() => false);
    }
  });
  await createTopic(kafkaBrokers(), topic, { partitions });
}

/** `n` values from `from` on, all for one partition. */
export function values(stem: string, n: number, partition = 0, from = 0): { value: string; partition: number }[] {
  return Array.from({ length: n }, (_, i) => ({ value: `${stem}${from + i}`, partition }));
}
