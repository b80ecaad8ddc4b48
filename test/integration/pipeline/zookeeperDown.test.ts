/** A pipeline whose ZooKeeper is frozen or killed while it commits, and comes back. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { zookeeperOffsets } from '../../../src/offsets/zookeeper/zookeeperOffsets.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { freshName, skipUnless, startOwnZookeeper, type ZookeeperServer } from '../services.ts';
import { type GrowingLog, growingLog, stopGrowingLogs } from './growingLog.ts';
import { linesPutOut, numbersTo, outputOf } from './outputOf.ts';
import { type Pipeline, pipelines, until } from './Pipeline.ts';
import type { TailLines } from './programs/tailLines.ts';

const INTERVAL = 50;
/** Twice the session's four seconds; `FREEZE_MS=30000` freezes for half a minute. */
const FREEZE_MS = Number(process.env.FREEZE_MS ?? 8000);

skipUnless('zookeeper')('a pipeline that commits to ZooKeeper', { timeout: 120_000 + FREEZE_MS }, () => {
  const folder = temporaryFolder();
  const start = pipelines(folder);
  stopGrowingLogs();
  let zookeeper: ZookeeperServer;
  beforeAll(async () => {
    zookeeper = await startOwnZookeeper({ tickTime: 300 });
  });
  afterAll(() => zookeeper?.stop());

  /** The one committed offset of a group, read past the pipeline. */
  async function committed(group: string): Promise<number | undefined> {
    const store = zookeeperOffsets({ zookeeper: zookeeper.hosts, group, commandTimeoutMs: 10_000 });
    try {
      return (await store.load({}))[0]?.until;
    } finally {
      await store.close();
    }
  }

  function setUp(): TailLines & { readonly group: string } {
    const group = freshName('lines');
    return {
      log: join(folder, `${group}.log`),
      out: join(folder, `${group}.out`),
      store: `zookeeper:${zookeeper.hosts}`,
      group,
      intervalMs: INTERVAL,
    };
  }

  /** Lets it end, and holds its account to the log: every line once, every interval a batch, all of it committed. */
  async function settleAccount(
    pipeline: Pipeline,
    settings: TailLines & { group: string },
    log: GrowingLog,
  ): Promise<void> {
    log.stop();
    await until('every line', () => linesPutOut(settings.out) === log.written, pipeline);
    expect(await pipeline.terminated()).toBe(0);
    const all = outputOf(settings.out);
    expect(all.flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
    const first = all[0]?.time ?? 0;
    expect(all.map(({ time }) => time)).toEqual(all.map((_, i) => first + i * INTERVAL));
    expect(await committed(settings.group)).toBe(statSync(settings.log).size);
    expect(pipeline.program.errors).toMatch(/^(rx-dstream: COMMIT_RETRIED: .*\n)+$/);
  }

  it('waits while it is frozen for longer than its session lives, processes no later batch, and goes on exactly there', async () => {
    const settings = setUp();
    const log = growingLog(settings.log);
    const pipeline = start('tailLines', settings);
    await until('batches', () => pipeline.settled().length >= 5, pipeline);
    zookeeper.freeze();
    const frozenAt = performance.now();
    await until('a try to commit', () => pipeline.reports('COMMIT_RETRIED').length >= 1, pipeline);
    const before = outputOf(settings.out);
    await until('its session to expire', () => performance.now() - frozenAt > FREEZE_MS, pipeline);
    expect(outputOf(settings.out)).toEqual(before);
    expect(pipeline.reports('COMMIT_RETRIED')[0]).toMatchObject({
      subject: `zookeeper ${settings.group}`,
      cause: { code: 'OFFSET_STORE_UNAVAILABLE' },
    });
    zookeeper.thaw();
    const waiting = before.at(-1)?.time;
    await until('settling', () => pipeline.settled().some(({ time }) => time === waiting), pipeline);
    await settleAccount(pipeline, settings, log);
  });

  it('waits while it is down after kill -9, and goes on exactly there when it is back', async () => {
    const settings = setUp();
    const log = growingLog(settings.log);
    const pipeline = start('tailLines', settings);
    await until('batches', () => pipeline.settled().length >= 5, pipeline);
    await zookeeper.kill9();
    await until('tries to commit', () => pipeline.reports('COMMIT_RETRIED').length >= 4, pipeline);
    await zookeeper.restart();
    const settled = pipeline.settled().length;
    await until('batches after it', () => pipeline.settled().length > settled + 5, pipeline);
    await settleAccount(pipeline, settings, log);
  });

  it('and is replaced meanwhile: the next life goes on, and the one before can commit no more when it wakes', async () => {
    const settings = setUp();
    const log = growingLog(settings.log);
    const first = start('tailLines', settings);
    await until('batches', () => first.settled().length >= 5, first);
    first.program.process.kill('SIGSTOP');
    const second = start('tailLines', { ...settings, out: `${settings.out}.second` });
    await until('batches', () => second.settled().length >= 5, second);
    const held = outputOf(`${settings.out}.second`)[0]?.from;
    expect(outputOf(settings.out).map(({ until }) => until)).toContain(held);
    first.program.process.kill('SIGCONT');
    await until('being told', () => first.program.errors.includes('OFFSET_STORE_TAKEN'), first);
    await first.program.killed();

    log.stop();
    await until('every line', () => linesPutOut(`${settings.out}.second`) === log.written, second);
    expect(await second.terminated()).toBe(0);
    expect(second.program.errors).toBe('');
    expect(second.reports('OFFSETS_MOVED')).toEqual([]);
    const kept = outputOf(settings.out).filter(({ until }) => until <= (held as number));
    const all = [...kept, ...outputOf(`${settings.out}.second`)];
    expect(all.flatMap(({ lines }) => lines)).toEqual(numbersTo(log.written));
    expect(await committed(settings.group)).toBe(statSync(settings.log).size);
  });
});
