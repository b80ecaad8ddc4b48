import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel, type Message } from 'kafkajs';

/** A topic as tests, demos and benchmarks want it. */
export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Default: as many as the cluster has brokers. */
  readonly replicationFactor?: number;
  /** Topic settings: `{ 'cleanup.policy': 'compact' }`. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Creates a topic and waits until the leaders of its partitions answer. */
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
    const topics = [{ topic, numPartitions, replicationFactor, configEntries }];
    // Its own waiting for leaders fails when it asks a broker that has not yet heard of the topic.
    await eventually(`creating ${topic}`, async () => {
      await admin.createTopics({ topics, waitForLeaders: false });
      return true;
    });
    await eventually(`leaders of ${topic}`, async () => {
      const [described] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
      return described?.partitions.length === numPartitions && described.partitions.every(({ leader }) => leader >= 0);
    });
    // A leader may be named before it knows: whoever reads now would be answered for some partitions and not for others.
    await eventually(
      `offsets of ${topic}`,
      async () => (await admin.fetchTopicOffsets(topic)).length === numPartitions,
    );
  } finally {
    await admin.disconnect();
  }
}

/** Waits until there is a coordinator of consumer groups: whoever first asks for one has Kafka make the topic of their offsets, and is put off. */
export async function coordinatorThere(brokers: readonly string[]): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  try {
    await eventually('a coordinator of consumer groups', async () => {
      await admin.fetchOffsets({ groupId: 'nobody' });
      return true;
    });
  } finally {
    await admin.disconnect();
  }
}

/** Again and again until it is so: a cluster that has just lost its controller refuses for a while. */
async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      if (await isSo()) return;
    } catch (error) {
      if (!mayPass(error)) throw error;
      cause = error;
    }
    await pause(20);
  }
  throw new Error(`${what}: not done within 30 s`, { cause });
}

/** Also where kafkajs has itself given up after some tries: it asks about all topics, and any one without a leader stops it. */
function mayPass(error: unknown): boolean {
  const { retriable, cause } = error as { readonly retriable?: boolean; readonly cause?: unknown };
  return retriable === true || (cause !== undefined && mayPass(cause));
}

/**
 * Sends records in order, each once. Those without a `partition` are spread by key, as kafkajs does it. While any topic of
 * the cluster has no leader kafkajs can only send with `once: false`, and then it may send a record twice.
 */
export async function produce(
  brokers: readonly string[],
  topic: string,
  messages: readonly Message[],
  { once = true }: { readonly once?: boolean } = {},
): Promise<void> {
  const idempotence = once ? { idempotent: true, maxInFlightRequests: 1 } : {};
  const producer = client(brokers).producer({ allowAutoTopicCreation: false, ...idempotence });
  await producer.connect();
  try {
    // The work of this producer grows with the square of the messages per partition and send: small sends it is.
    for (let at = 0; at < messages.length; at += 1000) {
      let left = messages.slice(at, at + 1000);
      while (left.length > 0) {
        const answers = await producer.send({ topic, messages: left });
        // While leaders change kafkajs may leave out a partition without a word.
        const written = new Set(answers.map(({ partition }) => partition));
        left = left.filter(({ partition }) => partition !== undefined && !written.has(partition));
      }
    }
  } finally {
    await producer.disconnect();
  }
}

function client(brokers: readonly string[]): Kafka {
  return new Kafka({ clientId: 'rx-dstream-scripts', brokers: [...brokers], logLevel: logLevel.NOTHING });
}
