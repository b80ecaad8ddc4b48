import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { expect, it, vi } from 'vitest';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createTopic, freshName, kafkaBrokers, postgresUrl, produce, skipUnless } from '../services.ts';

const folder = temporaryFolder();
const example = fileURLToPath(new URL('../../../examples/exactlyOncePostgres.ts', import.meta.url));

skipUnless('kafka', 'postgres')('the word count in PostgreSQL', () => {
  it('counts each word once, however often it is killed', async () => {
    const topic = freshName('example');
    const pool = new Pool({ connectionString: postgresUrl() });
    await createTopic(kafkaBrokers(), topic, { partitions: 2 });
    await pool.query('DROP TABLE IF EXISTS word_counts');
    vi.stubEnv('KAFKA_BROKERS', kafkaBrokers().join(','));
    vi.stubEnv('POSTGRES_URL', postgresUrl());
    let program: Program = runTypeScript(example, [topic], folder);
    const counts = async (): Promise<unknown> => {
      const { rows } = await pool.query('SELECT word, count::int FROM word_counts ORDER BY word');
      return Object.fromEntries(rows.map(({ word, count }) => [word, count]));
    };
    try {
      for (let times = 1; times <= 3; times++) {
        const lines = Array.from({ length: 200 }, (_, at) => ({ value: 'to be or not to be', partition: at % 2 }));
        await produce(kafkaBrokers(), topic, lines);
        const wanted = { be: 400 * times, not: 200 * times, or: 200 * times, to: 400 * times };
        await vi.waitFor(async () => expect(await counts(), program.errors).toEqual(wanted), {
          timeout: 60_000,
          interval: 50,
        });
        if (times === 3) break;
        await program.killed();
        program = runTypeScript(example, [topic], folder);
      }
      program.process.kill('SIGTERM');
      await program.exited();
      expect(program.process.signalCode).toBe('SIGTERM');
    } finally {
      vi.unstubAllEnvs();
      await program.killed();
      await pool.end();
    }
  });
});
