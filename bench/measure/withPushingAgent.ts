import { startFlumeAgent } from '../../scripts/services/index.ts';
import { freePorts } from '../../scripts/services/ports.ts';

/** The bytes of an event's body: what this source makes if it is told nothing. */
const EVENT_BYTES = 500;
/** Each has one message under way at a time; four of them are what keeps a network, or a disk, busy. */
const SINKS = ['k1', 'k2', 'k3', 'k4'];

/** Does something with a real Flume agent that sends events without end to a port, whoever listens there; where none can be had, says why. */
export async function withPushingAgent(
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
  without: (reason: string) => void,
): Promise<void> {
  const [port, free] = (await freePorts(2)) as [number, number];
  let agent: Awaited<ReturnType<typeof startFlumeAgent>>;
  try {
    agent = await startFlumeAgent({
      heapMiB: 512,
      config: {
        'a.sources': 's',
        'a.channels': 'c',
        'a.sinks': SINKS.join(' '),
        'a.sources.s.type': 'org.apache.flume.source.StressSource',
        'a.sources.s.size': EVENT_BYTES,
        'a.sources.s.batchSize': 1000,
        'a.sources.s.channels': 'c',
        'a.channels.c.type': 'memory',
        'a.channels.c.capacity': 100_000,
        'a.channels.c.transactionCapacity': 1000,
        'a.channels.c.keep-alive': 1,
        ...Object.assign({}, ...SINKS.map((sink) => sinkTo(port, sink))),
      },
    });
  } catch (error) {
    return without(`no Flume agent: ${error instanceof Error ? error.message : error}`);
  }
  try {
    await work({ BENCH_PUSH_PORT: `${port}`, BENCH_FREE_PORT: `${free}`, BENCH_EVENT_BYTES: `${EVENT_BYTES}` });
  } finally {
    await agent.kill9();
    await agent.stop();
  }
}

function sinkTo(port: number, name: string): Record<string, string | number> {
  const sink = `a.sinks.${name}`;
  return {
    [`${sink}.type`]: 'avro',
    [`${sink}.channel`]: 'c',
    [`${sink}.hostname`]: '127.0.0.1',
    [`${sink}.port`]: port,
    [`${sink}.batch-size`]: 1000,
  };
}
