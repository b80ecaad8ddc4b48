import { fileURLToPath } from 'node:url';
import type { Bench } from '../../measure/Bench.ts';
import { runScript } from '../../measure/inChild.ts';
import { preload } from '../preload.ts';
import type { Reading } from './Reading.ts';

const RECORDS = 150_000;
const BYTES = 1000;
const STALL_MS = 4000;

/**
 * The most memory resident while a topic of 150 MB is read whose output stands still for four seconds at its first batch, beside
 * reading on. What is fetched ahead is bounded (`prefetchBytes`, 32 MiB by default), however long the output takes.
 */
export const bench: Bench = async () => {
  const filler = 'x'.repeat(BYTES);
  await preload({ topic: 'stalled', records: RECORDS, value: (n) => `${n} ${filler}`.slice(0, BYTES) });
  const ours = await peak('ours.js', STALL_MS);
  const peers = {
    'not stalled': await peak('ours.js', 0),
    'kafkajs eachBatch, stalled': await peak('kafkajs.js', STALL_MS),
    'kafkajs eachBatch, not stalled': await peak('kafkajs.js', 0),
  };
  const notes = [`${(RECORDS * BYTES) / 1e6} MB read; Node itself and all code included`];
  return [{ name: 'kafka-memory', unit: 'MB at the peak, output stalled', ours, peers, notes }];
};

async function peak(reader: string, stallMs: number): Promise<number> {
  const script = fileURLToPath(new URL(reader, import.meta.url));
  const { peakMB, bytes } = (await runScript(script, ['stalled', String(RECORDS), String(stallMs)])) as Reading;
  if (bytes !== RECORDS * BYTES) throw new Error(`kafka-memory: ${reader} read ${bytes} of ${RECORDS * BYTES} bytes`);
  return Math.round(peakMB);
}
