import { startKafka } from '../../scripts/services/index.ts';

/** Does something with a real broker of its own; where none can be had, says why instead. */
export async function withBroker(
  work: (env: Readonly<Record<string, string>>) => Promise<void>,
  without: (reason: string) => void,
): Promise<void> {
  let broker: Awaited<ReturnType<typeof startKafka>>;
  try {
    broker = await startKafka();
  } catch (error) {
    return without(`no Kafka broker: ${error instanceof Error ? error.message : error}`);
  }
  try {
    await work({ BENCH_BROKERS: broker.brokers.join(','), BENCH_KAFKA_VERSION: broker.version });
  } finally {
    await broker.stop();
  }
}
