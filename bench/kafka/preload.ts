import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import { brokers } from './brokers.ts';

/** What a topic is filled with before anything is measured. */
export interface Preload {
  readonly topic: string;
  readonly records: number;
  readonly gzip?: boolean;
  value(n: number): string;
}

export const PARTITIONS = 4;
/** Records in one send to one partition: batches of a usual size. */
const CHUNK = 500;

/** Makes a topic of four partitions and fills them evenly. */
export async function preload({ topic, records, gzip = false, value }: Preload): Promise<void> {
  const kafka = new Kafka({ clientId: 'bench', brokers: brokers(), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }] });
  await admin.disconnect();
  const producer = kafka.producer();
  await producer.connect();
  for (let sent = 0; sent < records; sent += CHUNK * PARTITIONS) {
    const messages = Array.from({ length: Math.min(CHUNK * PARTITIONS, records - sent) }, (_, n) => ({
      value: value(sent + n),
      partition: n % PARTITIONS,
    }));
    await producer.send({
      topic,
      messages,
      acks: 1,
      compression: gzip ? CompressionTypes.GZIP : CompressionTypes.None,
    });
  }
  await producer.disconnect();
}
