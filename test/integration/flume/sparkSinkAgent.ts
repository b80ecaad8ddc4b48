import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, vi } from 'vitest';
import { flumeJars } from '../../../scripts/services/flume/flumeJars.ts';
import { FLUME_1_9, type FlumeAgent, startFlumeAgent } from '../../../scripts/services/index.ts';
import { freePorts } from '../../../scripts/services/ports.ts';

/** What an agent with a SparkSink is to be like. */
export interface SparkSinkOptions {
  /** Where its events come from: numbers from 0, so many; the lines of the files of a folder; or as many as it can make, of so many bytes. */
  readonly source: { readonly numbers: number } | { readonly folder: string } | { readonly bytes: number };
  /** Keeps the events in files, so that they outlive the agent. */
  readonly durable?: boolean;
  /** What one transaction may take out of the channel. Default 5000. */
  readonly transactionCapacity?: number;
  /** A header of every event. */
  readonly header?: readonly [name: string, value: string];
  /** Seconds that the sink waits for an acknowledgement. Default 60, as Spark's. */
  readonly timeout?: number;
  /** Which release of the sink. Default 2.3.4. */
  readonly sink?: '2.3.4' | '2.4.8';
  readonly heapMiB?: number;
}

/** A running agent, and where its sink listens. */
export interface SparkSinkAgent extends FlumeAgent {
  readonly port: number;
}

/** Starts Flume 1.9 with Spark's sink. */
export async function startSparkSink(options: SparkSinkOptions): Promise<SparkSinkAgent> {
  const [port] = (await freePorts(1)) as [number];
  const files = mkdtempSync(join(tmpdir(), 'rx-dstream-flume-channel-'));
  const { source, header, sink = '2.3.4', heapMiB = 256, timeout = 60 } = options;
  const agent = await startFlumeAgent({
    version: FLUME_1_9,
    sparkSink: sink,
    heapMiB,
    config: {
      'a.sources': 's',
      'a.channels': 'c',
      'a.sinks': 'k',
      'a.sources.s.channels': 'c',
      ...sourceOf(source),
      ...(header === undefined ? {} : headerOf(header)),
      ...channelOf(options, files),
      'a.sinks.k.type': 'org.apache.spark.streaming.flume.sink.SparkSink',
      'a.sinks.k.channel': 'c',
      'a.sinks.k.hostname': '127.0.0.1',
      'a.sinks.k.port': port,
      'a.sinks.k.timeout': timeout,
    },
  });
  const stop = async (): Promise<void> => {
    await agent.stop();
    rmSync(files, { recursive: true, force: true });
  };
  try {
    // The sink starts after the agent's sources.
    await vi.waitFor(() => connectedOnce(port), { timeout: 30_000, interval: 50 });
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...agent, port, stop };
}

function connectedOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}

/** `describe` for tests that need such agents; if they cannot be had, a skipped one that says why, but with `CI` set they fail. */
export async function withSparkSink(): Promise<typeof describe | typeof describe.skip> {
  const missing = await flumeJars(FLUME_1_9, '2.3.4').then(
    () => undefined,
    (error: unknown) => String(error).split('\n', 1)[0],
  );
  if (missing === undefined || process.env.CI) return describe;
  process.stderr.write(`\n*** no Flume with Spark's sink: its tests are SKIPPED: ${missing}\n\n`);
  return ((name: string, body: () => void) =>
    describe.skip(`${name} [SKIPPED: no Flume: ${missing}]`, body)) as typeof describe.skip;
}

function sourceOf(source: SparkSinkOptions['source']): Record<string, string | number> {
  if ('numbers' in source) {
    return { 'a.sources.s.type': 'seq', 'a.sources.s.totalEvents': source.numbers, 'a.sources.s.batchSize': 500 };
  }
  if ('folder' in source) {
    const often = {
      'a.sources.s.pollDelay': 50,
      'a.sources.s.batchSize': 100,
      'a.sources.s.deletePolicy': 'immediate',
    };
    return { 'a.sources.s.type': 'spooldir', 'a.sources.s.spoolDir': source.folder, ...often };
  }
  const type = 'org.apache.flume.source.StressSource';
  return { 'a.sources.s.type': type, 'a.sources.s.size': source.bytes, 'a.sources.s.batchSize': 1000 };
}

function headerOf([name, value]: readonly [string, string]): Record<string, string> {
  const interceptor = 'a.sources.s.interceptors';
  return {
    [interceptor]: 'i',
    [`${interceptor}.i.type`]: 'static',
    [`${interceptor}.i.key`]: name,
    [`${interceptor}.i.value`]: value,
  };
}

function channelOf(
  { durable, transactionCapacity = 5000 }: SparkSinkOptions,
  files: string,
): Record<string, string | number> {
  const sizes = { 'a.channels.c.capacity': 100_000, 'a.channels.c.transactionCapacity': transactionCapacity };
  // A batch that is not full is not kept back.
  if (durable !== true) return { 'a.channels.c.type': 'memory', 'a.channels.c.keep-alive': 0, ...sizes };
  const folders = {
    'a.channels.c.checkpointDir': join(files, 'checkpoint'),
    'a.channels.c.dataDirs': join(files, 'data'),
  };
  return { 'a.channels.c.type': 'file', 'a.channels.c.keep-alive': 0, ...folders, ...sizes };
}
