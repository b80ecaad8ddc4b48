import type { Bench, BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { batchesBefore } from './keyedBatches.ts';
import { OurWindow } from './OurWindow.ts';
import { recompute } from './recompute.ts';
import type { WindowWork } from './SlidingWindow.ts';

const WORK = { recordsPerBatch: 10_000, keys: 100_000 };
const LENGTHS = [6, 60, 600];
/** Slides that count in each of some rounds, and of the slow recomputing. */
const SLIDES = 40;
const ROUNDS = 3;
const SLIDES_ANEW = 12;

/**
 * A sliding sum over 6, 60 and 600 batches of 10,000 records and 100,000 keys: what one slide costs. The three windows slide in
 * turns, so that what disturbs the machine disturbs them alike; a figure is the least of the medians of three rounds.
 */
export const bench: Bench = async () => {
  const windows = LENGTHS.map((batches) => new OurWindow({ ...WORK, batches }));
  for (const [n, window] of windows.entries()) fill({ ...WORK, batches: LENGTHS[n] as number }, () => window.slide());
  const sliding = inTurns(windows);
  let sum = 0;
  for (const window of windows) {
    window.look = (batch) => {
      batch.forEach(([, count]) => {
        sum += count;
      });
    };
  }
  const reading = inTurns(windows);
  if (sum === 0) throw new Error('window: nothing was read');
  const flat = (sliding[2] as number) / (sliding[0] as number);
  return LENGTHS.map((batches, n): BenchRow => {
    const work = { ...WORK, batches };
    const anew = recomputed(work, ROUNDS * SLIDES * 2);
    const answer = digest((windows[n] as OurWindow).sums());
    if (answer !== anew.answer) throw new Error(`window: ${answer} over ${batches} batches, by hand ${anew.answer}`);
    return {
      name: `window-${batches}`,
      unit: 'ms/slide',
      ours: sliding[n] as number,
      peers: { 'recomputed by hand': anew.ms },
      notes: [
        `with an output that reads all keys: ${(reading[n] as number).toPrecision(3)} ms`,
        `same sums: ${answer}`,
        ...(batches === 600 ? [`a slide over 600 batches costs ${flat.toFixed(2)} x one over 6`] : []),
      ],
    };
  });
};

function fill(work: WindowWork, step: () => void): void {
  for (let n = batchesBefore(work); n > 0; n--) step();
}

/** The least median of a slide of each window. */
function inTurns(windows: readonly OurWindow[]): readonly number[] {
  const rounds = Array.from({ length: ROUNDS }, () => roundOf(windows));
  return windows.map((_, at) => Math.min(...rounds.map((medians) => medians[at] as number)));
}

function roundOf(windows: readonly OurWindow[]): readonly number[] {
  const ms = windows.map((): number[] => []);
  for (let n = 0; n < SLIDES; n++) for (const [at, window] of windows.entries()) ms[at]?.push(window.slide());
  return ms.map((slides) =>
    quantile(
      slides.sort((a, b) => a - b),
      0.5,
    ),
  );
}

/** The same window by hand, after as many slides as ours had. */
function recomputed(work: WindowWork, slides: number): { readonly ms: number; readonly answer: string } {
  const window = recompute(work);
  fill(work, window.advance);
  for (let n = slides - SLIDES_ANEW; n > 0; n--) window.advance();
  const ms = Array.from({ length: SLIDES_ANEW }, () => window.slide());
  return {
    ms: quantile(
      ms.sort((a, b) => a - b),
      0.5,
    ),
    answer: digest(window.sums()),
  };
}

function digest(sums: ReadonlyMap<string, number>): string {
  let total = 0;
  for (const [key, sum] of sums) total = (total + sum * (Number(key.slice(4)) + 1)) % 1_000_003;
  return `${sums.size} keys, ${total}`;
}
