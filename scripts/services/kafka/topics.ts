import { type Admin, Kafka, logLevel, type Message } from 'kafkajs';

/** A topic as tests, demos and benchmarks want it. */
export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Default: as many as the cluster has brokers. */
  readonly replicationFactor?: number;
  /** Topic settings: `{ 'cleanup.policy': 'compact' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Creates a topic and waits until its partitions have leaders. */
export async function createTopic(
  brokers: readonly string[],
  topic: string,
  options: TopicOptions = {},
): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  try {
    const configEntries = Object.entries(options.config ?? {}).map(([name, value]) => ({ name, value }));
    const numPartitions = options.partitions ?? 1;
    const replicationFactor = options.replicationFactor ?? -1;
    await admin.createTopics({
      topics: [{ topic, numPartitions, replicationFactor, configEntries }],
      waitForLeaders: false, // it fails when asked of a broker of a cluster that has not yet heard of the topic
    });
    await leadersOf(admin, topic);
  } finally {
    await admin.disconnect();
  }
}

async function leadersOf(admin: Admin, topic: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  let failure: unknown;
  while (Date.now() < deadline) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (topics[0]?.partitions.every(({ leader }) => leader >= 0)) return;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`topic ${topic} got no leaders within 30 s`, { cause: failure });
}

/** Sends records in order. Those without a `partition` are spread by key, as kafkajs does it. */
export async function produce(brokers: readonly string[], topic: string, messages: readonly Message[]): Promise<void> {
  const producer = client(brokers).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    // The work of this producer grows with the square of the messages per partition and send: small sends it is.
    for (let at = 0; at < messages.length; at += 1000) {
      await producer.send({ topic, messages: messages.slice(at, at + 1000) });
    }
  } finally {
    await producer.disconnect();
  }
}

function client(brokers: readonly string[]): Kafka {
  // Patient enough for a cluster that has just lost a broker and not yet noticed.
  const retry = { retries: 30, initialRetryTime: 50, maxRetryTime: 300 };
  return new Kafka({ clientId: 'rx-dstream-scripts', brokers: [...brokers], logLevel: logLevel.NOTHING, retry });
}
