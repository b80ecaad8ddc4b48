import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type Program, runTypeScript } from '../../support/runTypeScript.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { type RedisServer, skipUnless, startOwnRedis } from '../services.ts';

const DAY = 86_400_000;
const example = fileURLToPath(new URL('../../../examples/recommendations.ts', import.meta.url));

skipUnless('redis')('the recommendations', () => {
  const folder = temporaryFolder();
  const candidates = join(folder, 'candidates.log');
  const programs: Program[] = [];
  let server: RedisServer;
  let redis: Redis;

  beforeAll(async () => {
    server = await startOwnRedis();
    redis = new Redis(server.url);
  });

  beforeEach(async () => {
    await redis.flushall();
    writeFileSync(candidates, '');
  });

  afterEach(async () => {
    for (const program of programs.splice(0)) await program.killed();
  });

  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  function start(): Program {
    const program = runTypeScript(example, [server.url, candidates], folder);
    programs.push(program);
    return program;
  }

  /** What was recommended so far, in order: `user item`. */
  async function recommended(): Promise<readonly string[]> {
    const entries = await redis.xrange('recommendations', '-', '+');
    return entries.map(([, [, user, , item]]) => `${user} ${item}`);
  }

  const until = (holds: () => Promise<void>): Promise<void> => vi.waitFor(holds, { timeout: 60_000, interval: 20 });

  it('of the last three days are dropped, those before come again', async () => {
    await redis.zadd('recommended:ann', Date.now() - 4 * DAY, 'tea', Date.now() - 2 * DAY, 'jam');
    appendFileSync(candidates, 'ann tea\nann jam\nann milk\nann milk\nbob jam\n');
    start();
    await until(async () => expect(await recommended()).toEqual(['ann tea', 'ann milk', 'bob jam']));
    appendFileSync(candidates, 'ann tea\nbob jam\nbob tea\n');
    await until(async () => expect(await recommended()).toEqual(['ann tea', 'ann milk', 'bob jam', 'bob tea']));
    // In order of their times, then of their names: tea was marked anew.
    expect(await redis.zrange('recommended:ann', '0', '-1')).toEqual(['jam', 'milk', 'tea']);
    expect(await redis.pttl('recommended:ann')).toBeGreaterThan(2.9 * DAY);
  });

  it('are each made once, whatever is killed in the middle', async () => {
    const wanted: string[] = [];
    const lines = (from: number): string =>
      Array.from({ length: 400 }, (_, i) => {
        const line = `user${(from + i) % 7} item${from + Math.floor(i / 2)}`;
        if (!wanted.includes(line)) wanted.push(line);
        return `${line}\n${line}\n`;
      }).join('');
    for (let life = 0; life < 2; life++) {
      const program = start();
      appendFileSync(candidates, lines(life * 150));
      // Killed as soon as anything of this life is there, wherever the program is by then.
      const before = (await recommended()).length;
      await until(async () => expect((await recommended()).length).toBeGreaterThan(before));
      appendFileSync(candidates, lines(life * 150 + 70));
      await program.killed();
      const so = await recommended();
      expect(so).toEqual([...new Set(so)]);
    }
    start();
    await until(async () => expect((await recommended()).length).toBeGreaterThanOrEqual(wanted.length));
    expect([...(await recommended())].sort()).toEqual([...wanted].sort());
  });
});
