import { fileURLToPath } from 'node:url';
import type { Bench, BenchRow } from '../../measure/Bench.ts';
import { runScript } from '../../measure/inChild.ts';
import { quantile } from '../../measure/interleaved.ts';
import { type Preload, preload } from '../preload.ts';
import type { PassResult } from '../readers/Pass.ts';

const ROUNDS = 3;

/** The readers that are compared: their scripts, and their first argument. */
const READERS = {
  received: ['received.js', 'disk'],
  inMemory: ['received.js', 'memory'],
  direct: ['ours.js', 'read'],
  kafkajs: ['kafkajs.js', 'read'],
} as const;

/** The receiver's path, over a log on disk, beside the direct one, on the same topic in the same run. */
export const bench: Bench = async () => {
  const values: Preload = { topic: 'received', records: 1_000_000, value: (n) => `${n} `.padEnd(100, 'lorem ipsum ') };
  await preload(values);
  const results: Record<keyof typeof READERS, PassResult[]> = { received: [], inMemory: [], direct: [], kafkajs: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, [script, how]] of Object.entries(READERS)) {
      const path = fileURLToPath(new URL(`../readers/${script}`, import.meta.url));
      const args = [how, values.topic, String(values.records)];
      results[name as keyof typeof READERS].push((await runScript(path, args)) as PassResult);
    }
  }
  const answers = new Set(
    Object.values(results)
      .flat()
      .map(({ answer }) => answer),
  );
  if (answers.size > 1) throw new Error(`different answers: ${[...answers].join(', ')}`);
  const cpu = (of: readonly PassResult[]): string => median(of, ({ cpuSeconds }) => cpuSeconds).toFixed(2);
  const perSecond = (of: readonly PassResult[]): number => Math.round(median(of, (one) => one.perSecond));
  const row: BenchRow = {
    name: 'receiver-kafka',
    unit: 'records/s',
    ours: perSecond(results.received),
    peers: {
      'kafkaReceiver in memory': perSecond(results.inMemory),
      kafkaDirect: perSecond(results.direct),
      'kafkajs eachBatch': perSecond(results.kafkajs),
    },
    notes: [
      `CPU ${cpu(results.received)} s, in memory ${cpu(results.inMemory)} s, kafkaDirect ${cpu(results.direct)} s, kafkajs ${cpu(results.kafkajs)} s`,
      `memory ${median(results.received, ({ rssMiB }) => rssMiB).toFixed(0)} MiB`,
      `same answer: ${[...answers][0]}; Kafka ${process.env.BENCH_KAFKA_VERSION}`,
    ],
  };
  return [row];
};

function median(results: readonly PassResult[], of: (result: PassResult) => number): number {
  return quantile(
    results.map(of).sort((a, b) => a - b),
    0.5,
  );
}
