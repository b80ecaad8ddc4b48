import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type SparkSinkAgent, type SparkSinkOptions, startSparkSink } from '../../../scripts/services/index.ts';
import { type FlumeEvent, type FlumePullOptions, flumePull } from '../../../src/flume.ts';
import { type RunningPipeline, runningPipeline } from '../kafka/runningPipeline.ts';
import { withSparkSink } from './withSparkSink.ts';

const describe = await withSparkSink();

const toStop: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of toStop.splice(0).reverse()) await stop();
});

async function start(options: SparkSinkOptions): Promise<SparkSinkAgent> {
  const agent = await startSparkSink(options);
  toStop.push(() => agent.stop());
  return agent;
}

function pulling(
  agents: readonly SparkSinkAgent[],
  options: Partial<FlumePullOptions> = {},
): RunningPipeline<FlumeEvent> {
  const addresses = agents.map(({ port }) => ({ host: '127.0.0.1', port }));
  const pipeline = runningPipeline(flumePull({ agents: addresses, log: logFolder(), drainMs: 100, ...options }));
  toStop.push(() => pipeline.stop());
  return pipeline;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'rx-dstream-flume-pull-'));
  toStop.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function logFolder(): string {
  return join(folder(), 'log');
}

/** The first so many numbers, as an agent makes them up. */
function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${n}`);
}

/** Puts a file of lines in front of an agent, whole. */
function putLines(into: string, name: string, lines: readonly string[]): void {
  const draft = join(folder(), name);
  writeFileSync(draft, lines.map((line) => `${line}\n`).join(''));
  renameSync(draft, join(into, name));
}

function bodiesOf({ records }: RunningPipeline<FlumeEvent>): string[] {
  return records.map(({ bodyText }) => bodyText);
}

/** Waits until each of these has come at least once; answers how many came more often. */
async function allCame(pipeline: RunningPipeline<FlumeEvent>, wanted: readonly string[]): Promise<number> {
  await vi.waitFor(
    () => {
      const got = new Set(bodiesOf(pipeline));
      const missing = wanted.filter((body) => !got.has(body));
      if (missing.length > 0) throw new Error(`${missing.length} are missing, the first is ${missing[0]}`);
    },
    { timeout: 60_000, interval: 50 },
  );
  expect(new Set(bodiesOf(pipeline)).size).toBe(wanted.length);
  return pipeline.records.length - wanted.length;
}

describe('flumePull from a real agent', () => {
  it.each(['2.3.4', '2.4.8'] as const)('with the sink of Spark %s gets every event once, in order', async (sink) => {
    const agent = await start({ source: { numbers: 20_000 }, header: ['agent', 'zürich'], sink });
    const pipeline = pulling([agent]);
    await pipeline.processed(20_000);
    expect(bodiesOf(pipeline)).toEqual(numbers(20_000));
    expect([...(pipeline.records[0] as FlumeEvent).headers]).toEqual([['agent', 'zürich']]);
    expect(pipeline.reports).toEqual([]);
  });

  it('gets what several agents have, over several connections to each', async () => {
    const names = ['a', 'b'];
    const agents = await Promise.all(
      names.map((name) => start({ source: { numbers: 5000 }, header: ['agent', name] })),
    );
    const pipeline = pulling(agents, { connectionsPerAgent: 2 });
    await pipeline.processed(10_000);
    const got = pipeline.records.map(({ headers, bodyText }) => `${headers.get('agent')} ${bodyText}`);
    const wanted = names.flatMap((name) => numbers(5000).map((number) => `${name} ${number}`));
    expect(got.sort()).toEqual(wanted.sort());
  });

  it('is told by a channel that it asks for too much, and asks for less', async () => {
    const agent = await start({ source: { numbers: 2000 }, transactionCapacity: 500, timeout: 1 });
    const pipeline = pulling([agent]);
    expect(await allCame(pipeline, numbers(2000))).toBe(0);
    expect(pipeline.reports).toMatchObject([
      { code: 'SOURCE_UNAVAILABLE', message: expect.stringContaining('asked for 500 at once from now on, not 1000') },
    ]);
  });

  it('gives back what finds no room in a log that is too small for it', async () => {
    const agent = await start({ source: { numbers: 5000 } });
    const pipeline = pulling([agent], { log: { memory: true, maxBytes: 6000 } });
    expect(await allCame(pipeline, numbers(5000))).toBe(0);
    expect(bodiesOf(pipeline)).not.toEqual([]);
    expect(pipeline.reports.map(({ code }) => code)).toContain('BLOCK_REFUSED');
  });

  it('loses nothing when the agent is killed and comes again', async () => {
    const spool = folder();
    const agent = await start({ source: { folder: spool }, durable: true });
    const lines = (from: number): string[] => numbers(3000).map((number) => `${from + Number(number)}`);
    putLines(spool, 'first', lines(0));
    const pipeline = pulling([agent], { maxEventsPerBatch: 50, firstDelayMs: 50, maxDelayMs: 500 });
    await pipeline.processed(100);
    await agent.kill9();
    await pipeline.reported('RECONNECTING');
    await agent.server.start();
    putLines(spool, 'second', lines(3000));
    const repeated = await allCame(pipeline, [...lines(0), ...lines(3000)]);
    // The file that was being read is read again from where the agent had noted it.
    expect(repeated).toBeLessThanOrEqual(3000);
    await pipeline.reported('RECONNECTED');
  });

  it('loses nothing when the agent stands still', async () => {
    const agent = await start({ source: { numbers: 10_000 }, timeout: 2 });
    const pipeline = pulling([agent], {
      maxEventsPerBatch: 100,
      replyTimeoutMs: 300,
      firstDelayMs: 50,
      maxDelayMs: 200,
    });
    await pipeline.processed(1000);
    agent.freeze();
    const waitsForReply = pipeline.reported('RECONNECTING', 1500).catch(() => undefined);
    await waitsForReply;
    agent.thaw();
    await allCame(pipeline, numbers(10_000));
  });
});
