import { type Batch, batchInterval, foreachBatch, reduceByKeyAndWindow, StreamingContext } from 'rx-dstream';
import { VirtualTimeScheduler } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';
import { keyedBatches } from './keyedBatches.ts';
import type { KeyedCount, SlidingWindow, WindowWork } from './SlidingWindow.ts';

const INTERVAL = 1000;

/** What the output does with a window. */
export type Look = (batch: Batch<readonly [string, number]>) => void;

/** Our window, with an output that can be told to do something else. */
export interface OurWindow extends SlidingWindow {
  look: Look;
}

/**
 * `reduceByKeyAndWindow` with an inverse in a running context, on a virtual clock: a slide is everything from the tick to the
 * settled batch.
 */
export function ours(work: WindowWork): OurWindow {
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const context = new StreamingContext({ interval: INTERVAL, scheduler, onWarning: () => {} });
  const source = new FedSource<KeyedCount>();
  const nextBatch = keyedBatches(work);
  let last: ReadonlyMap<string, number> = new Map();
  const window: OurWindow = {
    look: () => {},
    slide() {
      source.add(nextBatch());
      scheduler.maxFrames += INTERVAL;
      const begun = performance.now();
      scheduler.flush();
      return performance.now() - begun;
    },
    sums() {
      const { look } = window;
      window.look = (batch) => {
        last = new Map(batch.records.filter(([, count]) => count !== 0));
      };
      window.slide();
      window.look = look;
      return last;
    },
  };
  source.records
    .pipe(
      batchInterval(context),
      reduceByKeyAndWindow((a, b) => a + b, {
        inverse: (a, b) => a - b,
        window: work.batches * INTERVAL,
        slide: INTERVAL,
      }),
      foreachBatch((batch) => window.look(batch)),
    )
    .subscribe();
  return window;
}
