import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { Program } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createTopic, freshName, kafkaBrokers, produce, redisUrl, skipUnless, zookeeperHosts } from '../services.ts';

const folder = temporaryFolder();
const example = fileURLToPath(new URL('../../../examples/kafkaWordCount.ts', import.meta.url));
const programs: Program[] = [];

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.killed()));
});

function start(place: string, topic: string, group: string): Program {
  const options = [
    '--import',
    import.meta.resolve('tsx'),
    '--conditions=rx-dstream:source',
    example,
    place,
    topic,
    group,
  ];
  const env = {
    ...process.env,
    KAFKA_BROKERS: kafkaBrokers().join(','),
    REDIS_URL: redisUrl(),
    ZOOKEEPER_HOSTS: zookeeperHosts(),
  };
  const program = new Program(
    spawn(process.execPath, options, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  programs.push(program);
  return program;
}

/** How often each word was counted, over all batches printed. */
function counted({ output }: Program): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, word, count] of output.matchAll(/^\((\w+),(\d+)\)$/gm)) {
    counts[word as string] = (counts[word as string] ?? 0) + Number(count);
  }
  return counts;
}

skipUnless(
  'kafka',
  'redis',
  'zookeeper',
)('the Kafka word count', () => {
  it('counts every word once over two lives, wherever it keeps its offsets', async () => {
    const topic = freshName('words');
    const group = freshName('count');
    const places = ['file', 'redis', 'zookeeper', 'kafka'];
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });

    async function life(lines: readonly string[], wanted: Record<string, number>): Promise<void> {
      await produce(
        kafkaBrokers(),
        topic,
        lines.map((value, i) => ({ value, partition: i % 2 })),
      );
      const running = places.map((place) => start(place, topic, group));
      const counts = (): unknown =>
        Object.fromEntries(places.map((place, i) => [place, counted(running[i] as Program)]));
      const all = Object.fromEntries(places.map((place) => [place, wanted]));
      await vi.waitFor(() => expect(counts()).toEqual(all), { timeout: 90_000, interval: 50 });
      for (const program of running) program.process.kill('SIGTERM');
      for (const program of running) {
        await program.exited();
        expect(program.process.signalCode).toBe('SIGTERM');
        expect(program.errors).toBe('');
      }
      expect(counts()).toEqual(all);
    }

    await life(['to be or not to be', 'to do'], { to: 3, be: 2, or: 1, not: 1, do: 1 });
    // Nothing of the first life is counted again.
    await life(['be kind'], { be: 1, kind: 1 });
  });
});
