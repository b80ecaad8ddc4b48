import { queue, windowBatches } from 'rx-dstream';
import { runBatches } from './BatchRun.ts';

/** The time of the first batch of a context that starts at `nowMs`. */
export async function firstBatchTime(nowMs: number, intervalMs: number): Promise<number> {
  const { outputs } = await runBatches(
    {
      intervalMs,
      startMs: nowMs,
      sources: { source: queue([[]], { completes: false }) },
      build: (source) => source('source'),
    },
    1,
  );
  return (outputs[0] as { time: number }).time;
}

/** Whether a stream of this slide gives a batch at `timeMs`, in a context whose first batch comes right after `zeroMs`. */
export async function firesAt(timeMs: number, slideMs: number, zeroMs: number): Promise<boolean> {
  const intervalMs = divisor(divisor(timeMs, slideMs), zeroMs);
  const { outputs } = await runBatches(
    {
      intervalMs,
      startMs: Math.max(zeroMs, timeMs - intervalMs),
      sources: { source: queue([[]], { completes: false }) },
      build: (source) => source('source').pipe(windowBatches({ window: slideMs, slide: slideMs, name: 'slides' })),
    },
    1,
  );
  return outputs.some(({ time }) => time === timeMs);
}

/** The greatest common one. */
export function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
