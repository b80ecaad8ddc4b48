import {
  catchError,
  concat,
  defer,
  filter,
  interval,
  merge,
  NEVER,
  type Observable,
  of,
  repeat,
  retry,
  Subject,
  share,
  take,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  foreachBatch,
  mapRecords,
  memoryOffsets,
  queue,
  type StreamError,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { type Counted, counted, sums } from '../support/pairs.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

describe('a run starts one scheduler turn after its first subscription', () => {
  it('so that streams subscribed in one go belong to it', () => {
    const [a, b] = [new Log('a'), new Log('b')];
    const { clock, context } = stage();
    watch(
      logSource(a, { name: 'a' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    expect([context.state, a.calls]).toEqual(['INITIALIZED', []]);
    watch(
      logSource(b, { name: 'b' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(0);
    expect([context.state, a.calls, b.calls]).toEqual(['ACTIVE', ['open 0'], ['open 0']]);
  });

  it('a batch stream subscribed later gets CONTEXT_STARTED, and the run goes on', () => {
    const { clock, context, batches } = stage();
    const early = watch(
      logSource(new Log('a'), { name: 'a' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(500);
    const late = watch(
      logSource(new Log('b'), { name: 'b' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(500);
    expect(codeOf(late.error)).toBe('CONTEXT_STARTED');
    expect((late.error as Error).message).toContain('share()');
    expect([early.error, batches()]).toEqual([undefined, ['1000 settled']]);
  });

  it('what is refused is refused a turn later, so that a bare retry() does not spin in one call', () => {
    const { clock, context } = stage();
    watch(
      logSource(new Log('a'), { name: 'a' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(0);
    let tries = 0;
    const late = watch(
      defer(() => {
        tries++;
        return logSource(new Log('b'), { name: 'b' }).pipe(batchInterval(context));
      }).pipe(retry(3)),
    );
    expect([tries, late.error]).toEqual([1, undefined]);
    clock.advanceBy(0);
    expect([tries, codeOf(late.error)]).toEqual([4, 'CONTEXT_STARTED']);
  });
});

describe('start: manual', () => {
  it('starts at start(), not before', () => {
    const log = new Log('a');
    const { clock, context } = stage({ start: 'manual' });
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(5000);
    expect([context.state, log.calls]).toEqual(['INITIALIZED', []]);
    context.start();
    expect(context.state).toBe('ACTIVE');
    clock.advanceBy(1000);
    expect(log.count('settled')).toBe(1);
  });

  it('start() twice: CONTEXT_STARTED', () => {
    const { context } = stage({ start: 'manual' });
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    context.start();
    expect(() => context.start()).toThrow(expect.objectContaining({ code: 'CONTEXT_STARTED' }));
    expect(context.state).toBe('ACTIVE');
  });

  it('start() without streams: NO_OUTPUT, and it can be started later', () => {
    const { context } = stage({ start: 'manual' });
    expect(() => context.start()).toThrow(/no output operations registered/i);
    expect(context.state).toBe('INITIALIZED');
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    context.start();
    expect(context.state).toBe('ACTIVE');
  });

  it('start() of a context that starts by itself, or is stopped', async () => {
    expect(() => stage().context.start()).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    const { context } = stage({ start: 'manual' });
    await context.stop();
    expect(() => context.start()).toThrow(expect.objectContaining({ code: 'CONTEXT_STOPPED' }));
  });

  it('a retry after a failure begins by itself', () => {
    const { clock, context, batches } = stage({ start: 'manual' });
    let failures = 1;
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (failures-- > 0) throw new Error('no');
        }),
        retry(1),
      ),
    );
    context.start();
    clock.advanceBy(1100);
    expect(batches()).toEqual(['1000 settled']);
  });
});

describe('a run fails once; what is subscribed meanwhile belongs to the next run', () => {
  it('which begins a turn later, so that all chains can be retried', () => {
    const { clock, context, batches } = stage();
    let failures = 1;
    const chain = (name: string): Observable<Batch<string>> =>
      logSource(new Log(name), { name }).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (name === 'b' && failures-- > 0) throw new Error('no');
        }),
      );
    const [a, b] = [watch(chain('a').pipe(retry(1))), watch(chain('b').pipe(retry(1)))];
    clock.advanceBy(2000);
    expect([a.error, b.error]).toEqual([undefined, undefined]);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
  });

  it('also a chain that hears of the failure last, from its own output', () => {
    const { clock, context, batches } = stage();
    let failures = 1;
    const first = watch(
      logSource(new Log('a'), { name: 'a' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        retry(1),
      ),
    );
    const last = watch(
      defer(() =>
        logSource(new Log('b'), { name: 'b' }).pipe(
          batchInterval(context),
          catchError(() => NEVER),
          foreachBatch(() => {
            if (failures-- > 0) throw new Error('no');
          }),
        ),
      ).pipe(retry(1)),
    );
    clock.advanceBy(2000);
    expect([first.error, last.error]).toEqual([undefined, undefined]);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
  });

  it('several chains are retried together: merge(a, b).pipe(retry())', () => {
    const logs = { a: new Log(counted('a', 1)), b: new Log(counted('b', 1)) };
    const store = memoryOffsets();
    const { clock, context, batches } = stage();
    const results: (readonly unknown[])[] = [];
    let failures = 2;
    const chain = (name: 'a' | 'b'): Observable<Batch<Counted>> =>
      logSource(logs[name], { name }).pipe(
        batchInterval(context),
        sums(),
        foreachBatch((batch) => results.push([name, batch.time, ...batch.records])),
        foreachBatch(() => {
          if (name === 'b' && failures-- > 0) throw new Error('no');
        }),
        commitOffsets(store),
      );
    const seen = watch(merge(chain('a'), chain('b')).pipe(retry(2)));
    clock.advanceBy(1100);
    expect(seen.error).toBeUndefined();
    expect(batches()).toEqual(['1000 settled']);
    expect(results.filter(([name]) => name === 'b')).toEqual(Array(3).fill(['b', 1000, ['b', 1]]));
    expect(store.load({})).toHaveLength(2);
  });

  /** One chain writes with a promise, the other fails at the first batch of the first run. */
  function failingBesideAPromise(context: Parameters<typeof batchInterval>[0], log: Log<string>, work: Promise<void>) {
    const signals: AbortSignal[] = [];
    let failures = 1;
    const pipeline = defer(() => {
      const batches = logSource(log).pipe(batchInterval<string>(context), share());
      return merge(
        batches.pipe(
          foreachBatch((_batch, signal) => {
            signals.push(signal);
            return signals.length === 1 ? work : undefined;
          }),
        ),
        batches.pipe(
          tap(() => {
            if (failures-- > 0) throw new Error('no');
          }),
          foreachBatch(() => {}),
        ),
      );
    });
    return { pipeline, signals };
  }

  it('and begins when the promises of the failed run have ended; outputs are told by their signal', async () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const work = deferred();
    const { pipeline, signals } = failingBesideAPromise(context, log, work.promise);
    const seen = watch(pipeline.pipe(retry(1)));
    clock.advanceBy(1000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(signals[0]?.reason).toEqual(new Error('no'));
    clock.advanceBy(5000);
    expect([log.count('open'), context.state]).toEqual([1, 'INITIALIZED']);
    work.resolve();
    await promisesSettle();
    clock.advanceBy(0);
    expect([log.count('open'), context.state]).toEqual([2, 'ACTIVE']);
    expect(batches()).toEqual(['1000 settled']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(seen.error).toBeUndefined();
  });

  it('also if a subscription made meanwhile comes and goes', async () => {
    const log = new Log('a');
    const { clock, context } = stage();
    const work = deferred();
    const { pipeline } = failingBesideAPromise(context, log, work.promise);
    watch(pipeline);
    clock.advanceBy(1000);
    watch(pipeline).unsubscribe();
    watch(pipeline);
    clock.advanceBy(5000);
    expect(log.count('open')).toBe(1);
    work.resolve();
    await promisesSettle();
    clock.advanceBy(0);
    expect(log.count('open')).toBe(2);
  });

  it('and waits for the sources of the failed run to close', async () => {
    const log = new Log('a');
    const { clock, context } = stage();
    const closing = deferred();
    watch(
      logSource(log, { onClose: () => closing.promise }).pipe(
        batchInterval(context),
        foreachBatch(() => {
          throw new Error('no');
        }),
        retry(1),
      ),
    );
    clock.advanceBy(2000);
    expect(log.count('open')).toBe(1);
    closing.resolve();
    await promisesSettle();
    clock.advanceBy(0);
    expect(log.count('open')).toBe(2);
  });
});

describe('retry is recovery', () => {
  it('state and positions are as if each record had been applied once', () => {
    const log = new Log(counted('k', 1), counted('k', 2), counted('k', 3));
    const store = memoryOffsets();
    const { clock, context, batches } = stage();
    const results: unknown[] = [];
    const failAt = [2000, 2000, 3000];
    const seen = watch(
      logSource(log, { step: 1 }).pipe(
        batchInterval(context),
        sums(),
        foreachBatch((batch) => results.push(`${batch.time} ${batch.records}`)),
        foreachBatch(({ time }) => {
          if (time !== failAt[0]) return;
          failAt.shift();
          throw new Error('no');
        }),
        commitOffsets(store),
        retry(),
      ),
    );
    clock.advanceBy(3500);
    expect(seen.error).toBeUndefined();
    expect(results).toEqual(['1000 k,1', '2000 k,3', '2000 k,3', '2000 k,3', '3000 k,6', '3000 k,6']);
    expect(batches()).toEqual(['1000 settled', '2000 settled', '3000 settled']);
    expect(store.load({})).toEqual([{ topic: 'log', partition: 0, until: 3 }]);
  });

  it('a pipeline rebuilt by defer finds the state of its unnamed operators', () => {
    const log = new Log(counted('k', 1), counted('k', 2));
    const { clock, context } = stage();
    const results: unknown[] = [];
    let failures = 1;
    watch(
      defer(() =>
        logSource(log, { step: 1 }).pipe(
          batchInterval(context),
          sums(),
          foreachBatch((batch) => {
            if (batch.time === 2000 && failures-- > 0) throw new Error('no');
            results.push(...batch.records);
          }),
        ),
      ).pipe(retry(1)),
    );
    clock.advanceBy(2500);
    expect(results).toEqual([
      ['k', 1],
      ['k', 3],
    ]);
  });

  it('an unnamed operator finds its own state, whichever is the first to be given a batch', () => {
    const log = new Log(counted('k', 1), counted('k', 10), counted('k', 100));
    const { clock, context } = stage();
    const results: string[] = [];
    let failures = 1;
    const batches = logSource(log, { step: 1 }).pipe(batchInterval(context), share());
    watch(
      merge(
        batches.pipe(
          filter(({ time }) => time !== 2000),
          mapRecords(([, count]) => counted('o', count)),
          sums(),
          foreachBatch((batch) => results.push(`odd ${batch.time} ${batch.records}`)),
        ),
        batches.pipe(
          sums(),
          foreachBatch((batch) => {
            if (batch.time === 2000 && failures-- > 0) throw new Error('no');
            results.push(`all ${batch.time} ${batch.records}`);
          }),
        ),
      ).pipe(retry(1)),
    );
    clock.advanceBy(3500);
    expect(results).toEqual(['odd 1000 o,1', 'all 1000 k,1', 'all 2000 k,11', 'odd 3000 o,101', 'all 3000 k,111']);
  });

  it('a plain Observable rebuilt by defer finds its unsettled batch', () => {
    const { clock, context, batches } = stage();
    const results: unknown[] = [];
    let failures = 1;
    const seen = watch(
      defer(() =>
        merge(of('a'), NEVER).pipe(
          batchInterval(context),
          foreachBatch((batch) => {
            if (failures-- > 0) throw new Error('no');
            results.push(`${batch.time} ${batch.records}`);
          }),
        ),
      ).pipe(retry(1)),
    );
    clock.advanceBy(1500);
    expect(seen.error).toBeUndefined();
    expect([results, batches()]).toEqual([['1000 a'], ['1000 settled']]);
  });

  it('two subscriptions of one stateful stream have separate state, and each finds its own again', () => {
    const log = new Log(counted('k', 1), counted('k', 2), counted('k', 3));
    const { clock, context } = stage();
    const results: string[] = [];
    let failures = 1;
    const batches = logSource(log, { step: 1 }).pipe(batchInterval(context), share());
    const summed = batches.pipe(sums());
    watch(
      merge(
        summed.pipe(foreachBatch((batch) => results.push(`first ${batch.time} ${batch.records}`))),
        summed.pipe(
          foreachBatch((batch) => {
            if (batch.time === 3000 && failures-- > 0) throw new Error('no');
            results.push(`second ${batch.time} ${batch.records}`);
          }),
        ),
      ).pipe(retry(1)),
    );
    clock.advanceBy(3500);
    expect(results).toEqual([
      'first 1000 k,1',
      'second 1000 k,1',
      'first 2000 k,3',
      'second 2000 k,3',
      'first 3000 k,6',
      'first 3000 k,6',
      'second 3000 k,6',
    ]);
  });

  it('retry may stand before an output: it is given the repeated batch', () => {
    const { clock, context } = stage();
    const effects: number[] = [];
    let failures = 1;
    const first = watch(
      logSource(new Log('a'), { name: 'a' }).pipe(
        batchInterval(context),
        retry(1),
        foreachBatch(({ time }) => effects.push(time)),
      ),
    );
    watch(
      logSource(new Log('b'), { name: 'b' }).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (failures-- > 0) throw new Error('no');
        }),
        retry(1),
      ),
    );
    clock.advanceBy(2000);
    expect([first.error, effects]).toEqual([undefined, [1000, 1000, 2000]]);
  });

  it('and what an output was busy with in the failed run does not come through any more', () => {
    const { clock, context } = stage();
    const effects: string[] = [];
    let failures = 1;
    const batches = logSource(new Log('a')).pipe(batchInterval(context), share());
    const kept = watch(
      batches.pipe(
        retry(1),
        foreachBatch(({ time }) => {
          effects.push(`first ${time}`);
          return timer(100, clock);
        }),
        foreachBatch(({ time }) => effects.push(`second ${time}`)),
      ),
    );
    watch(
      batches.pipe(
        tap(() => {
          if (failures-- > 0) throw new Error('no');
        }),
        foreachBatch(() => {}),
        retry(1),
      ),
    );
    clock.advanceBy(1500);
    expect([kept.error, effects]).toEqual([undefined, ['first 1000', 'first 1000', 'second 1000']]);
  });

  it('a failure of the recovery is recovered from as well', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    let opens = 0;
    const seen = watch(
      logSource(log, {
        onOpen() {
          if (++opens < 4) throw new Error('not yet');
        },
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        retry(3),
      ),
    );
    clock.advanceBy(1000);
    expect(seen.error).toBeUndefined();
    expect(batches()).toEqual(['1000 settled']);
  });
});

describe('a context whose streams have completed or were left can be subscribed again', () => {
  it.each([
    ['repeat', (stream: Observable<Batch<number>>) => stream.pipe(repeat(2))],
    ['concat', (stream: Observable<Batch<number>>) => concat(stream, stream)],
  ])('a completed pipeline with nothing to lose starts afresh: %s', (_name, again) => {
    const { clock, context } = stage();
    const results: string[] = [];
    const pairs = queue([[counted('k', 1)], [counted('k', 2)]]);
    const stream = pairs.pipe(
      batchInterval(context),
      sums(),
      foreachBatch((batch) => results.push(`${batch.time} ${batch.records}`)),
    ) as unknown as Observable<Batch<number>>;
    const seen = watch(again(stream));
    clock.advanceBy(10_000);
    expect([seen.error, seen.completed]).toEqual([undefined, true]);
    expect(results).toEqual(['1000 k,1', '2000 k,3', '3000 k,1', '4000 k,3']);
  });

  it('a plain subscription in an Rx app starts afresh after it was left', () => {
    const { clock, context } = stage();
    const stream = interval(300, clock).pipe(batchInterval(context));
    const first: unknown[] = [];
    const subscription = stream.subscribe(({ time, records }) => first.push([time, records]));
    clock.advanceBy(2500);
    subscription.unsubscribe();
    expect(first).toEqual([
      [1000, [0, 1, 2]],
      [2000, [3, 4, 5]],
    ]);
    clock.advanceBy(500);
    const second: unknown[] = [];
    stream.subscribe(({ time, records }) => second.push([time, records]));
    clock.advanceBy(1000);
    expect(second).toEqual([[4000, [0, 1, 2]]]);
  });

  it('and after it had completed', () => {
    const { clock, context } = stage();
    const stream = interval(300, clock).pipe(take(4), batchInterval(context));
    for (const start of [0, 2000]) {
      const seen: unknown[] = [];
      stream.subscribe(({ time, records }) => seen.push([time - start, records]));
      clock.advanceBy(2000);
      expect(seen).toEqual([
        [1000, [0, 1, 2]],
        [2000, [3]],
      ]);
    }
  });

  it('times go on rising when the clock goes back in between', () => {
    const { clock, context } = stage();
    const times: number[] = [];
    const stream = of('a').pipe(
      batchInterval(context),
      foreachBatch(({ time }) => times.push(time)),
    );
    watch(stream);
    clock.advanceBy(1500);
    clock.frame = 200;
    watch(stream);
    clock.advanceBy(3000);
    expect(times).toEqual([1000, 2000]);
  });

  it('one with positions goes on where it was, with its state', () => {
    const log = new Log(counted('k', 1));
    const { clock, context } = stage();
    const results: string[] = [];
    const stream = logSource(log).pipe(
      batchInterval(context),
      sums(),
      foreachBatch((batch) => results.push(`${batch.records}`)),
    );
    const first = watch(stream);
    clock.advanceBy(1500);
    first.unsubscribe();
    log.append(counted('k', 5));
    watch(stream);
    clock.advanceBy(1000);
    expect(results).toEqual(['k,1', 'k,6']);
    expect(log.calls.filter((call) => call.startsWith('open'))).toEqual(['open 0', 'open 1']);
  });

  it('one with positions does not begin again when it has completed', () => {
    const log = new Log('a');
    log.end();
    const { clock, context } = stage();
    const results: string[] = [];
    const stream = logSource(log).pipe(
      batchInterval(context),
      foreachBatch(({ records }) => results.push(...records)),
    );
    watch(stream);
    clock.advanceBy(1500);
    watch(stream);
    clock.advanceBy(1500);
    expect(results).toEqual(['a']);
  });

  it('one that outputs had seen keeps what was not settled, however it was left', () => {
    const { clock, context } = stage();
    const records = new Subject<string>();
    const results: string[] = [];
    const stream = records.pipe(
      batchInterval(context),
      foreachBatch((batch) => {
        results.push(`${batch.time} ${batch.records}`);
        return timer(500, clock);
      }),
    );
    const first = watch(stream);
    clock.advanceBy(0);
    records.next('a');
    clock.advanceBy(1100);
    first.unsubscribe();
    watch(stream).unsubscribe();
    watch(stream);
    clock.advanceBy(100);
    expect(results).toEqual(['1000 a', '1000 a']);
  });
});

describe('awaitTermination', () => {
  it('resolves when the streams have completed', async () => {
    const { clock, context } = stage();
    watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    const ended = context.awaitTermination();
    clock.advanceBy(1000);
    await expect(ended).resolves.toBeUndefined();
    await expect(context.awaitTermination()).resolves.toBeUndefined();
  });

  it('rejects with the error of the run that fails, also when it is asked afterwards', async () => {
    const { clock, context } = stage();
    watch(
      throwError(() => new Error('no')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    const ended = context.awaitTermination().catch((error: StreamError) => error.message);
    clock.advanceBy(1000);
    expect(await ended).toBe('no');
    await expect(context.awaitTermination()).rejects.toThrow('no');
  });

  it('waits again once something has begun again', async () => {
    const { clock, context } = stage();
    const stream = of('a').pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    );
    watch(stream);
    clock.advanceBy(1000);
    watch(stream);
    let isOver = false;
    void context.awaitTermination().then(() => {
      isOver = true;
    });
    await promisesSettle();
    expect(isOver).toBe(false);
    clock.advanceBy(1000);
    await promisesSettle();
    expect(isOver).toBe(true);
  });
});
