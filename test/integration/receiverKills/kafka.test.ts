/** A topic that grows, received by one or two consumers into one log, killed with -9 at every step. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isStreamError } from '../../../src/index.ts';
import { kafkajsDriver } from '../../../src/kafka.ts';
import type { Seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { client } from '../kafka/kafkaTopics.ts';
import { createTopic, freshName, kafkaBrokers, skipUnless } from '../services.ts';
import { END, KILLS, type Outside, receiverKills, SEED } from './receiverKills.ts';

const PARTITIONS = 3;
/** Milliseconds between two sends. */
const SEND_MS = 10;

/** Few blocks come in the batches of a life: it is to get to each of these steps. */
const STEPS = {
  'after receive': 4,
  'before append': 4,
  'after append': 4,
  'before acknowledge': 3,
  'after acknowledge': 3,
};

const folder = temporaryFolder();

skipUnless('kafka')('a receiver of Kafka that is killed', () => {
  it(`has each record once after ${KILLS} kills or more, whatever was committed when (SEED=${SEED})`, {
    timeout: 300_000 + KILLS * 4000,
  }, async ({ signal }) => {
    const { kills, records, twice } = await receiverKills({
      program: 'onKafka',
      steps: STEPS,
      folder,
      signal,
      begin,
    });
    console.log(`${kills}; ${records} records; SEED=${SEED}`);
    expect(kills.count).toBeGreaterThanOrEqual(KILLS);
    // Few kills may all fall where nothing comes again.
    if (kills.count >= 60) expect(kills.repeated).toBeGreaterThan(0);
    expect(twice).toBe(0);
  });
});

async function begin(random: Seeded): Promise<Outside> {
  const topic = freshName('killed');
  await createTopic(kafkaBrokers(), topic, { partitions: PARTITIONS });
  const producer = client().producer({ idempotent: true, maxInFlightRequests: 1 });
  const eyes = kafkajsDriver({ kafka: { brokers: kafkaBrokers() } });
  await producer.connect();
  const sent: string[][] = Array.from({ length: PARTITIONS }, () => []);
  const given = new Map<string, number>();
  const acknowledged = new Set<string>();
  let isFinished = false;
  let isClosed = false;

  async function send(values: readonly (readonly [partition: number, value: string])[]): Promise<void> {
    for (const [partition, value] of values) {
      given.set(value, 1);
      sent[partition]?.push(value);
    }
    await producer.send({ topic, messages: values.map(([partition, value]) => ({ partition, value })) });
  }

  /** Whether everything that was sent is committed. */
  async function look(): Promise<boolean> {
    // A broker that has just started knows no coordinators for a while.
    const offsets = await eyes.committed(topic).catch((error: unknown) => {
      if (!(isStreamError(error) && error.retriable)) throw error;
      return [];
    });
    for (const { partition, offset = -1 } of offsets) {
      for (const value of sent[partition]?.slice(0, Math.max(offset, 0)) ?? []) acknowledged.add(value);
    }
    return acknowledged.size === given.size;
  }

  const sending = (async () => {
    for (let n = 0; !isFinished && !isClosed; n++) {
      await send(Array.from({ length: PARTITIONS }, (_, partition) => [partition, `${partition}/${n}`] as const));
      await look();
      await pause(SEND_MS);
    }
    while (!isClosed && !(await look())) await pause(SEND_MS);
    if (!isClosed) await producer.send({ topic, messages: [{ partition: 0, value: END }] });
  })();

  return {
    settings: { brokers: kafkaBrokers(), topic, receivers: random.int(1, 2) },
    given,
    acknowledged,
    finish() {
      isFinished = true;
    },
    async close() {
      isClosed = true;
      await sending.finally(() => Promise.all([producer.disconnect(), eyes.close(0)]));
    },
  };
}
