/** A pipeline from Kafka to PostgreSQL, killed with -9 under load: what was produced is there, each record once. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledProgram } from '../../support/bundledProgram.ts';
import { seeded } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { postgresUrl, skipUnless } from '../services.ts';
import { livedThrough } from './livedThrough.ts';
import { CHECKPOINT_STEPS, STEPS } from './stepsToKillAt.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
/** In all, a half of them without a checkpoint and a half with one. */
const KILLS = Number(process.env.KILLS ?? 100);

const folder = temporaryFolder();

skipUnless('kafka', 'postgres')('exactly once from Kafka to PostgreSQL', () => {
  let pool: Pool;
  let program: string;

  beforeAll(async () => {
    pool = new Pool({ connectionString: postgresUrl() });
    program = await bundledProgram(fileURLToPath(new URL('writeOnce.ts', import.meta.url)), folder);
  });

  afterAll(() => pool.end());

  it(`killed ${KILLS} times under load, every record is there once, and states are what they would be (SEED=${SEED})`, {
    timeout: 300_000 + KILLS * 4000,
  }, async ({ signal }) => {
    const half = Math.ceil(KILLS / 2);
    const worlds = await Promise.all([
      livedThrough({ program, pool, kills: half, steps: STEPS, random: seeded(SEED), signal }),
      livedThrough({
        program,
        pool,
        kills: KILLS - half,
        steps: CHECKPOINT_STEPS,
        random: seeded(SEED + 1),
        checkpoint: join(folder, 'checkpoint'),
        signal,
      }),
    ]);
    for (const { topic, produced, kills, recognised, perKey } of worlds) {
      const { rows } = await pool.query(
        `SELECT count(*)::int AS written, count(DISTINCT record)::int AS different FROM "${topic} results"`,
      );
      console.log(`${kills} kills, ${produced} produced, ${rows[0].written} written; ${recognised} batches recognised`);
      expect(rows).toEqual([{ written: produced, different: produced }]);
      if (topic !== worlds[1].topic) continue;
      expect(await totals(topic)).toEqual(perKey);
      // Killed twice at every step, some of them between commit and settlement.
      if (kills >= 2 * Object.keys(CHECKPOINT_STEPS).length) expect(recognised).toBeGreaterThan(0);
    }
    expect(worlds.reduce((sum, { kills }) => sum + kills, 0)).toBe(KILLS);
  });

  async function totals(topic: string): Promise<Record<string, number>> {
    const { rows } = await pool.query(`SELECT key, total FROM "${topic} totals"`);
    return Object.fromEntries(rows.map(({ key, total }) => [key, total]));
  }
});
