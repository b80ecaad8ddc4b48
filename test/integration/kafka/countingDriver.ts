import type { KafkaDriver } from '../../../src/kafka.ts';

/** A driver that counts what is fetched through it. */
export function countingDriver(
  driver: KafkaDriver,
): KafkaDriver & { readonly counts: { bytes: number; fetches: number } } {
  const counts = { bytes: 0, fetches: 0 };
  return {
    name: driver.name,
    counts,
    connect: () => driver.connect(),
    close: (deadlineMs) => driver.close(deadlineMs),
    topics: () => driver.topics(),
    metadata: (topics) => driver.metadata(topics),
    listOffsets: (partitions, spec, isolation) => driver.listOffsets(partitions, spec, isolation),
    committed: (group, partitions) => driver.committed(group, partitions),
    commit: (group, offsets) => driver.commit(group, offsets),
    async fetch(nodeId, partitions, options) {
      const answers = await driver.fetch(nodeId, partitions, options);
      counts.fetches++;
      for (const { records } of answers) counts.bytes += records.length;
      return answers;
    },
  };
}
