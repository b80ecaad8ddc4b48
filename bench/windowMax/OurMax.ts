import { reduceByKeyAndWindow } from 'rx-dstream';
import { INTERVAL, RunningWindow } from '../window/RunningWindow.ts';
import { type SlidingMax, valuedBatches, type WindowWork } from './valuedBatches.ts';

/** `reduceByKeyAndWindow` of the greater of two values, without an inverse. */
export class OurMax extends RunningWindow implements SlidingMax {
  constructor(work: WindowWork) {
    const window = work.batches * INTERVAL;
    super(
      valuedBatches(work),
      reduceByKeyAndWindow((a, b) => (a > b ? a : b), { window, slide: INTERVAL }),
    );
  }

  maxima(): ReadonlyMap<string, number> {
    return new Map(this.pairs());
  }
}
