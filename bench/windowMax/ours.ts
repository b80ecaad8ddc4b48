import { type Batch, batchInterval, foreachBatch, reduceByKeyAndWindow, StreamingContext } from 'rx-dstream';
import { VirtualTimeScheduler } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';
import { type Measured, type SlidingMax, valuedBatches, type WindowWork } from './valuedBatches.ts';

const INTERVAL = 1000;

/** Our window, with an output that can be told to do something else. */
export interface OurMax extends SlidingMax {
  look: (batch: Batch<readonly [string, number]>) => void;
}

/**
 * `reduceByKeyAndWindow(Math.max)` in a running context, on a virtual clock: a slide is everything from the tick to the
 * settled batch.
 */
export function ours(work: WindowWork): OurMax {
  const scheduler = new VirtualTimeScheduler();
  scheduler.maxFrames = 0;
  const context = new StreamingContext({ interval: INTERVAL, scheduler, onWarning: () => {} });
  const source = new FedSource<Measured>();
  const nextBatch = valuedBatches(work);
  const window: OurMax = {
    look: () => {},
    slide() {
      source.add(nextBatch());
      scheduler.maxFrames += INTERVAL;
      const begun = performance.now();
      scheduler.flush();
      return performance.now() - begun;
    },
    maxima() {
      const { look } = window;
      let last: ReadonlyMap<string, number> = new Map();
      window.look = (batch) => {
        last = new Map(batch.records);
      };
      window.slide();
      window.look = look;
      return last;
    },
  };
  source.records
    .pipe(
      batchInterval(context),
      reduceByKeyAndWindow((a, b) => (a > b ? a : b), { window: work.batches * INTERVAL, slide: INTERVAL }),
      foreachBatch((batch) => window.look(batch)),
    )
    .subscribe({
      error: (error) => {
        throw error;
      },
    });
  return window;
}
