import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { kafkaTool } from '../../../scripts/services/index.ts';
import { run } from '../../../scripts/services/run.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';
import { values } from './kafkaTopics.ts';
import { kept, texts } from './readingTexts.ts';
import { given, receivingTexts } from './receivingTexts.ts';

/** Kafka's `kafka-console-consumer` in a group; what it printed, and what it complained of. */
interface JavaConsumer {
  readonly lines: readonly string[];
  readonly complaints: () => string;
  /** Resolves when it has ended. */
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

async function javaConsumer(topic: string, groupId: string, assignor?: string): Promise<JavaConsumer> {
  const properties = ['heartbeat.interval.ms=200', 'session.timeout.ms=30000', 'auto.commit.interval.ms=100'];
  if (assignor !== undefined) {
    properties.push(`partition.assignment.strategy=org.apache.kafka.clients.consumer.${assignor}`);
  }
  const { command, args } = await kafkaTool('kafka-console-consumer', [
    ...['--bootstrap-server', kafkaBrokers().join(','), '--topic', topic, '--group', groupId, '--from-beginning'],
    ...properties.flatMap((property) => ['--consumer-property', property]),
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  const lines: string[] = [];
  let [rest, complaints] = ['', ''];
  child.stdout.on('data', (chunk) => {
    const parts = `${rest}${chunk}`.split('\n');
    rest = parts.pop() as string;
    // One release says there that `--consumer-property` has another name in the next.
    lines.push(...parts.filter((line) => !line.startsWith('Option ')));
  });
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const stop = (): Promise<unknown> => {
    child.kill();
    return ended;
  };
  return kept({ lines, complaints: () => complaints, ended, stop });
}

const sent = (...runs: (readonly { value: string }[])[]) => runs.flat().map(({ value }) => value);
/** Enough for a JVM on a busy machine. */
const timeout = 40_000;

/** Why Kafka's tools cannot be had, where they cannot; with `CI` set the tests run and fail instead. */
const missing = await kafkaTool('kafka-consumer-groups', []).then(
  () => undefined,
  (error: unknown) => String(error).split('\n', 1)[0],
);
const title = 'kafkaReceiver in a group with consumers of Java';
const isSkipped = missing !== undefined && !process.env.CI;
if (isSkipped) process.stderr.write(`\n*** no tools of Kafka: their tests are SKIPPED: ${missing}\n\n`);

(isSkipped ? describe.skip : skipUnless('kafka'))(
  isSkipped ? `${title} [SKIPPED: ${missing}]` : title,
  { timeout: 2 * timeout },
  () => {
    it('shares the partitions with one as it comes, takes them back, and Kafka’s tools show what it has committed', async () => {
      const topic = freshName('with-java');
      const groupId = freshName('group');
      await createTopic(kafkaBrokers(), topic, { partitions: 4 });
      const all: string[] = [];
      const send = async (): Promise<void> => {
        const runs = [0, 1, 2, 3].map((partition) => values(`${all.length} p${partition} `, 20, partition));
        await produce(kafkaBrokers(), topic, runs.flat());
        all.push(...sent(...runs));
      };
      const ours = receivingTexts({ topics: [topic], groupId, kafka: { brokers: kafkaBrokers(), clientId: 'ours' } });
      await expect.poll(() => given(ours)).toEqual([0, 1, 2, 3]);
      await send();
      await ours.processed(all.length);
      const java = await javaConsumer(topic, groupId);
      await expect.poll(() => given(ours).length, { timeout }).toBe(2);
      await send();
      const both = (): string[] => [...texts(ours).map(String), ...java.lines];
      await expect.poll(() => both().length, { timeout }).toBe(all.length);
      expect(java.lines.length).toBe(40);
      await java.stop();
      await expect.poll(() => given(ours), { timeout }).toEqual([0, 1, 2, 3]);
      await send();
      await expect.poll(() => both().length, { timeout }).toBe(all.length);
      expect(both().sort()).toEqual(all.sort());
      const { command, args } = await kafkaTool('kafka-consumer-groups', [
        ...['--bootstrap-server', kafkaBrokers().join(','), '--describe', '--group', groupId],
      ]);
      // GROUP TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG CONSUMER-ID HOST CLIENT-ID
      const rows = (await run(command, args)).split('\n').map((line) => line.trim().split(/\s+/));
      const ofTopic = rows.filter((row) => row[1] === topic).map(([, , ...row]) => row);
      expect(
        ofTopic.map(([partition, current, end, lag, , , client]) => [partition, current, end, lag, client]).sort(),
      ).toEqual(['0', '1', '2', '3'].map((partition) => [partition, '60', '60', '0', 'ours']));
    });

    it('is refused, or lets no one in, where the other one hands out partitions in ways of its own; and says what to do', async () => {
      const topic = freshName('cooperative');
      const [theirs, groupId] = [freshName('group'), freshName('group')];
      await createTopic(kafkaBrokers(), topic, { partitions: 2 });
      const run = values('a', 10, 0);
      await produce(kafkaBrokers(), topic, run);
      const ours = receivingTexts({ topics: [topic], groupId });
      await ours.processed(run.length);
      const [first, refused] = await Promise.all(
        [theirs, groupId].map((group) => javaConsumer(topic, group, 'CooperativeStickyAssignor')),
      );
      await refused?.ended;
      expect(refused?.complaints()).toContain('InconsistentGroupProtocolException');
      await expect.poll(() => first?.lines.length, { timeout }).toBe(run.length);
      const late = receivingTexts({ topics: [topic], groupId: theirs });
      const failure = await late.failed();
      expect(failure).toMatchObject({ code: 'SOURCE_FAILED', retriable: false });
      expect(failure.message).toMatch(/INCONSISTENT_GROUP_PROTOCOL.*take a group of its own.*round-robin or range/);
      await produce(kafkaBrokers(), topic, values('b', 10, 1));
      await ours.processed(20);
      expect(ours.error()).toBeUndefined();
    });
  },
);
