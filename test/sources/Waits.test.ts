import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it, onTestFinished } from 'vitest';
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

  it('longer than a timer can be is one of several timers', () => {
    const scheduler = new CrookedScheduler();
    scheduler.maxFrames = Number.POSITIVE_INFINITY;
    const asked: number[] = [];
    const schedule = scheduler.schedule.bind(scheduler);
    scheduler.schedule = (work, delay = 0, state) => {
      asked.push(delay);
      return schedule(work, delay, state);
    };
    const waits = new Waits(scheduler, new AbortController().signal);
    const month = 30 * 24 * 3_600_000;
    let rang = 0;
    waits.after(month, () => {
      rang = scheduler.frame;
    });
    scheduler.flush();
    expect([rang, Math.max(...asked)]).toEqual([month, 2 ** 31 - 1]);
  });

  it('for an answer after the end is refused, and the answer may fail: nobody asks for it', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    onTestFinished(() => void process.off('unhandledRejection', listener));
    const waits = new Waits(new CrookedScheduler(), AbortSignal.abort('over'));
    await expect(waits.within(10, Promise.reject(new Error('too late')))).rejects.toBe('over');
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
    expect(unhandled).toEqual([]);
  });
});
