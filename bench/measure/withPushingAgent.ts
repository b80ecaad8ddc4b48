import { startFlumeAgent } from '../../scripts/services/index.ts';
import { freePorts } from '../../scripts/services/ports.ts';
import type { PushLoad } from '../flume/push/PushLoad.ts';

/** Each sink has one message under way at a time; four of them are what keeps a network, or a disk, busy. */
const LOADS = [
  { sinks: 4, bytes: 200 },
  { sinks: 1, bytes: 200 },
  { sinks: 4, bytes: 500 },
] as const;

/**
 * Does something with a real Flume agent that sends events without end, each load to a port of its own, whoever listens there; where nobody does it
 * waits. Where no agent can be had, says why.
 */
export async function withPushingAgent(
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
  without: (reason: string) => void,
): Promise<void> {
  const [free, ...ports] = (await freePorts(1 + LOADS.length)) as [number, ...number[]];
  const loads = LOADS.map((load, n): PushLoad => ({ ...load, port: ports[n] as number }));
  let agent: Awaited<ReturnType<typeof startFlumeAgent>>;
  try {
    agent = await startFlumeAgent({ heapMiB: 512, config: configOf(loads) });
  } catch (error) {
    return without(`no Flume agent: ${error instanceof Error ? error.message : error}`);
  }
  try {
    await work({ BENCH_PUSH_LOADS: JSON.stringify(loads), BENCH_FREE_PORT: `${free}` });
  } finally {
    await agent.kill9();
    await agent.stop();
  }
}

function configOf(loads: readonly PushLoad[]): Record<string, string | number> {
  const sinksOf = (n: number): readonly string[] => Array.from({ length: loads[n]?.sinks ?? 0 }, (_, k) => `k${n}${k}`);
  return {
    'a.sources': loads.map((_, n) => `s${n}`).join(' '),
    'a.channels': loads.map((_, n) => `c${n}`).join(' '),
    'a.sinks': loads.flatMap((_, n) => sinksOf(n)).join(' '),
    ...Object.assign({}, ...loads.map(({ bytes }, n) => sourceOf(n, bytes))),
    ...Object.assign({}, ...loads.flatMap(({ port }, n) => sinksOf(n).map((name) => sinkOf(n, name, port)))),
  };
}

function sourceOf(n: number, bytes: number): Record<string, string | number> {
  return {
    [`a.sources.s${n}.type`]: 'org.apache.flume.source.StressSource',
    [`a.sources.s${n}.size`]: bytes,
    [`a.sources.s${n}.batchSize`]: 1000,
    [`a.sources.s${n}.channels`]: `c${n}`,
    [`a.channels.c${n}.type`]: 'memory',
    [`a.channels.c${n}.capacity`]: 50_000,
    [`a.channels.c${n}.transactionCapacity`]: 1000,
    [`a.channels.c${n}.keep-alive`]: 1,
  };
}

function sinkOf(n: number, name: string, port: number): Record<string, string | number> {
  return {
    [`a.sinks.${name}.type`]: 'avro',
    [`a.sinks.${name}.channel`]: `c${n}`,
    [`a.sinks.${name}.hostname`]: '127.0.0.1',
    [`a.sinks.${name}.port`]: port,
    [`a.sinks.${name}.batch-size`]: 1000,
  };
}
