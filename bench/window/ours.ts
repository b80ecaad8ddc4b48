import { batchInterval, foreachBatch, reduceByKeyAndWindow, StreamingContext } from 'rx-dstream';
import { VirtualTimeScheduler } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';
import { batchesBefore, keyedBatches } from './keyedBatches.ts';
import type { KeyedCount, Slides, WindowWork } from './SlidingWindow.ts';

const INTERVAL = 1000;

/**
 * `reduceByKeyAndWindow` with an inverse in a running context, on a virtual clock: a slide is everything from the tick to the
 * settled batch. The output looks at the window without reading all of it, unless `reads` says so.
 */
export function ours(work: WindowWork, reads: boolean): Slides {
  const scheduler = new VirtualTimeScheduler();
  const context = new StreamingContext({ interval: INTERVAL, scheduler, onWarning: () => {} });
  const source = new FedSource<KeyedCount>();
  const nextBatch = keyedBatches(work);
  let last: ReadonlyMap<string, number> = new Map();
  let sum = 0;
  let isLast = false;
  source.records
    .pipe(
      batchInterval(context),
      reduceByKeyAndWindow((a, b) => a + b, {
        inverse: (a, b) => a - b,
        window: work.batches * INTERVAL,
        slide: INTERVAL,
      }),
      foreachBatch((batch) => {
        if (isLast) last = new Map(batch.records.filter(([, count]) => count !== 0));
        if (!reads) return;
        batch.forEach(([, count]) => {
          sum += count;
        });
      }),
    )
    .subscribe();

  const slide = (): number => {
    source.add(nextBatch());
    scheduler.maxFrames += INTERVAL;
    const begun = performance.now();
    scheduler.flush();
    return performance.now() - begun;
  };
  scheduler.maxFrames = 0;
  for (let n = batchesBefore(work); n > 0; n--) slide();
  const ms = Array.from({ length: work.slides }, slide);
  isLast = true;
  slide();
  if (reads && sum === 0) throw new Error('window: nothing was read');
  return { ms, last };
}
