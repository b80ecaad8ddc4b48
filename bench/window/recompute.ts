import { batchesBefore, keyedBatches } from './keyedBatches.ts';
import type { KeyedCount, Slides, WindowWork } from './SlidingWindow.ts';

/** Counts all records of the window anew at each slide, by hand: what a window costs without an inverse. */
export function recompute(work: WindowWork): Slides {
  const nextBatch = keyedBatches(work);
  const held: (readonly KeyedCount[])[] = [];
  let last = new Map<string, number>();
  const slide = (counts: boolean): number => {
    const batch = nextBatch();
    const begun = performance.now();
    held.push(batch);
    if (held.length > work.batches) held.shift();
    if (!counts) return 0;
    last = new Map();
    for (const records of held) for (const [key, count] of records) last.set(key, (last.get(key) ?? 0) + count);
    return performance.now() - begun;
  };
  for (let n = batchesBefore(work); n > 0; n--) slide(false);
  const ms = Array.from({ length: work.slides }, () => slide(true));
  slide(true);
  return { ms, last };
}
