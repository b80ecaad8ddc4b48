import {
  asapScheduler,
  asyncScheduler,
  map,
  type OperatorFunction,
  type SchedulerAction,
  type SchedulerLike,
  type Subscription,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  foreachBatch,
  mapRecords,
  memoryCheckpoint,
  type PlannedBatch,
  queue,
  StreamingContext,
} from '../../src/index.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { deferred, promisesSettle, stage, watch } from '../support/stage.ts';

/** A checkpoint with so many planned batches that have not settled. */
function withUnsettled(count: number): ReturnType<typeof memoryCheckpoint> {
  const checkpoint = memoryCheckpoint();
  const load = checkpoint.load;
  const unsettled = Array.from(
    { length: count },
    (_, at): PlannedBatch => ({
      time: at + 1,
      cuts: [{ source: 'log', cut: { data: [at, at + 1], position: at + 1, offsets: [] } }],
    }),
  );
  return {
    ...checkpoint,
    load: () => ({ ...(load() as object), lastTime: count, unsettled, positions: new Map(), states: new Map() }),
    settle() {},
  };
}

describe('the queue is a loop, not a recursion', () => {
  it('10,000 queued synchronous batches do not overflow the stack', () => {
    const log = new Log<number>();
    for (let i = 0; i < 10_000; i++) log.records.push(i);
    const clock = manualClock(20_000);
    const { context, batches } = stage({ clock, checkpoint: withUnsettled(10_000) });
    const depths = new Set<number>();
    let count = 0;
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (count++ % 1000 === 0) depths.add(stackDepth());
        }),
      ),
    );
    clock.advanceBy(500);
    expect([count, batches().length]).toEqual([10_000, 10_000]);
    expect(depths.size).toBeLessThan(4);
  });

  it('10,000 ticks that waited for one cut do not either', async () => {
    const log = new Log<number>();
    const first = deferred();
    const { clock, context } = stage({ interval: 1, maxQueuedBatches: 20_000 });
    const depths = new Set<number>();
    watch(
      logSource(log, {
        onCut(answer, time) {
          if (time % 1000 <= 1) depths.add(stackDepth());
          return time === 1 ? first.promise.then(() => answer) : answer;
        },
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceTo(10_000);
    expect(log.count('cut')).toBe(1);
    first.resolve();
    await promisesSettle();
    expect(log.count('cut')).toBe(10_000);
    expect(depths.size).toBeLessThan(5);
  });
});

/** The records of each batch as one text, taken while they can be read. */
function recordsOf(): OperatorFunction<Batch<string>, string> {
  return map(({ records }) => records.join(''));
}

function stackDepth(): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const depth = (new Error().stack ?? '').split('\n').length;
  Error.stackTraceLimit = stackTraceLimit;
  return depth;
}

describe('between two batches the event loop gets a turn', () => {
  it('under the default scheduler: what setImmediate has queued runs before the next batch', async () => {
    const log = new Log(0, 1, 2, 3, 4);
    const context = new StreamingContext({ interval: 3_600_000, checkpoint: withUnsettled(5), batches: 5 });
    const order: string[] = [];
    const ended = context.awaitTermination();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(({ records }) => {
          order.push(`batch ${records}`);
          setImmediate(() => order.push(`turn ${records}`));
        }),
      ),
    );
    await ended;
    await new Promise((resolve) => setImmediate(resolve));
    expect(order).toEqual([0, 1, 2, 3, 4].flatMap((at) => [`batch ${at}`, `turn ${at}`]));
  });

  it('and a promise’s microtasks are not enough for the next batch', async () => {
    const log = new Log(0, 1);
    const context = new StreamingContext({ interval: 3_600_000, checkpoint: withUnsettled(2), batches: 2 });
    const order: string[] = [];
    const ended = context.awaitTermination();
    const first = deferred();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(async ({ records }) => {
          order.push(`batch ${records}`);
          first.resolve();
        }),
      ),
    );
    await first.promise;
    await promisesSettle();
    expect(order).toEqual(['batch 0']);
    await ended;
    expect(order).toEqual(['batch 0', 'batch 1']);
  });

  it('under an injected scheduler: one of its actions', () => {
    const scheduled: (number | undefined)[] = [];
    const clock = manualClock();
    const schedule = clock.schedule.bind(clock);
    clock.schedule = ((work: never, delay?: number, state?: never) => {
      scheduled.push(delay);
      return schedule(work, delay, state);
    }) as typeof clock.schedule;
    const { context } = stage({ clock });
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(scheduled.filter((delay) => delay === undefined || delay === 0)).toHaveLength(2);
  });

  it('another real scheduler is used as it is', async () => {
    const used: string[] = [];
    const scheduler: SchedulerLike = {
      now: () => asyncScheduler.now(),
      schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
        used.push((delay ?? 0) > 0 ? 'timer' : 'turn');
        return (delay ?? 0) > 0 ? asyncScheduler.schedule(work, delay, state) : asapScheduler.schedule(work, 0, state);
      },
    };
    const context = new StreamingContext({ interval: 3_600_000, checkpoint: withUnsettled(3), batches: 3, scheduler });
    const ended = context.awaitTermination();
    watch(
      logSource(new Log(0, 1, 2)).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    await ended;
    expect(used.filter((kind) => kind === 'turn')).toHaveLength(3);
  });
});

describe('a pipeline with synchronous parts', () => {
  it('runs whole under TestScheduler.run, the default scheduler included', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold, expectObservable }) => {
      const source = cold('-a--b---c-------d--|');
      const batches = source.pipe(
        batchInterval(5),
        mapRecords((record) => record.toUpperCase()),
        foreachBatch(() => {}),
      );
      expectObservable(
        batches.pipe(
          mapRecords((record) => record),
          recordsOf(),
        ),
      ).toBe('-----p----q----r----(s|)', {
        p: 'AB',
        q: 'C',
        r: '',
        s: 'D',
      });
    });
  });

  it('and so does one whose source gives batches', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      const batches = queue([['a', 'b'], [], ['c']]).pipe(
        batchInterval(2),
        foreachBatch(() => {}),
        recordsOf(),
      );
      expectObservable(batches).toBe('--p-q-(r|)', { p: 'ab', q: '', r: 'c' });
    });
  });
});

it('progress shows the longest stretch a batch kept the event loop', () => {
  const { clock, context, batchEvents } = stage();
  watch(
    logSource(new Log('a')).pipe(
      batchInterval(context),
      foreachBatch(() => {
        clock.frame += 70;
      }),
    ),
  );
  clock.advanceBy(1000);
  expect(batchEvents()[0]?.longestStretch).toBe(70);
});
