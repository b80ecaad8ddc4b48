/** Exactly once within Redis: a program killed at every step of its transactions. `KILLS=200` for more, `SEED=` for others. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledProgram } from '../../../support/bundledProgram.ts';
import { Program } from '../../../support/runTypeScript.ts';
import { seeded } from '../../../support/seeded.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { freshName, redisUrl, skipUnless } from '../../services.ts';
import { STEP } from './countInRedis.ts';
import { exactTotal } from './exactTotal.ts';
import { KILL_STEPS, type KillSettings, type KillStep } from './killSteps.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const KILLS = Number(process.env.KILLS ?? 24);
const STEPS = Object.keys(KILL_STEPS) as KillStep[];

skipUnless('redis')('exactly once within Redis', { timeout: 180_000 + KILLS * 10_000 }, () => {
  const folder = temporaryFolder();
  let program: string;
  let redis: Redis;

  beforeAll(async () => {
    program = await bundledProgram(fileURLToPath(new URL('countUntilKilled.ts', import.meta.url)), folder);
    redis = new Redis(redisUrl());
  });

  afterAll(() => redis?.disconnect());

  /** One life; answers how many batches it has settled, and how many it found committed. */
  async function life(settings: KillSettings): Promise<{ readonly settled: number; readonly before: number }> {
    const args = [program, JSON.stringify(settings)];
    const child = new Program(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    expect(await child.exited(), child.errors).toBeNull();
    const count = (line: string): number => child.output.split('\n').filter((told) => told === line).length;
    return { settled: count('settled'), before: count('before') };
  }

  it.each([
    ['with a checkpoint in a file', join(folder, 'checkpoint')],
    ['from its offsets alone', undefined],
  ])(`a program killed ${KILLS / 2} times counts every number once, %s (SEED=${SEED})`, async (_, checkpoint) => {
    const random = seeded(SEED);
    const group = freshName('counts');
    let total = 0;
    let found = 0;
    for (let kill = 0; kill < KILLS / 2; kill++) {
      // Owning is passed once in a life.
      const step = STEPS[kill % STEPS.length] as KillStep;
      const pass = step.startsWith('own') ? 1 : random.int(1, 8);
      const place = checkpoint === undefined ? {} : { folder: checkpoint };
      const { settled, before } = await life({ redis: redisUrl(), group, step, pass, ...place });
      const now = await exactTotal(redis, group);
      // What had settled is there, and at most the one batch besides that was not told any more.
      const committed = (now - total) / STEP + before;
      expect([settled, settled + 1]).toContain(committed);
      total = now;
      found += before;
    }
    expect(total).toBeGreaterThan(0);
    // A batch that was killed after its commit and before its settlement is found again where a checkpoint has planned it.
    if (checkpoint !== undefined) expect(found).toBeGreaterThan(0);
    else expect(found).toBe(0);
  });
});
