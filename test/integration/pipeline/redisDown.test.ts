/** A pipeline whose offset store goes away while it commits, and comes back. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { freshName, type RedisServer, skipUnless, startOwnRedis } from '../services.ts';
import { growingLog, stopGrowingLogs } from './growingLog.ts';
import { linesPutOut, numbersTo, outputOf } from './outputOf.ts';
import { type Pipeline, pipelines, until } from './Pipeline.ts';

const INTERVAL = 50;

skipUnless('redis')('a pipeline that commits to a Redis that is killed', () => {
  const folder = temporaryFolder();
  const start = pipelines(folder);
  stopGrowingLogs();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startOwnRedis({ appendfsync: 'always' });
  });
  afterAll(() => redis?.stop());

  /** The one committed offset of a group, read past the pipeline. */
  async function committed(group: string): Promise<number | undefined> {
    const client = new Redis(redis.url);
    try {
      const [until] = Object.values(await client.hgetall(`rx-dstream:{${group}}:offsets`));
      return until === undefined ? undefined : Number(until);
    } finally {
      client.disconnect();
    }
  }

  function setUp(): { log: string; out: string; store: string; group: string; intervalMs: number } {
    const group = freshName('lines');
    return {
      log: join(folder, `${group}.log`),
      out: join(folder, `${group}.out`),
      store: redis.url,
      group,
      intervalMs: INTERVAL,
    };
  }

  /** Kills Redis under it, and waits until the commit of some batch has failed so many times. */
  async function withoutRedis(pipeline: Pipeline, tries: number): Promise<void> {
    await redis.kill9();
    await until('tries to commit', () => pipeline.reports('COMMIT_RETRIED').length >= tries, pipeline);
  }

  it('holds the batch and tries again at growing distances, processes no later one, and goes on when Redis is back', async () => {
    const settings = setUp();
    const log = growingLog(settings.log);
    const pipeline = start('tailLines', settings);
    await until('batches', () => pipeline.settled().length >= 5, pipeline);

    await withoutRedis(pipeline, 1);
    const before = outputOf(settings.out);
    await until('five tries', () => pipeline.reports('COMMIT_RETRIED').length >= 5, pipeline);
    const settled = pipeline.settled();
    const waiting = before.at(-1);
    // One batch is done and not committed; none after it has begun.
    expect(outputOf(settings.out)).toEqual(before);
    expect(settled.at(-1)?.time).toBe(before.at(-2)?.time);
    const retries = pipeline.reports('COMMIT_RETRIED');
    expect(retries[0]).toMatchObject({
      subject: `redis ${settings.group}`,
      message: expect.stringMatching(
        /try 1 failed, repeated: redisOffsets commit: Redis at 127\.0\.0\.1:\d+ does not answer/,
      ),
      cause: { code: 'OFFSET_STORE_UNAVAILABLE' },
    });
    for (let i = 1; i < 5; i++) {
      const distance = (retries[i]?.at ?? 0) - (retries[i - 1]?.at ?? 0);
      expect(distance).toBeGreaterThan(100 * 2 ** (i - 1) - 5); // timers may be a little early, never much
    }

    await redis.restart();
    // What Redis brings back: the batch before, or this one if Redis died between writing and answering.
    expect([before.at(-2)?.until, waiting?.until]).toContain(await committed(settings.group));
    await until('settling', () => pipeline.settled().some(({ time }) => time === waiting?.time), pipeline);
    const held = pipeline.settled().find(({ time }) => time === waiting?.time);
    expect(held?.queued).toBeGreaterThan(5); // the ticks meanwhile were cut and wait, none is merged
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
    expect(await pipeline.terminated()).toBe(0);

    const all = outputOf(settings.out);
    expect(all.flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
    const first = all[0]?.time ?? 0;
    expect(all.map(({ time }) => time)).toEqual(all.map((_, i) => first + i * INTERVAL));
    expect(await committed(settings.group)).toBe(statSync(settings.log).size);
    expect(pipeline.program.errors).toMatch(/^(rx-dstream: COMMIT_RETRIED: .*\n)+$/);
  });

  it('and is killed itself meanwhile: it begins again with the batch that was not committed, and nothing else is repeated', async () => {
    const settings = setUp();
    const log = growingLog(settings.log);
    const first = start('tailLines', settings);
    await until('batches', () => first.settled().length >= 5, first);
    await withoutRedis(first, 3);
    await first.program.killed();
    await redis.restart();
    const held = await committed(settings.group);
    const before = outputOf(settings.out);
    const lastSettled = first.settled().at(-1)?.time;

    const second = start('tailLines', settings);
    await until('more lines', () => linesPutOut(settings.out) > 0 && second.settled().length >= 3, second);
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, second);
    expect(await second.terminated()).toBe(0);

    const again = outputOf(settings.out).slice(before.length);
    expect(again[0]?.from).toBe(held);
    expect(second.reports('RESUMED')[0]).toMatchObject({ count: held });
    const repeated = before.filter(({ until }) => until > (held as number));
    expect(repeated.length).toBeLessThanOrEqual(1);
    for (const { time } of repeated) expect(time).toBeGreaterThan(lastSettled as number);
    const kept = before.filter(({ until }) => until <= (held as number));
    expect([...kept, ...again].flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
  });

  it('and is to end gracefully meanwhile: it gives up at the deadline, says so, and the next life begins with that batch', async () => {
    const settings = { ...setUp(), deadlineMs: 200 };
    const log = growingLog(settings.log);
    const first = start('tailLines', settings);
    await until('batches', () => first.settled().length >= 5, first);
    await withoutRedis(first, 1);
    expect(await first.terminated()).toBe(0);
    expect(first.program.errors).toMatch(/^rx-dstream: STOP_DEADLINE: The stop did not end within 200 ms/m);
    await redis.restart();
    const held = await committed(settings.group);
    const before = outputOf(settings.out);
    expect([before.at(-1)?.from, before.at(-1)?.until]).toContain(held);

    const second = start('tailLines', settings);
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, second);
    expect(await second.terminated()).toBe(0);
    expect(outputOf(settings.out)[before.length]?.from).toBe(held);
  });

  it('that is down at the start fails at once with what to do, and retry() begins when it is back', async () => {
    const settings = { ...setUp(), retryMs: 50 };
    const log = growingLog(settings.log);
    await redis.kill9();
    const pipeline = start('tailLines', settings);
    await until('errors', () => pipeline.of('error').length >= 2, pipeline);
    expect(pipeline.of('error')[0]?.error).toMatchObject({
      code: 'OFFSET_STORE_UNAVAILABLE',
      message: expect.stringMatching(/redisOffsets \w+: Redis at 127\.0\.0\.1:\d+ does not answer .*Try again /),
    });
    expect(outputOf(settings.out)).toEqual([]);
    await redis.restart();
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
    expect(await pipeline.terminated()).toBe(0);
    expect(await committed(settings.group)).toBe(statSync(settings.log).size);
  });
});
