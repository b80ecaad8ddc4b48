import { NEVER, of, type SchedulerAction, type SchedulerLike, Subject, Subscription, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  batchInterval,
  foreachBatch,
  memoryCheckpoint,
  type Source,
  StreamError,
  StreamingContext,
  windowBatches,
} from '../../src/index.ts';
import { sourceObservable } from '../../src/sources/sourceObservable.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { deferred, promisesSettle, stage, watch } from '../support/stage.ts';

/** A scheduler whose timers fire when the test says so, whatever they were asked for. */
class LooseClock implements SchedulerLike {
  time: number;
  readonly asked: { readonly delay: number; fire(): void; readonly subscription: Subscription }[] = [];

  constructor(time: number) {
    this.time = time;
  }

  now(): number {
    return this.time;
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    const subscription = new Subscription();
    this.asked.push({ delay, subscription, fire: () => work.call(undefined as never, state) });
    return subscription;
  }

  /** Fires the oldest timer at this time. */
  fireAt(time: number): void {
    this.time = time;
    let next = this.asked.shift();
    while (next?.subscription.closed) next = this.asked.shift();
    next?.fire();
  }

  /** The delays of the timers that wait. */
  get delays(): readonly number[] {
    return this.asked.filter(({ subscription }) => !subscription.closed).map(({ delay }) => delay);
  }
}

/** A pipeline whose run has begun on a loose clock. */
function onLooseClock(
  time: number,
  interval: number,
): { clock: LooseClock; times: number[]; context: StreamingContext } {
  const clock = new LooseClock(time);
  const context = new StreamingContext({ interval, scheduler: clock });
  const times: number[] = [];
  watch(
    NEVER.pipe(
      batchInterval(context),
      foreachBatch((batch) => times.push(batch.time)),
    ),
  );
  clock.fireAt(time);
  return { clock, times, context };
}

describe('the first tick is the next multiple of the interval counted from the epoch', () => {
  it.each([
    [0, 1000],
    [1, 1000],
    [999, 1000],
    [1000, 2000],
    [1_700_000_000_123, 1_700_000_001_000],
  ])('started at %d: %d', (start, first) => {
    const { clock, context, batches } = stage({ clock: manualClock(start) });
    watch(
      NEVER.pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceTo(first - 1);
    expect(batches()).toEqual([]);
    clock.advanceTo(first);
    expect(batches()).toEqual([`${first} settled`]);
  });
});

describe('a timer that', () => {
  it('fires on time is armed again from the grid, so that lateness does not add up', () => {
    const { clock, times } = onLooseClock(1400, 1000);
    expect(clock.delays).toEqual([600]);
    clock.fireAt(2007);
    clock.fireAt(2007);
    expect([times, clock.delays]).toEqual([[2000], [993]]);
    clock.fireAt(3009);
    clock.fireAt(3009);
    expect([times, clock.delays]).toEqual([[2000, 3000], [991]]);
  });

  it('fires early is armed again: no batch is cut before its time', () => {
    const { clock, times } = onLooseClock(1400, 1000);
    clock.fireAt(1999);
    expect([times, clock.delays]).toEqual([[], [1]]);
    clock.fireAt(1999.5);
    expect([times, clock.delays]).toEqual([[], [0.5]]);
    clock.fireAt(2000);
    expect(times).toEqual([2000]);
  });

  it('fires late makes up every tick it missed, one by one, none merged', () => {
    const log = new Log('a', 'b');
    const clock = new LooseClock(0);
    const context = new StreamingContext({ interval: 1000, scheduler: clock });
    const seen: string[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(({ time, records }) => seen.push(`${time} ${records}`)),
      ),
    );
    clock.fireAt(0);
    clock.fireAt(4300);
    for (let turn = 0; turn < 8; turn++) clock.fireAt(4300);
    expect(log.calls.filter((call) => call.startsWith('cut'))).toEqual([
      'cut 1000',
      'cut 2000',
      'cut 3000',
      'cut 4000',
    ]);
    expect(seen).toEqual(['1000 a,b', '2000 ', '3000 ', '4000 ']);
  });

  it('that was set back is told of once, with the wait until the old time is reached', () => {
    const { clock, times, context } = onLooseClock(1400, 1000);
    const told: unknown[] = [];
    context.progress$.subscribe((event) => event.type === 'report' && told.push([event.code, event.details]));
    clock.fireAt(2000);
    clock.fireAt(2000);
    clock.fireAt(-57_000);
    clock.fireAt(-50_000);
    expect(told).toEqual([['CLOCK_SET_BACK', { waitMs: 60_000 }]]);
    clock.fireAt(3000);
    expect(times).toEqual([2000, 3000]);
  });

  it('is asked for more than 31 bits of milliseconds is armed in pieces', () => {
    const month = 31 * 24 * 3_600_000;
    const { clock, times } = onLooseClock(month + 1, month);
    expect(clock.delays).toEqual([2 ** 31 - 1]);
    clock.fireAt(month + 2 ** 31);
    expect(clock.delays).toEqual([2 * month - (month + 2 ** 31)]);
    clock.fireAt(2 * month);
    expect(times).toEqual([2 * month]);
  });
});

describe('a clock that goes back', () => {
  it('waits until the next time is reached: times rise strictly', () => {
    const { clock, times } = onLooseClock(1400, 1000);
    clock.fireAt(2000);
    clock.fireAt(2000);
    expect(times).toEqual([2000]);
    clock.fireAt(500);
    expect([times, clock.delays]).toEqual([[2000], [2500]]);
    clock.fireAt(3000);
    expect(times).toEqual([2000, 3000]);
  });

  it('between two processes: after the last planned time, kept in the checkpoint', () => {
    const checkpoint = memoryCheckpoint({ durable: true });
    const times: number[] = [];
    for (const start of [7000, 2000]) {
      const { clock, context } = stage({ clock: manualClock(start), checkpoint });
      watch(
        logSource(new Log('a')).pipe(
          batchInterval(context),
          foreachBatch(({ time }) => times.push(time)),
        ),
      );
      clock.advanceTo(9000);
    }
    expect(times).toEqual([8000, 9000]);
    const { clock, context } = stage({ clock: manualClock(3000), checkpoint });
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(({ time }) => times.push(time)),
      ),
    );
    clock.advanceTo(10_000);
    expect(times).toEqual([8000, 9000, 10_000]);
  });

  it('another interval than before: later than the last time, and on the new grid', () => {
    const checkpoint = memoryCheckpoint({ durable: true });
    const times: number[] = [];
    for (const interval of [1500, 1000]) {
      const { clock, context } = stage({ clock: manualClock(100), interval, checkpoint });
      watch(
        logSource(new Log('a')).pipe(
          batchInterval(context),
          foreachBatch(({ time }) => times.push(time)),
        ),
      );
      clock.advanceTo(2000);
    }
    expect(times).toEqual([1500, 2000]);
  });
});

describe('cutting', () => {
  it('does not wait for processing', () => {
    const log = new Log('a');
    const { clock, context } = stage();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => timer(5000, clock)),
      ),
    );
    clock.advanceBy(4000);
    expect(log.calls.filter((call) => call.startsWith('cut'))).toEqual([
      'cut 1000',
      'cut 2000',
      'cut 3000',
      'cut 4000',
    ]);
  });

  it('may be asynchronous: cuts are strictly sequential, all sources of a time together', async () => {
    const [slow, quick] = [new Log('a'), new Log('b')];
    const { clock, context, batches, batchEvents } = stage();
    const answers: (() => void)[] = [];
    watch(
      logSource(slow, {
        name: 'slow',
        onCut: (answer) => {
          const cut = deferred<typeof answer>();
          answers.push(() => cut.resolve(answer));
          return cut.promise;
        },
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    watch(
      logSource(quick, { name: 'quick' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(3000);
    expect([slow.count('cut'), quick.count('cut'), batches()]).toEqual([1, 1, []]);
    for (const expected of [2, 3, 3]) {
      answers.shift()?.();
      await promisesSettle();
      clock.advanceBy(0);
      expect([slow.count('cut'), quick.count('cut')]).toEqual([expected, expected]);
    }
    expect(batches()).toEqual(['1000 settled', '2000 settled', '3000 settled']);
    expect(batchEvents().map(({ sources }) => sources.map(({ name }) => name))).toEqual(
      Array(3).fill(['slow', 'quick']),
    );
  });

  it('writes the plan down before the batch runs', async () => {
    const planned = deferred();
    const checkpoint = memoryCheckpoint();
    const log = new Log('a');
    const { clock, context } = stage({ checkpoint: { ...checkpoint, plan: () => planned.promise } });
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect([log.count('cut'), log.count('read')]).toEqual([1, 0]);
    planned.resolve();
    await promisesSettle();
    expect(log.count('read')).toBe(1);
  });

  it('an unreachable source cuts empty and reports; the batch has its time', () => {
    const log = new Log('a', 'b');
    const { clock, context, reports, batchEvents } = stage();
    let report: Parameters<Source<string>['open']>[0]['report'] | undefined;
    watch(
      logSource(log, {
        onOpen(opening) {
          report = opening.report;
        },
        onCut(answer, time) {
          if (time !== 1000) return answer;
          report?.({
            code: 'SOURCE_UNAVAILABLE',
            message: 'away',
            cause: new StreamError('SOURCE_UNAVAILABLE', 'away'),
          });
          return { cut: { data: [0, 0] }, empty: true };
        },
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(reports('SOURCE_UNAVAILABLE').map(({ subject }) => subject)).toEqual(['log']);
    expect(batchEvents().map(({ time, status }) => [time, status])).toEqual([[1000, 'settled']]);
  });
});

describe('a full queue', () => {
  it('makes ticks wait as a count; each is cut later, none skipped or merged', () => {
    const log = new Log<string>();
    const { clock, context, batches, batchEvents } = stage({ maxQueuedBatches: 2 });
    const gate = new Subject<void>();
    let isOpen = false;
    watch(
      logSource(log, { step: 1 }).pipe(
        batchInterval(context),
        foreachBatch(() => (isOpen ? undefined : gate)),
      ),
    );
    for (const record of 'abcdef') {
      log.append(record);
      clock.advanceBy(1000);
    }
    // One is processed, two are queued, three wait.
    expect(log.count('cut')).toBe(3);
    isOpen = true;
    gate.complete();
    clock.advanceBy(500);
    expect(batches()).toEqual(['1000', '2000', '3000', '4000', '5000', '6000'].map((time) => `${time} settled`));
    expect(batchEvents().map(({ sources }) => sources[0]?.records)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(batchEvents()[0]).toMatchObject({ queued: 2, waitingTicks: 3 });
    expect(batchEvents().map(({ schedulingDelay }) => schedulingDelay)).toEqual([0, 4000, 3000, 2000, 1000, 0]);
  });
});

describe('no batch is cut before its time', () => {
  it('at completion', () => {
    const { clock, context, batches } = stage();
    const seen = watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(999);
    expect([batches(), seen.completed]).toEqual([[], false]);
    clock.advanceBy(1);
    expect([batches(), seen.completed]).toEqual([['1000 settled'], true]);
  });

  it('at a graceful stop', async () => {
    const { clock, context, batches } = stage();
    const records = new Subject<string>();
    const results: unknown[] = [];
    watch(
      records.pipe(
        batchInterval(context),
        foreachBatch((batch) => results.push(...batch.records)),
      ),
    );
    clock.advanceBy(200);
    records.next('a');
    const stopped = context.stop({ graceful: true });
    records.next('b');
    clock.advanceBy(799);
    expect(batches()).toEqual([]);
    clock.advanceBy(1);
    await stopped;
    expect([batches(), results, context.state]).toEqual([['1000 settled'], ['a', 'b'], 'STOPPED']);
  });
});

it('windows fire when the time is a multiple of the slide', () => {
  const { clock, context } = stage({ clock: manualClock(1500) });
  const times: number[] = [];
  watch(
    logSource(new Log('a')).pipe(
      batchInterval(context),
      windowBatches({ window: 3000, slide: 3000 }),
      foreachBatch(({ time }) => times.push(time)),
    ),
  );
  clock.advanceTo(10_000);
  expect(times).toEqual([3000, 6000, 9000]);
});

it('a batch knows its time, its interval and its slide', () => {
  const { clock, context } = stage();
  const seen: unknown[] = [];
  watch(
    logSource(new Log('a')).pipe(
      batchInterval(context),
      foreachBatch(({ time, interval, slide, offsets }) => seen.push([time, interval, slide, offsets])),
      windowBatches({ window: 2000, slide: 2000 }),
      foreachBatch(({ time, interval, slide }) => seen.push([time, interval, slide])),
    ),
  );
  clock.advanceBy(2000);
  const range = { topic: 'log', partition: 0, until: 1 };
  expect(seen).toEqual([
    [1000, 1000, 1000, [{ ...range, from: 0 }]],
    [2000, 1000, 1000, [{ ...range, from: 1 }]],
    [2000, 1000, 2000],
  ]);
});

it('a direct subscription of a source is a plain Observable of records: no batches, no commits', () => {
  const log = new Log('a', 'b');
  log.end();
  const seen = watch(logSource(log));
  expect([seen.values, seen.completed]).toEqual([['a', 'b'], true]);
  expect(sourceObservable).toBeTypeOf('function');
});
