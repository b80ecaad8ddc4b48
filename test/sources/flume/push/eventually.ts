import type { ManualClock } from '../../../../src/testing/manualClock.ts';

/** Waits until something is so, as long as the test may take. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** Lets the time of a clock go by, a little in each turn of the event loop, until something is so. */
export function inTime(clock: ManualClock, isSo: () => boolean): Promise<void> {
  return eventually(() => {
    clock.advanceBy(5);
    return isSo();
  });
}
