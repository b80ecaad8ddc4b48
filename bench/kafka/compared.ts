import { fileURLToPath } from 'node:url';
import type { BenchRow } from '../measure/Bench.ts';
import { runScript } from '../measure/inChild.ts';
import { quantile } from '../measure/interleaved.ts';
import type { PassResult } from './readers/Pass.ts';
import type { WorkName } from './readers/Work.ts';

const ROUNDS = 3;

/** Reads a topic with each reader in turns, each time in a process of its own. */
export async function compared(name: string, work: WorkName, topic: string, records: number): Promise<BenchRow> {
  const ours: PassResult[] = [];
  const theirs: PassResult[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await read('ours.js', work, topic, records));
    theirs.push(await read('kafkajs.js', work, topic, records));
  }
  const answers = new Set([...ours, ...theirs].map(({ answer }) => answer));
  if (answers.size > 1) throw new Error(`${name}: different answers: ${[...answers].join(', ')}`);
  const by = work === 'read' ? 'kafkajs eachBatch' : 'by hand in kafkajs eachBatch';
  return {
    name,
    unit: 'records/s',
    ours: Math.round(median(ours, ({ perSecond }) => perSecond)),
    peers: { [by]: Math.round(median(theirs, ({ perSecond }) => perSecond)) },
    notes: [
      `CPU ${median(ours, ({ cpuSeconds }) => cpuSeconds).toFixed(2)} s, ${by} ${median(theirs, ({ cpuSeconds }) => cpuSeconds).toFixed(2)} s`,
      `memory ${median(ours, ({ rssMiB }) => rssMiB).toFixed(0)} MiB, ${by} ${median(theirs, ({ rssMiB }) => rssMiB).toFixed(0)} MiB`,
      `same answer: ${[...answers][0]}; Kafka ${process.env.BENCH_KAFKA_VERSION}`,
    ],
  };
}

async function read(reader: string, work: WorkName, topic: string, records: number): Promise<PassResult> {
  const script = fileURLToPath(new URL(`readers/${reader}`, import.meta.url));
  return (await runScript(script, [work, topic, String(records)])) as PassResult;
}

function median(results: readonly PassResult[], of: (result: PassResult) => number): number {
  return quantile(
    results.map(of).sort((a, b) => a - b),
    0.5,
  );
}
