import { reduceByKeyAndWindow } from 'rx-dstream';
import { keyedBatches } from './keyedBatches.ts';
import { INTERVAL, RunningWindow } from './RunningWindow.ts';
import type { SlidingWindow, WindowWork } from './SlidingWindow.ts';

/** `reduceByKeyAndWindow` with an inverse. */
export class OurWindow extends RunningWindow implements SlidingWindow {
  constructor(work: WindowWork) {
    const window = work.batches * INTERVAL;
    super(
      keyedBatches(work),
      reduceByKeyAndWindow((a, b) => a + b, { inverse: (a, b) => a - b, window, slide: INTERVAL }),
    );
  }

  sums(): ReadonlyMap<string, number> {
    return new Map(this.pairs().filter(([, count]) => count !== 0));
  }
}
