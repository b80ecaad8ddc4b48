import { interval, NEVER } from 'rxjs';
import { expect, it } from 'vitest';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { refused } from '../support/through.ts';

it('runs what is due, in order, and stays at the time it was told', () => {
  const clock = manualClock();
  const seen: number[] = [];
  interval(300, clock).subscribe(() => seen.push(clock.now()));
  clock.advanceBy(299);
  expect([seen, clock.now()]).toEqual([[], 299]);
  clock.advanceBy(1);
  expect([seen, clock.now()]).toEqual([[300], 300]);
  clock.advanceTo(1000);
  expect([seen, clock.now()]).toEqual([[300, 600, 900], 1000]);
});

it('what is scheduled between two steps counts from where the clock stands', () => {
  const clock = manualClock(500);
  const seen: number[] = [];
  clock.advanceTo(800);
  clock.schedule(() => seen.push(clock.now()), 100);
  clock.advanceTo(2000);
  expect(seen).toEqual([900]);
});

it('drives a context', () => {
  const clock = manualClock(1500);
  const times: number[] = [];
  NEVER.pipe(batchInterval(new StreamingContext({ interval: 1000, scheduler: clock }))).subscribe(({ time }) =>
    times.push(time),
  );
  clock.advanceTo(4000);
  expect(times).toEqual([2000, 3000, 4000]);
});

it.each([-1, Number.NaN])('refuses to go back (%s)', (ms) => {
  expect(() => manualClock(10).advanceBy(ms)).toThrow(
    refused('manualClock().advanceTo(time): expected a time not before 10'),
  );
});
