import { map, NEVER, of, Subject, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import {
  batchInterval,
  drain,
  foreachBatch,
  reduceByKeyAndWindow,
  StreamingContext,
  windowBatches,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, stage, watch } from '../support/stage.ts';

describe('under a drain trigger a batch is whatever has arrived when the batch before has settled', () => {
  it('from a source that wakes: at once', () => {
    const log = new Log<string>();
    const { clock, context } = stage({ trigger: drain() });
    const results: string[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(({ records }) => {
          results.push(`${clock.now()} ${records}`);
          return timer(50, clock);
        }),
      ),
    );
    clock.advanceBy(10);
    log.append('a');
    expect(results).toEqual(['10 a']);
    clock.advanceBy(20);
    log.append('b');
    log.append('c');
    clock.advanceBy(29);
    expect(results).toEqual(['10 a']);
    clock.advanceBy(1);
    expect(results).toEqual(['10 a', '60 b,c']);
  });

  it('there are no empty batches', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage({ trigger: drain() });
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    log.wake();
    clock.advanceBy(1000);
    expect(batches()).toHaveLength(1);
  });

  it('maxRecords bounds a batch of each source; the rest follows', () => {
    const [a, b] = [new Log(1, 2, 3, 4, 5), new Log(10, 20)];
    const { clock, context, batchEvents } = stage({ trigger: drain({ maxRecords: 2 }) });
    for (const [log, name] of [
      [a, 'a'],
      [b, 'b'],
    ] as const)
      watch(
        logSource(log, { name }).pipe(
          batchInterval(context),
          foreachBatch(() => {}),
        ),
      );
    clock.advanceBy(10);
    expect(batchEvents().map(({ sources }) => sources.map(({ records }) => records))).toEqual([
      [2, 2],
      [2, 0],
      [1, 0],
    ]);
  });

  it('a plain Observable too', () => {
    const { clock, context } = stage({ trigger: drain({ maxRecords: 2 }) });
    const records = new Subject<number>();
    const results: number[][] = [];
    const seen = watch(
      records.pipe(
        batchInterval(context),
        foreachBatch((batch) => results.push([...batch.records])),
      ),
    );
    clock.advanceBy(0);
    for (const record of [1, 2, 3, 4, 5]) records.next(record);
    clock.advanceBy(10);
    records.next(6);
    records.complete();
    clock.advanceBy(10);
    expect(results).toEqual([[1], [2, 3], [4, 5], [6]]);
    expect(seen.completed).toBe(true);
  });

  it('a source that does not wake is asked every 10 ms', () => {
    const log = new Log<string>();
    const { clock, context } = stage({ trigger: drain() });
    const results: string[] = [];
    watch(
      logSource(log, { wakes: false }).pipe(
        batchInterval(context),
        foreachBatch(({ records }) => results.push(`${clock.now()} ${records}`)),
      ),
    );
    clock.advanceBy(95);
    log.append('a');
    clock.advanceBy(5);
    expect(results).toEqual(['100 a']);
    expect(log.count('cut')).toBe(11);
  });

  it('times rise although the clock stands still', () => {
    const { clock, context } = stage({ trigger: drain({ maxRecords: 1 }) });
    const times: number[] = [];
    watch(
      of('a', 'b', 'c').pipe(
        batchInterval(context),
        foreachBatch(({ time }) => times.push(time)),
      ),
    );
    clock.advanceBy(0);
    expect(times).toEqual([0, 1, 2]);
  });

  it('it has no interval, so windows refuse it where they are written', () => {
    const { context } = stage({ trigger: drain() });
    const batches = of(['k', 1] as const).pipe(batchInterval(context));
    expect(() => batches.pipe(windowBatches({ window: 1000 }))).toThrow(/drain/);
    expect(() => batches.pipe(reduceByKeyAndWindow((a, b) => a + b, { window: 1000 }))).toThrow(/drain/);
  });

  it('and at the first batch where a plain operator hides it', () => {
    const { clock, context } = stage({ trigger: drain() });
    const seen = watch(
      of('a').pipe(
        batchInterval(context),
        map((batch) => batch),
        windowBatches({ window: 1000 }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(0);
    expect(codeOf(seen.error)).toBe('INVALID_ARGUMENT');
  });

  it('a graceful stop takes what has arrived, and is not kept going by what arrives later', async () => {
    const log = new Log('a', 'b', 'c');
    const { clock, context } = stage({ trigger: drain({ maxRecords: 2 }) });
    const results: string[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(({ records }) => {
          results.push(...records);
          return timer(50, clock);
        }),
      ),
    );
    clock.advanceBy(10);
    const stopped = context.stop({ graceful: true });
    clock.advanceBy(60);
    log.append('too late');
    clock.advanceBy(100);
    await stopped;
    expect([results, context.state]).toEqual([['a', 'b', 'c'], 'STOPPED']);
    expect(clock.now()).toBe(170);
  });

  it('runs under TestScheduler', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ hot, expectObservable }) => {
      const context = new StreamingContext({ trigger: drain() });
      const batches = hot('--ab---c-|').pipe(
        batchInterval(context),
        map(({ records }) => records.join('')),
      );
      expectObservable(batches).toBe('--ab---c-|');
    });
  });
});

it('a context needs either an interval or a trigger', () => {
  for (const options of [{}, { interval: 1000, trigger: drain() }])
    expect(() => new StreamingContext(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  expect(() => drain({ maxRecords: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});

it('nothing is cut while there is nothing to ask', () => {
  const { clock, context, batches } = stage({ trigger: drain() });
  watch(
    NEVER.pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    ),
  );
  clock.advanceBy(1000);
  expect(batches()).toEqual([]);
});
