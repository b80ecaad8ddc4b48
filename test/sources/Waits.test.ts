import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Waits } from '../../src/sources/Waits.ts';

/** Virtual time whose clock can differ from its timers, as a machine's does. */
class CrookedScheduler extends VirtualTimeScheduler {
  behind = 0;
  override now = (): number => this.frame - this.behind;
}

describe('the waits of a run', () => {
  it('a timer that fires early is armed again: what compares times then finds its own due', () => {
    const scheduler = new CrookedScheduler();
    const waits = new Waits(scheduler, new AbortController().signal);
    const due = waits.now + 25;
    const seen: number[] = [];
    waits.after(25, () => seen.push(waits.now));
    scheduler.behind = 1; // the clock is a millisecond behind when the timer fires
    scheduler.flush();
    expect(seen.length).toBe(1);
    expect(seen[0]).toBeGreaterThanOrEqual(due);
  });

  it('a clock that is set back by an hour stretches a wait by no more than itself', () => {
    const scheduler = new CrookedScheduler();
    const waits = new Waits(scheduler, new AbortController().signal);
    scheduler.frame = 7_200_000;
    const before = waits.now;
    let rang = 0;
    waits.after(500, () => {
      rang = scheduler.frame;
    });
    scheduler.behind = 3_600_000;
    scheduler.flush();
    expect(waits.now).toBeGreaterThanOrEqual(before + 500);
    expect(rang).toBeLessThanOrEqual(7_200_000 + 1000);
  });

  it('a wait that was cancelled stays silent, also after it was armed again', () => {
    const scheduler = new CrookedScheduler();
    const waits = new Waits(scheduler, new AbortController().signal);
    const rang: string[] = [];
    const cancel = waits.after(25, () => rang.push('first'));
    scheduler.schedule(() => cancel(), 25);
    scheduler.behind = 1;
    scheduler.flush();
    expect(rang).toEqual([]);
  });
});
