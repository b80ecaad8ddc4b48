import { keyedBatches } from './keyedBatches.ts';
import type { KeyedCount, SlidingWindow, WindowWork } from './SlidingWindow.ts';

/** A window that counts all its records anew when it is asked to, by hand: what it costs without an inverse. */
export function recompute(work: WindowWork): SlidingWindow & { advance(): void } {
  const nextBatch = keyedBatches(work);
  const held: (readonly KeyedCount[])[] = [];
  let last = new Map<string, number>();
  function advance(): void {
    held.push(nextBatch());
    if (held.length > work.batches) held.shift();
  }
  function count(): void {
    last = new Map();
    for (const records of held) for (const [key, n] of records) last.set(key, (last.get(key) ?? 0) + n);
  }
  return {
    advance,
    slide() {
      advance();
      const begun = performance.now();
      count();
      return performance.now() - begun;
    },
    sums() {
      advance();
      count();
      return last;
    },
  };
}
