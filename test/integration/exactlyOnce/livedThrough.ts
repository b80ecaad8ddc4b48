import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Pool } from 'pg';
import { expect } from 'vitest';
import type { Seeded } from '../../support/seeded.ts';
import type { Kill } from '../crashMatrix/Steps.ts';
import { createTopic, freshName, kafkaBrokers, postgresUrl } from '../services.ts';
import { PARTITIONS, type Produced, producing } from './producing.ts';
import { FROM_OUTSIDE } from './stepsToKillAt.ts';
import type { OnceSettings } from './writeOnce.ts';

/** What a world is made of. */
export interface WorldPlan {
  /** The bundle of `writeOnce.ts`. */
  readonly program: string;
  readonly pool: Pool;
  readonly kills: number;
  readonly steps: Readonly<Record<string, number>>;
  readonly random: Seeded;
  readonly checkpoint?: string;
  readonly signal: AbortSignal;
}

/** What came of it. */
export interface World extends Produced {
  readonly topic: string;
  readonly kills: number;
  /** Batches that were in already when they were to be written again. */
  readonly recognised: number;
}

/** Far longer than any life is. */
const PATIENCE_MS = 180_000;

/** Produces into a topic of its own while the program lives and is killed; at last it lives until all is written. */
export async function livedThrough(plan: WorldPlan): Promise<World> {
  const { pool, kills, steps, random } = plan;
  const topic = freshName('once');
  await createTopic(kafkaBrokers(), topic, { partitions: PARTITIONS });
  await pool.query(`CREATE TABLE "${topic} results" (record text NOT NULL)`);
  await pool.query(`CREATE TABLE "${topic} totals" (key text PRIMARY KEY, total int NOT NULL)`);
  const load = await producing(topic);
  let recognised = 0;
  try {
    const cards: string[] = [];
    for (let killed = 0; killed < kills; ) {
      if (cards.length === 0) cards.push(...Object.keys(steps));
      const [step] = cards.splice(random.int(0, cards.length - 1), 1) as [string];
      const kill = { step, nth: random.int(1, steps[step] as number), atLatest: 8 };
      const life = await lived(plan, { topic, kill });
      if (life.isKilled) killed++;
      recognised += life.recognised;
      await expectTogether(pool, topic);
    }
  } finally {
    await load.end();
  }
  const life = await lived(plan, { topic, until: load.produced });
  expect(life.isKilled).toBe(false);
  return { topic, kills, recognised: recognised + life.recognised, produced: load.produced, perKey: load.perKey };
}

/** Whatever happened: as many results as the offsets say. In one look: what was sent before a kill may be carried out still. */
async function expectTogether(pool: Pool, topic: string): Promise<void> {
  // The first life may be killed before the store has its tables.
  const { rows: found } = await pool.query("SELECT to_regclass('rx_dstream_offsets') IS NOT NULL AS there");
  const offsets = found[0].there
    ? 'SELECT coalesce(sum(until), 0) FROM rx_dstream_offsets WHERE "group" = $1'
    : 'SELECT 0 WHERE $1::text IS NOT NULL';
  const { rows } = await pool.query(
    `SELECT (SELECT count(*) FROM "${topic} results") AS written, (${offsets})::bigint AS committed`,
    [topic],
  );
  expect(rows[0].written).toBe(rows[0].committed);
}

async function lived(
  { program, checkpoint, random, signal }: WorldPlan,
  more: { readonly topic: string; readonly kill?: Kill; readonly until?: number },
): Promise<{ isKilled: boolean; recognised: number }> {
  const { kill, ...rest } = more;
  const isFromOutside = kill?.step === FROM_OUTSIDE;
  const settings: OnceSettings = {
    brokers: kafkaBrokers(),
    postgres: postgresUrl(),
    ...rest,
    ...(kill !== undefined && !isFromOutside && { kill }),
    ...(checkpoint !== undefined && { checkpoint }),
  };
  const child = spawn(process.execPath, [program, JSON.stringify(settings)], { signal, killSignal: 'SIGKILL' });
  const spin = random.int(0, 300_000);
  let said = '';
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (!isFromOutside || said.split('settled').length <= kill.nth || child.killed) return;
    for (let turn = 0; turn < spin; turn++) Math.random(); // another moment each time, without a clock
    child.kill('SIGKILL');
  });
  const overdue = setTimeout(() => child.kill('SIGTERM'), PATIENCE_MS);
  const [code, by] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(overdue);
  const isKilled = by === 'SIGKILL';
  if (!isKilled && code !== 0)
    throw new Error(`${JSON.stringify(more)} ended with ${code ?? by}:\n${errors}\n${said.slice(-300)}`);
  return { isKilled, recognised: said.split('recognised').length - 1 };
}
