import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../ports.ts';
import type { SparkSinkVersion } from './flumeJars.ts';
import { FLUME_1_9, type FlumeAgent, startFlumeAgent } from './startFlumeAgent.ts';

/** The sink starts a second after the agent's sources. */
const PATIENCE_MS = 30_000;
const LOOK_MS = 50;

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
  readonly sink?: SparkSinkVersion;
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
  const removeFiles = (): void => rmSync(files, { recursive: true, force: true });
  const starting = startFlumeAgent({
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
  const agent = await starting.catch((error: unknown) => {
    removeFiles();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await agent.stop();
    removeFiles();
  };
  try {
    await listensOn(port, performance.now() + PATIENCE_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...agent, port, stop };
}

async function listensOn(port: number, deadline: number): Promise<void> {
  for (;;) {
    try {
      return await connectedOnce(port);
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await pause(LOOK_MS);
  }
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
