import type { Bench, BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { ours } from './ours.ts';
import { recompute } from './recompute.ts';
import type { Slides, WindowWork } from './SlidingWindow.ts';

const WORK = { recordsPerBatch: 10_000, keys: 100_000 };

/** A sliding sum over 6, 60 and 600 batches of 10,000 records and 100,000 keys: what one slide costs. */
export const bench: Bench = async () => [
  row({ ...WORK, batches: 6, slides: 60 }),
  row({ ...WORK, batches: 60, slides: 60 }),
  row({ ...WORK, batches: 600, slides: 60 }),
];

function row(work: WindowWork): BenchRow {
  const sliding = ours(work, false);
  const reading = ours(work, true);
  const anew = recompute({ ...work, slides: Math.min(work.slides, 15) });
  const digests = [sliding, reading].map(({ last }) => digest(last));
  if (digests.some((sum) => sum !== digest(recompute({ ...work }).last)))
    throw new Error(`window: different sums over ${work.batches} batches`);
  return {
    name: `window-${work.batches}`,
    unit: 'ms/slide',
    ours: median(sliding),
    peers: { 'and all keys read': median(reading), 'recomputed by hand': median(anew) },
    notes: [`same sums: ${digests[0]}`, `slowest slide ${Math.max(...sliding.ms).toFixed(1)} ms`],
  };
}

function median({ ms }: Slides): number {
  return quantile(
    ms.toSorted((a, b) => a - b),
    0.5,
  );
}

function digest(sums: ReadonlyMap<string, number>): string {
  let total = 0;
  for (const [key, sum] of sums) total = (total + sum * (Number(key.slice(4)) + 1)) % 1_000_003;
  return `${sums.size} keys, ${total}`;
}
