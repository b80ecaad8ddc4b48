/** Windows and states over a topic that grows, offsets in Kafka, checkpoint in files, killed with -9 at every step. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { kafkaOffsets } from '../../../src/kafka.ts';
import type { Seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { client } from '../kafka/kafkaTopics.ts';
import { createTopic, freshName, kafkaBrokers, skipUnless } from '../services.ts';
import { type Beginning, crashMatrix, KILLS, SEED } from './crashMatrix.ts';
import { linesOf, tidesOf } from './lines.ts';
import { LOG_STEPS, PIPELINE_STEPS } from './stepsToKillAt.ts';

const OF_KAFKA = Math.ceil(KILLS / 4);
const PARTITIONS = 3;
const LINES = 1500;

const folder = temporaryFolder();

skipUnless('kafka')('the crash matrix', () => {
  it(`a pipeline over Kafka, killed ${OF_KAFKA} times or more, ends as if it never was (SEED=${SEED})`, {
    timeout: 300_000 + OF_KAFKA * 4000,
  }, async ({ signal }) => {
    const steps = { ...PIPELINE_STEPS, ...LOG_STEPS };
    const kills = await crashMatrix({
      program: 'onKafka',
      steps,
      kills: OF_KAFKA,
      killsPerWorld: 25,
      folder,
      signal,
      begin,
    });
    console.log(`${kills}; SEED=${SEED}`);
    expect(kills.count).toBeGreaterThanOrEqual(OF_KAFKA);
    expect(kills.repeated).toBeGreaterThan(0);
  });
});

async function begin(home: string, random: Seeded): Promise<Beginning> {
  const topic = freshName('matrix');
  await createTopic(kafkaBrokers(), topic, { partitions: PARTITIONS });
  const partitions = Array.from({ length: PARTITIONS }, (_, at) => linesOf(random, at, LINES / PARTITIONS));
  const producing = produceSlowly(topic, partitions);
  const settings = {
    interval: 30,
    tides: tidesOf(random),
    until: LINES,
    brokers: kafkaBrokers(),
    topic,
    checkpoint: join(home, 'checkpoint'),
  };
  return {
    settings,
    lines: partitions.flat(),
    checkpoint: fileCheckpoint(settings.checkpoint),
    offsets: kafkaOffsets({ kafka: { brokers: kafkaBrokers() }, group: topic }),
    beside: producing,
  };
}

/** Some lines of each partition at a time, as long as the broker takes for them. */
async function produceSlowly(topic: string, partitions: readonly (readonly string[])[]): Promise<void> {
  const producer = client().producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let at = 0; at < LINES / PARTITIONS; at += 4) {
    const messages = partitions.flatMap((lines, partition) =>
      lines.slice(at, at + 4).map((value) => ({ value, partition })),
    );
    await producer.send({ topic, messages });
  }
  await producer.disconnect();
}
