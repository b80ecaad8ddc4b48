import { batchInterval, isStreamError, queue, StreamingContext, unionBatches, windowBatches } from 'rx-dstream';
import { share, VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';

it('a stream of another slide is refused before the first pair, also where share() hides what the streams are', () => {
  const scheduler = new VirtualTimeScheduler();
  const context = new StreamingContext({ interval: 1000, scheduler, onWarning: () => {} });
  const batches = queue([[1], [2]]).pipe(batchInterval(context), share());
  const slower = batches.pipe(windowBatches({ window: 2000, slide: 2000 }));
  const seen: number[] = [];
  let failure: unknown;
  batches.pipe(unionBatches(slower)).subscribe({
    next: ({ time }) => seen.push(time),
    error: (error) => {
      failure = error;
    },
  });
  scheduler.flush();
  expect(seen).toEqual([]);
  expect(isStreamError(failure, 'SLIDE_MISMATCH')).toBe(true);
  expect((failure as Error).message).toContain('1000 ms and 2000 ms');
});
