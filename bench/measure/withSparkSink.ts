import { startSparkSink } from '../../scripts/services/index.ts';

/** The bytes of an event's body. */
const EVENT_BYTES = 500;

/** Does something with a real Flume agent that has events without end in its SparkSink; where none can be had, says why instead. */
export async function withSparkSink(
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
  without: (reason: string) => void,
): Promise<void> {
  let agent: Awaited<ReturnType<typeof startSparkSink>>;
  try {
    agent = await startSparkSink({ source: { bytes: EVENT_BYTES }, heapMiB: 512 });
  } catch (error) {
    return without(`no Flume agent: ${error instanceof Error ? error.message : error}`);
  }
  try {
    await work({ BENCH_SINK_PORT: `${agent.port}`, BENCH_EVENT_BYTES: `${EVENT_BYTES}` });
  } finally {
    await agent.stop();
  }
}
