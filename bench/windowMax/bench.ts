import type { Bench, BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { type HandMax, monotonic, remerged } from './byHand.ts';
import { OurMax } from './OurMax.ts';
import { batchesBefore, type WindowWork } from './valuedBatches.ts';

const WORK = { recordsPerBatch: 10_000, keys: 100_000 };
const LENGTHS = [6, 60, 600];
/** Slides that count, and of the slow merging. */
const SLIDES = 90;
const SLIDES_MERGED = 12;

/**
 * The largest value of each key over 6, 60 and 600 batches of 10,000 records and 100,000 keys, without an inverse: what one
 * slide costs. The three windows slide in turns, so that what disturbs the machine disturbs them alike.
 */
export const bench: Bench = async () => {
  const windows = LENGTHS.map((batches) => new OurMax({ ...WORK, batches }));
  for (const [n, window] of windows.entries()) fill({ ...WORK, batches: LENGTHS[n] as number }, () => window.slide());
  const sliding = inTurns(windows);
  let largest = 0;
  for (const window of windows) {
    window.look = (batch) => {
      batch.forEach(([, value]) => {
        if (value > largest) largest = value;
      });
    };
    window.slide();
  }
  const reading = inTurns(windows);
  if (largest === 0) throw new Error('window-max: nothing was read');
  const flat = (sliding[2] as Slides).median / (sliding[0] as Slides).median;
  return LENGTHS.map((batches, n): BenchRow => {
    const work = { ...WORK, batches };
    const slides = SLIDES * 2 + 1;
    const merged = byHand(remerged(work), work, slides, SLIDES_MERGED);
    const falling = byHand(monotonic(work), work, slides, SLIDES);
    const answer = digest((windows[n] as OurMax).maxima());
    for (const other of [merged, falling]) {
      if (answer !== other.answer)
        throw new Error(`window-max: ${answer} over ${batches} batches, by hand ${other.answer}`);
    }
    const { median, worst } = sliding[n] as Slides;
    return {
      name: `window-max-${batches}`,
      unit: 'ms/slide',
      ours: median,
      peers: { 'merged by hand': merged.ms, 'monotonic by hand': falling.ms },
      notes: [
        `the longest of ${SLIDES}: ${worst.toPrecision(3)} ms`,
        `with an output that reads all keys: ${(reading[n] as Slides).median.toPrecision(3)} ms`,
        `same maxima: ${answer}`,
        ...(batches === 600
          ? [`a slide over 600 batches costs ${flat.toFixed(2)} x one over 6, where half the keys come and go`]
          : []),
      ],
    };
  });
};

function fill(work: WindowWork, step: () => void): void {
  for (let n = batchesBefore(work); n > 0; n--) step();
}

interface Slides {
  readonly median: number;
  readonly worst: number;
}

function inTurns(windows: readonly OurMax[]): readonly Slides[] {
  const ms = windows.map((): number[] => []);
  for (let n = 0; n < SLIDES; n++) for (const [at, window] of windows.entries()) ms[at]?.push(window.slide());
  return ms.map(slidesOf);
}

function slidesOf(ms: readonly number[]): Slides {
  const rising = ms.toSorted((a, b) => a - b);
  return { median: quantile(rising, 0.5), worst: rising.at(-1) as number };
}

/** The same window by hand, after as many slides as ours had. */
function byHand(
  window: HandMax,
  work: WindowWork,
  slides: number,
  counted: number,
): { readonly ms: number; readonly answer: string } {
  fill(work, window.advance);
  for (let n = slides - counted; n > 0; n--) window.advance();
  const ms = Array.from({ length: counted }, () => window.slide());
  return { ms: slidesOf(ms).median, answer: digest(window.maxima()) };
}

function digest(maxima: ReadonlyMap<string, number>): string {
  let total = 0;
  for (const [key, value] of maxima) total = (total + value * (Number(key.slice(4)) + 1)) % 1_000_003;
  return `${maxima.size} keys, ${total}`;
}
