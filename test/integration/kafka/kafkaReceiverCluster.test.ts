import { setTimeout as pause } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createTopic, freshName, produce, skipUnless, startOwnKafkaCluster } from '../services.ts';
import { values } from './kafkaTopics.ts';
import { kept, texts } from './readingTexts.ts';
import { receivingTexts } from './receivingTexts.ts';

const folder = temporaryFolder();

skipUnless('kafka')('kafkaReceiver on a cluster of three', () => {
  it('keeps its place in the group, and has each record once, while the coordinator leaves for a restart, and when it is killed', async () => {
    const cluster = kept(await startOwnKafkaCluster());
    const brokers = [...cluster.brokers];
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    const partitions = 3;
    await createTopic(brokers, 'lines', { partitions });
    const options = { kafka: { brokers, requestTimeout: 3000 }, topics: ['lines'], groupId: 'group' };
    const shared = { ...options, sessionTimeoutMs: 20_000 };
    const pipelines = [
      receivingTexts({ ...shared, log: freshName(`${folder}/first`), receivers: 2 }),
      receivingTexts({ ...shared, log: freshName(`${folder}/second`) }),
    ];
    const received = (): (string | null)[] => pipelines.flatMap(texts);
    const shares = () =>
      pipelines.flatMap(({ reports }) => {
        const told = reports.filter(({ code }) => code === 'PARTITIONS_CHANGED');
        return [...new Map(told.map(({ details, count }) => [details?.memberId, count])).values()];
      });
    await expect.poll(shares, { timeout: 30_000 }).toEqual([1, 1, 1]);
    const changes = (): number =>
      pipelines.flatMap(({ reports }) => reports).filter(({ code }) => code === 'PARTITIONS_CHANGED').length;
    const before = changes();
    const all: string[] = [];
    const send = async (): Promise<void> => {
      const run = [...Array(partitions).keys()].flatMap((partition) =>
        values(`${all.length} p${partition} `, 10, partition),
      );
      await produce(brokers, 'lines', run);
      all.push(...run.map(({ value }) => value));
      await expect.poll(() => received().length, { timeout: 30_000 }).toBe(all.length);
    };
    const coordinator = async (): Promise<number> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] });
      return topics[0]?.partitions[0]?.leader ?? -1;
    };
    const committed = async (): Promise<number> => {
      const [answer] = await admin.fetchOffsets({ groupId: 'group', topics: ['lines'] });
      return (answer?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(Number(offset), 0), 0);
    };
    await admin.connect();
    try {
      await send();
      for (const end of ['halt', 'kill9'] as const) {
        const node = cluster.node(await coordinator());
        await (end === 'kill9' ? node.kill9() : node.server.halt());
        await expect
          .poll(async () => [-1, node.id].includes(await coordinator().catch(() => -1)), { timeout: 30_000 })
          .toBe(false);
        await leaders(admin);
        await send();
        await expect.poll(() => committed().catch(() => -1), { timeout: 30_000 }).toBe(all.length);
        if (end === 'kill9') continue;
        await node.restart();
        await send();
      }
    } finally {
      await admin.disconnect();
    }
    expect(received().sort()).toEqual(all.sort());
    expect(changes()).toBe(before);
    for (const { error } of pipelines) expect(error()).toBeUndefined();
  });
});

/** Waits until each partition has a leader again. */
async function leaders(admin: ReturnType<Kafka['admin']>): Promise<void> {
  for (;;) {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['lines'] }).catch(() => ({ topics: [] }));
    if (topics[0]?.partitions.every(({ leader }) => leader >= 0)) return;
    await pause(50);
  }
}
