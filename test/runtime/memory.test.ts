import { interval, map, range, repeat, retry, Subject, timer, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { detached } from '../../src/core/keys/detached.ts';
import {
  type Batch,
  batchInterval,
  type CheckpointContents,
  drain,
  foreachBatch,
  memoryCheckpoint,
  persist,
  type StreamError,
  StreamingContext,
  updateStateByKey,
  windowBatches,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { type Counted, counted } from '../support/pairs.ts';
import { codeOf, stage, watch } from '../support/stage.ts';
import { changeCount, storedPairs } from '../support/stateEntries.ts';

describe('a plain Observable keeps at most maxBuffered records', () => {
  it('one more is BUFFER_FULL, after what was taken in has been processed', () => {
    const { clock, context, batches } = stage();
    const records = new Subject<number>();
    const results: number[] = [];
    const seen = watch(
      records.pipe(
        batchInterval(context, { maxBuffered: 3 }),
        foreachBatch((batch) => results.push(...batch.records)),
      ),
    );
    clock.advanceBy(0);
    for (const record of [1, 2, 3, 4, 5]) records.next(record);
    expect(records.observed).toBe(false);
    expect(seen.error).toBeUndefined();
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('BUFFER_FULL');
    expect((seen.error as StreamError).message).toContain('maxBuffered');
    expect([results, batches()]).toEqual([[1, 2, 3], ['1000 settled']]);
  });

  it('however slow the outputs are: what waits for them counts', () => {
    const { clock, context } = stage();
    const seen = watch(
      interval(100, clock).pipe(
        batchInterval(context, { maxBuffered: 25 }),
        foreachBatch(() => timer(60_000, clock)),
      ),
    );
    clock.advanceBy(90_000);
    context.stop();
    expect(seen.values).toHaveLength(1);
    clock.advanceBy(200_000);
    expect(codeOf(seen.error) ?? 'stopped').toBe('stopped');
  });

  it('settled records make room', () => {
    const { clock, context, batches } = stage();
    const seen = watch(
      interval(100, clock).pipe(
        batchInterval(context, { maxBuffered: 11 }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(20_000);
    expect([seen.error, batches().length]).toEqual([undefined, 20]);
  });

  it('a synchronous flood ends there', () => {
    const { clock, context } = stage();
    let emitted = 0;
    const seen = watch(
      range(0, 10).pipe(
        repeat(),
        map((record) => {
          emitted++;
          return record;
        }),
        batchInterval(context, { maxBuffered: 100 }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('BUFFER_FULL');
    expect(emitted).toBeLessThanOrEqual(102);
  });

  it('a retry goes on with what had been taken in', () => {
    const { clock, context } = stage();
    const records = new Subject<number>();
    const results: number[] = [];
    watch(
      records.pipe(
        batchInterval(context, { maxBuffered: 2 }),
        foreachBatch((batch) => results.push(...batch.records)),
        retry(1),
      ),
    );
    clock.advanceBy(0);
    for (const record of [1, 2, 3]) records.next(record);
    clock.advanceBy(1500);
    records.next(4);
    clock.advanceBy(1000);
    expect(results).toEqual([1, 2, 4]);
  });
});

describe('limits are finite by default', () => {
  it('100 batches are queued, then ticks wait', () => {
    const log = new Log('a');
    const { clock, context } = stage();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => timer(10_000_000, clock)),
      ),
    );
    clock.advanceBy(500_000);
    expect(log.count('cut')).toBe(101);
  });

  it('a drain trigger takes 10,000 records a batch', () => {
    expect(drain().maxRecords).toBe(10_000);
  });

  it('a plain Observable keeps a million', () => {
    const { clock, context } = stage();
    const seen = watch(
      range(0, 1_000_001).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect((seen.error as StreamError).details).toEqual({ maxBuffered: 1_000_000 });
  });
});

describe('what outlives its batch does not keep the buffer it was cut from', () => {
  const big = new ArrayBuffer(65_536);

  it.each([
    ['a Buffer', Buffer.from(big, 8, 16)],
    ['a Uint8Array', new Uint8Array(big, 8, 16)],
    ['a Float64Array', new Float64Array(big, 8, 2)],
    ['a DataView', new DataView(big, 8, 16)],
  ])('%s that is a small view is copied', (_name, view) => {
    const copy = detached(view);
    expect(copy).toStrictEqual(view);
    expect(copy.constructor).toBe(view.constructor);
    expect(copy.buffer).not.toBe(big);
    expect(copy.buffer.byteLength).toBeLessThanOrEqual(16);
  });

  it.each([
    ['a view of most of its buffer', new Uint8Array(big, 0, 60_000)],
    ['a number', 7],
    ['a text', 'text'],
    ['null', null],
    ['a pair of values', ['k', Number.NaN] as const],
    ['an object', { a: 1 }],
  ])('%s stays what it is', (_name, value) => {
    expect(detached(value)).toBe(value);
  });

  it('a small view within a pair is copied, the key stays', () => {
    const key = { id: 1 };
    const pair = [key, new Uint8Array(big, 0, 4)] as const;
    const [copiedKey, copy] = detached(pair);
    expect(copiedKey).toBe(key);
    expect(copy.buffer.byteLength).toBe(4);
  });

  it('a record that knows how to detach itself is asked to', () => {
    const record = { detached: () => 'light' as never };
    expect(detached(record)).toBe('light');
  });

  it('a window keeps copies', () => {
    const checkpoint = memoryCheckpoint();
    const { clock, context } = stage({ checkpoint });
    watch(
      logSource(new Log(Buffer.from(big, 0, 10))).pipe(
        batchInterval(context),
        windowBatches({ window: 5000, name: 'w' }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    const { states } = checkpoint.load() as CheckpointContents;
    const [kept] = storedPairs<number, readonly Buffer[]>(states.get('w/records'));
    expect(kept?.[1][0]?.buffer.byteLength).toBe(10);
  });
});

describe('what is over is let go of', () => {
  it('timers that have fired', () => {
    const clock = new VirtualTimeScheduler();
    const held = new Set<unknown>();
    const schedule = clock.schedule.bind(clock);
    clock.schedule = ((work: never, delay?: number, state?: never) => {
      const action = schedule(work, delay, state);
      if (delay === 10) {
        held.add(action);
        action.add(() => held.delete(action));
      }
      return action;
    }) as typeof clock.schedule;
    const context = new StreamingContext({ trigger: drain(), scheduler: clock });
    watch(
      logSource(new Log('a'), { wakes: false }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.maxFrames = 10_000;
    clock.flush();
    expect(held.size).toBeLessThan(3);
  });

  it('what is pinned for a batch, when it has settled', () => {
    const { clock, context } = stage();
    let evaluations = 0;
    const kept: Batch<string>[] = [];
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        map((batch) => batch.withRecords(evaluated())),
        persist(),
        foreachBatch((batch) => {
          batch.forEach(() => {});
          batch.forEach(() => {});
          kept.push(batch);
        }),
      ),
    );
    function* evaluated(): Generator<string> {
      evaluations++;
      yield 'a';
    }
    clock.advanceBy(1000);
    expect(evaluations).toBe(1);
  });
});

describe('state values are never changed in place', () => {
  const mutating = updateStateByKey<Counted, number[]>((values, state = []) => {
    state.push(...values);
    return state;
  });

  it('freezeState makes it throw', () => {
    const { clock, context } = stage({ freezeState: true });
    const log = new Log(counted('k', 1));
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        mutating,
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    log.append(counted('k', 2));
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('OPERATOR_FAILED');
  });

  it('the same reference means unchanged: nothing is written to the checkpoint', () => {
    const same = { count: 1 };
    const checkpoint = memoryCheckpoint();
    const puts: number[] = [];
    const { clock, context } = stage({
      checkpoint: {
        ...checkpoint,
        settle(settlement) {
          puts.push(changeCount(settlement.states.find(({ state }) => state === 's/keys')));
          return checkpoint.settle(settlement);
        },
      },
    });
    watch(
      logSource(new Log(counted('k', 1))).pipe(
        batchInterval(context),
        updateStateByKey(() => same, { name: 's' }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(3000);
    expect(puts).toEqual([1, 0, 0]);
  });
});

describe('laziness', () => {
  it('forEach runs the fused chain in one pass and stops early; records materialises once', () => {
    const { clock, context } = stage();
    let read = 0;
    watch(
      logSource(new Log(1, 2, 3, 4)).pipe(
        batchInterval(context),
        map((batch) =>
          batch.withRecords({
            *[Symbol.iterator]() {
              for (const record of batch) {
                read++;
                yield record;
              }
            },
          }),
        ),
        foreachBatch((batch) => {
          expect(read).toBe(0);
          batch.forEach((record) => record < 2);
          expect(read).toBe(2);
          expect([batch.records, batch.records]).toEqual([
            [1, 2, 3, 4],
            [1, 2, 3, 4],
          ]);
          expect(read).toBe(6);
          read = 0;
        }),
      ),
    );
    clock.advanceBy(1000);
    expect.assertions(4);
  });
});
