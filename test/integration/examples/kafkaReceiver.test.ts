import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { Program } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createTopic, freshName, kafkaBrokers, produce, skipUnless } from '../services.ts';

const folder = temporaryFolder();
const example = fileURLToPath(new URL('../../../examples/kafkaReceiver.ts', import.meta.url));
const programs: Program[] = [];

afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.killed()));
});

skipUnless('kafka')('the receiver with a log', () => {
  it('counts every word once, over a stop in good order and a second life', async () => {
    const topic = freshName('words');
    const group = freshName('count');
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });

    async function life(lines: readonly string[], wanted: Record<string, number>): Promise<void> {
      const messages = lines.map((value, i) => ({ value, partition: i % 2 }));
      await produce(kafkaBrokers(), topic, messages);
      const program = start(topic, group);
      await vi.waitFor(() => expect(counted(program)).toEqual(wanted), { timeout: 60_000, interval: 50 });
      program.process.kill('SIGTERM');
      await program.exited();
      expect(program.errors).toBe('');
      expect(counted(program)).toEqual(wanted);
    }

    await life(['to be or not to be', 'to do'], { to: 3, be: 2, or: 1, not: 1, do: 1 });
    await life(['be kind'], { be: 1, kind: 1 });
  });
});

function start(topic: string, group: string): Program {
  const options = ['--import', import.meta.resolve('tsx'), '--conditions=rx-dstream:source'];
  const args = [...options, example, `${folder}/receiver`, topic, group];
  const env = { ...process.env, KAFKA_BROKERS: kafkaBrokers().join(',') };
  const program = new Program(spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }));
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
