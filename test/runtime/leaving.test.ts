import { delay, map, merge, NEVER, of, retry, Subject, share, take, takeUntil, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { batchInterval, foreachBatch, held, memoryCheckpoint, unionBatches } from '../../src/index.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

describe('a hold that ends by unsubscription', () => {
  it('counts as done, one turn later, if the run lives on', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const shared = logSource(log).pipe(batchInterval(context), share());
    const leaving = watch(shared.pipe(foreachBatch(() => timer(5000, clock))));
    watch(shared.pipe(foreachBatch(() => {})));
    clock.advanceBy(1500);
    expect(batches()).toEqual([]);
    leaving.unsubscribe();
    expect(batches()).toEqual([]);
    clock.advanceBy(0);
    expect(batches()).toEqual(['1000 settled']);
  });

  it('the outputs behind it in the queue of the batch take their turn', () => {
    const { clock, context } = stage();
    const effects: string[] = [];
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const first = watch(shared.pipe(foreachBatch(() => timer(5000, clock))));
    const second = watch(shared.pipe(foreachBatch(() => effects.push('second'))));
    watch(shared.pipe(foreachBatch(() => effects.push('third'))));
    clock.advanceBy(1500);
    second.unsubscribe();
    first.unsubscribe();
    clock.advanceBy(0);
    expect(effects).toEqual(['third']);
  });

  it('abandons the open batch if the run has ended with it: it runs again next time', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const effects: string[] = [];
    const stream = logSource(log).pipe(
      batchInterval(context),
      foreachBatch(({ time, records }) => {
        effects.push(`${time} ${records}`);
        return timer(500, clock);
      }),
    );
    const first = watch(stream);
    clock.advanceBy(1200);
    first.unsubscribe();
    clock.advanceBy(500);
    expect([batches(), log.count('settled')]).toEqual([[], 0]);
    watch(stream);
    clock.advanceBy(800);
    expect(effects).toEqual(['1000 a', '1000 a', '2000 ']);
    expect(batches()).toEqual(['1000 settled']);
  });

  it('a pair that waits for its side no longer does', () => {
    const { clock, context, batches } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const slow = shared.pipe(held((batch) => timer(5000, clock).pipe(map(() => batch))));
    const left = watch(shared.pipe(unionBatches(slow)));
    watch(shared.pipe(foreachBatch(() => {})));
    clock.advanceBy(1100);
    left.unsubscribe();
    clock.advanceBy(0);
    expect(batches()).toEqual(['1000 settled']);
  });
});

describe('take(n)', () => {
  it('in one of two chains counts as done', () => {
    const { clock, context, batches } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    const short = watch(
      shared.pipe(
        foreachBatch(() => {}),
        take(2),
      ),
    );
    watch(shared.pipe(foreachBatch(() => {})));
    clock.advanceBy(3000);
    expect(short.completed).toBe(true);
    expect(batches()).toEqual(['1000 settled', '2000 settled', '3000 settled']);
  });

  it('behind the only chain abandons the batch that completed it; { batches: n } is the clean end', () => {
    const log = new Log('a', 'b', 'c');
    const { clock, context, batches } = stage();
    const stream = logSource(log, { step: 1 }).pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    );
    watch(stream.pipe(take(2)));
    clock.advanceBy(3000);
    expect(batches()).toEqual(['1000 settled']);
    const effects: unknown[] = [];
    watch(stream.pipe(tap(({ time, records }) => effects.push([time, [...records]]))));
    clock.advanceBy(0);
    expect(effects).toEqual([[2000, ['b']]]);
  });

  it('lets a flood go no further', () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        take(1),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(5000);
    expect([seen.completed, seen.values.length]).toEqual([true, 1]);
  });
});

describe('the last subscriber that leaves ends the run', () => {
  it('its sources are closed, its outputs told, and nothing is settled', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const signals: AbortSignal[] = [];
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch((_batch, signal) => {
          signals.push(signal);
          return timer(500, clock);
        }),
      ),
    );
    clock.advanceBy(1200);
    seen.unsubscribe();
    expect(log.calls.at(-1)).toBe('close');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    clock.advanceBy(5000);
    expect([batches(), context.state, log.count('cut')]).toEqual([[], 'INITIALIZED', 1]);
  });
});

describe('one source of two is left', () => {
  /** Two sources; the output of `b` is slow at some times, so that batches of both are queued meanwhile. */
  function twoSources(checkpoint = memoryCheckpoint({ durable: true })) {
    const logs = { a: new Log<string>(), b: new Log<string>() };
    const effects: string[] = [];
    const begin = (start: number, slow: Readonly<Record<number, number>>) => {
      const now = stage({ clock: manualClock(start), checkpoint });
      const [a, b] = (['a', 'b'] as const).map((name) =>
        watch(
          logSource(logs[name], { name }).pipe(
            batchInterval(now.context),
            foreachBatch(({ time, records }) => {
              if (records.length > 0) effects.push(`${name} ${time} ${records}`);
              return name === 'b' && time in slow ? timer(slow[time] as number, now.clock) : undefined;
            }),
          ),
        ),
      );
      return { ...now, a: a as NonNullable<typeof a>, b: b as NonNullable<typeof b> };
    };
    return { logs, effects, begin, checkpoint };
  }

  it('what was queued of it is not lost: its position does not settle', () => {
    const { logs, effects, begin } = twoSources();
    const first = begin(0, { 1000: 2500 });
    for (const second of [1, 2, 3]) {
      logs.a.append(`a${second}`);
      logs.b.append(`b${second}`);
      first.clock.advanceBy(1000);
    }
    // 1000 is being processed; 2000 and 3000 are planned with records of both.
    first.a.unsubscribe();
    first.clock.advanceBy(1000);
    expect(effects).toEqual(['a 1000 a1', 'b 1000 b1', 'b 2000 b2', 'b 3000 b3']);
    effects.length = 0;
    first.b.unsubscribe();
    begin(4000, {}).clock.advanceBy(1000);
    expect(effects).toEqual(['a 5000 a2,a3']);
  });

  it('also if the run ends before all of that has settled', () => {
    const { logs, effects, begin, checkpoint } = twoSources();
    const first = begin(0, { 1000: 2500, 2000: 60_000 });
    for (const second of [1, 2, 3]) {
      logs.a.append(`a${second}`);
      logs.b.append(`b${second}`);
      first.clock.advanceBy(1000);
    }
    first.a.unsubscribe();
    // 1000 settles at 3500, then 2000 is processed, which had been planned with records of both.
    first.clock.advanceBy(1000);
    first.b.unsubscribe();
    effects.length = 0;
    expect(checkpoint.load()).toMatchObject({
      positions: new Map([
        ['a', 1],
        ['b', 1],
      ]),
      unsettled: [2000, 3000, 4000].map((time) => ({ time, cuts: [{ source: 'b' }] })),
    });
    begin(5000, {}).clock.advanceBy(1000);
    expect(effects).toEqual(['b 2000 b2', 'b 3000 b3', 'a 6000 a2,a3']);
  });

  it('the others can be retried without it; when it comes back it goes on where it had settled', () => {
    const logs = { a: new Log('a1'), b: new Log('b1') };
    const { clock, context, batches } = stage();
    const effects: string[] = [];
    let failures = 1;
    const chain = (name: 'a' | 'b') =>
      logSource(logs[name], { name }).pipe(
        batchInterval(context),
        foreachBatch(({ time, records }) => {
          effects.push(`${name} ${time} ${records}`);
          return name === 'a' ? NEVER : timer(100, clock);
        }),
        foreachBatch(() => {
          if (failures-- > 0) throw new Error('no');
        }),
      );
    const a = watch(chain('a'));
    const b = watch(chain('b').pipe(retry(1)));
    clock.advanceBy(1010);
    a.unsubscribe();
    clock.advanceBy(500);
    expect([b.error, batches()]).toEqual([undefined, ['1000 settled']]);
    b.unsubscribe();
    effects.length = 0;
    watch(chain('a'));
    clock.advanceBy(1000);
    expect(effects).toEqual(['a 2000 a1']);
  });

  it('is told to the checkpoint once, and not once it is back', () => {
    const checkpoint = memoryCheckpoint({ durable: true });
    const settlements: string[] = [];
    const { clock, context } = stage({
      checkpoint: {
        ...checkpoint,
        settle(settlement) {
          settlements.push(`${settlement.time} ${settlement.left ?? 'none'}`);
          return checkpoint.settle(settlement);
        },
      },
    });
    let failAt = 4000;
    const chain = (name: string) =>
      logSource(new Log(name), { name }).pipe(
        batchInterval(context),
        foreachBatch(({ time }) => {
          if (name === 'b' && time === failAt) throw new Error('no');
        }),
      );
    const a = watch(chain('a'));
    const b = watch(chain('b').pipe(retry(1)));
    clock.advanceBy(1500);
    a.unsubscribe();
    clock.advanceBy(2000);
    expect(settlements).toEqual(['1000 none', '2000 a', '3000 none']);
    b.unsubscribe();

    const left = watch(chain('a'));
    const again = watch(chain('b'));
    clock.advanceBy(300);
    left.unsubscribe();
    clock.advanceBy(500);
    expect(codeOf(again.error)).toBe('OUTPUT_FAILED');
    failAt = 0;
    settlements.length = 0;
    for (const name of ['a', 'b']) watch(chain(name));
    clock.advanceBy(1000);
    expect(settlements).toEqual(['4000 none', '5000 none']);
  });

  it('while its batch is being read: that batch goes on without it', async () => {
    const logs = { a: new Log('a1'), b: new Log('b1') };
    const checkpoint = memoryCheckpoint({ durable: true });
    const reading = deferred<readonly string[]>();
    const { clock, context, batches } = stage({ checkpoint });
    const a = watch(
      logSource(logs.a, { name: 'a', onRead: () => reading.promise }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    watch(
      logSource(logs.b, { name: 'b' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(batches()).toEqual([]);
    a.unsubscribe();
    clock.advanceBy(0);
    expect(batches()).toEqual(['1000 settled']);
    expect(checkpoint.load()).toMatchObject({ positions: new Map([['b', 1]]), unsettled: [] });
    reading.reject(new Error('closed'));
    await promisesSettle();
    clock.advanceBy(1000);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
  });

  it('while its batch is being read, and the other one in the same call: the batch is abandoned whole', () => {
    const logs = { a: new Log('a1'), b: new Log('b1') };
    const checkpoint = memoryCheckpoint({ durable: true });
    const { clock, context, batches } = stage({ checkpoint });
    const chain = (name: 'a' | 'b') =>
      logSource(logs[name], {
        name,
        onRead: (records) => (name === 'a' ? of(records).pipe(delay(500, clock)) : records),
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      );
    const both = watch(merge(chain('a'), chain('b')));
    clock.advanceBy(1100);
    both.unsubscribe();
    clock.advanceBy(3000);
    expect(batches()).toEqual([]);
    expect(checkpoint.load()).toMatchObject({
      positions: new Map(),
      unsettled: [{ time: 1000, cuts: [{ source: 'a' }, { source: 'b' }] }],
    });
  });

  it('while it is asked for its cut: the others are cut without it', async () => {
    const logs = { a: new Log('a1'), b: new Log('b1') };
    const cutting = deferred<never>();
    const { clock, context, batches, batchEvents } = stage();
    const a = watch(
      logSource(logs.a, { name: 'a', onCut: () => cutting.promise }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    watch(
      logSource(logs.b, { name: 'b' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(batches()).toEqual([]);
    a.unsubscribe();
    clock.advanceBy(0);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
    expect(batchEvents()[0]?.sources.map(({ name }) => name)).toEqual(['b']);
    cutting.reject(new Error('closed'));
    await promisesSettle();
    clock.advanceBy(1000);
    expect(batches()).toHaveLength(3);
  });

  it('by an output of the other, before its batch was passed on: that batch is not its', () => {
    const logs = { a: new Log('a1'), b: new Log('b1') };
    const checkpoint = memoryCheckpoint({ durable: true });
    const { clock, context } = stage({ checkpoint });
    const enough = new Subject<void>();
    watch(
      logSource(logs.a, { name: 'a' }).pipe(
        batchInterval(context),
        foreachBatch(() => enough.next()),
      ),
    );
    const b = watch(
      logSource(logs.b, { name: 'b' }).pipe(
        batchInterval(context),
        takeUntil(enough),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect([b.completed, b.values]).toEqual([true, []]);
    expect(checkpoint.load()).toMatchObject({ positions: new Map([['a', 1]]), unsettled: [] });
  });
});

it('a batch that is left before its output has seen it runs again, if an output has seen one before', () => {
  const { clock, context } = stage();
  const source = new Subject<string>();
  const results: string[] = [];
  const stream = source.pipe(
    batchInterval(context),
    held((batch) => timer(300, clock).pipe(map(() => batch))),
    foreachBatch(({ records }) => results.push(...records)),
  );
  const left = watch(stream);
  clock.advanceBy(0);
  source.next('a');
  clock.advanceBy(1500);
  source.next('b');
  clock.advanceBy(600);
  left.unsubscribe();
  watch(stream);
  clock.advanceBy(2000);
  expect(results).toEqual(['a', 'b']);
});

it('unsubscribing lets go at once: the source is closed in the same call', () => {
  const log = new Log('a');
  const { clock, context } = stage();
  const seen = watch(
    logSource(log).pipe(
      batchInterval(context),
      held(() => NEVER),
    ),
  );
  clock.advanceBy(1000);
  seen.unsubscribe();
  expect(log.calls.at(-1)).toBe('close');
  expect(context.state).toBe('INITIALIZED');
});
