import { filter, map, merge, of, retry, share, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  type CommittedOffset,
  commitOffsets,
  foreachBatch,
  foreachBatchInTransaction,
  type MemoryOffsets,
  mapRecords,
  memoryCheckpoint,
  memoryOffsets,
  type OffsetCommit,
  type OffsetStore,
  StreamError,
  unionBatches,
  windowBatches,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

/** A memory store that writes down its calls and does first what `before` says. */
function spiedStore(
  before: (commit: number) => ReturnType<OffsetStore['commit']> | undefined = () => undefined,
  name = 'spied',
): OffsetStore & { readonly commits: (readonly OffsetCommit[])[]; readonly loads: unknown[]; held(): string } {
  const inner = memoryOffsets({ name });
  const commits: (readonly OffsetCommit[])[] = [];
  const loads: unknown[] = [];
  return {
    ...inner,
    commits,
    loads,
    load(query) {
      loads.push(query.topics);
      return inner.load(query);
    },
    commit(offsets) {
      commits.push(offsets);
      return before(commits.length) ?? inner.commit(offsets);
    },
    held: () =>
      (inner.load({}) as readonly CommittedOffset[])
        .map(({ topic, partition, until }) => `${topic}[${partition}]=${until}`)
        .sort()
        .join(' '),
  };
}

/** A memory store that writes down when it is taken over. */
function ownedStore(name: string, calls: string[]): MemoryOffsets {
  const inner = memoryOffsets({ name });
  return {
    ...inner,
    own() {
      calls.push(`own ${name}`);
      inner.own();
    },
  };
}

const away = (): ReturnType<OffsetStore['commit']> =>
  throwError(() => new StreamError('OFFSET_STORE_UNAVAILABLE', 'away', { retriable: true }));

describe('commitOffsets', () => {
  it('passes the batch on at once and commits when all outputs of the batch are done, wherever it stands', () => {
    const { clock, context } = stage();
    const store = spiedStore();
    const order: string[] = [];
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    watch(
      shared.pipe(
        commitOffsets(store),
        map((batch) => {
          order.push(`passed on with ${store.commits.length} commits`);
          return batch;
        }),
        foreachBatch(() => timer(300, clock)),
      ),
    );
    watch(shared.pipe(foreachBatch(() => timer(300, clock))));
    clock.advanceBy(1599);
    expect([order, store.commits]).toEqual([['passed on with 0 commits'], []]);
    clock.advanceBy(1);
    expect(store.held()).toBe('log[0]=1');
  });

  it('takes its stores over before its sources ask them where to begin', () => {
    const { clock, context } = stage();
    const calls: string[] = [];
    const inner = memoryOffsets();
    const store: OffsetStore = {
      ...inner,
      own: () => void calls.push('own'),
      load(query) {
        calls.push('load');
        return inner.load(query);
      },
    };
    watch(logSource(new Log('a'), { startsFrom: store }).pipe(batchInterval(context), commitOffsets(store)));
    expect(calls).toEqual([]);
    clock.advanceBy(0);
    expect(calls).toEqual(['own', 'load']);
    clock.advanceBy(2000);
    expect(calls.filter((call) => call === 'own')).toHaveLength(1);
  });

  it('also of a chain behind a share() that was subscribed before, and of one whose subscription outlives a retry further up', () => {
    const { clock, context } = stage();
    let failures = 1;
    const log = new Log('a', 'b', 'c');
    const onRead = (records: readonly string[]): readonly string[] => {
      if (records[0] === 'b' && failures-- > 0) throw new Error('no');
      return records;
    };
    const shared = logSource(log, { step: 1, onRead }).pipe(batchInterval(context), retry(), share());
    const one = ownedStore('one', log.calls);
    const other = ownedStore('other', log.calls);
    watch(shared.pipe(foreachBatch(() => {})));
    watch(
      shared.pipe(
        filter(() => true),
        mapRecords((record) => record),
        commitOffsets(one),
      ),
    );
    const left = watch(shared.pipe(foreachBatchInTransaction(other, () => {})));
    const begun = (): readonly string[] => log.calls.filter((call) => /^(own|open)/.test(call));
    clock.advanceBy(0);
    expect(begun()).toEqual(['own one', 'own other', 'open 0']);
    clock.advanceBy(1000);
    left.unsubscribe();
    clock.advanceBy(1000);
    expect(begun().slice(3)).toEqual(['own one', 'open 2']);
  });

  it('a pipeline that only reads from where a store says takes nothing over', () => {
    const { clock, context } = stage();
    const owner = memoryOffsets();
    owner.own();
    const reader = owner.reopen();
    watch(
      logSource(new Log('a'), { startsFrom: reader }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(owner.commit([{ topic: 'log', partition: 0, until: 5, expected: undefined }])).toEqual({ foreign: [] });
  });

  it('a store that is away at the start fails the run at once, and retry() begins when it is back', () => {
    const { clock, context } = stage();
    let tries = 0;
    const store: OffsetStore = {
      ...memoryOffsets(),
      own: () => (++tries === 1 ? away() : undefined) as never,
    };
    const log = new Log('a');
    const errors: unknown[] = [];
    const delay = (error: unknown) => {
      errors.push(error);
      return timer(100, clock);
    };
    watch(logSource(log).pipe(batchInterval(context), commitOffsets(store), retry({ delay })));
    clock.advanceBy(50);
    expect([errors.map(codeOf), log.calls]).toEqual([['OFFSET_STORE_UNAVAILABLE'], []]);
    clock.advanceBy(100);
    expect(log.calls).toEqual(['open 0']);
  });

  it('a store that was there before is waited for by the run after a failed one', () => {
    const { clock, context, reports } = stage();
    let owns = 0;
    const store: OffsetStore = {
      ...memoryOffsets(),
      own: () => (++owns === 2 ? away() : undefined) as never,
    };
    let batches = 0;
    const failures: unknown[] = [];
    const delay = (error: unknown) => {
      failures.push(codeOf(error));
      return timer(100, clock);
    };
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (++batches === 1) throw new Error('no');
        }),
        commitOffsets(store),
        retry({ delay }),
      ),
    );
    clock.advanceBy(3000);
    expect([failures, owns, reports('COMMIT_RETRIED').length, seen.error]).toEqual([
      ['OUTPUT_FAILED'],
      3,
      1,
      undefined,
    ]);
  });

  it('twice is once', () => {
    const { clock, context } = stage();
    const store = spiedStore();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), commitOffsets(store), share());
    watch(
      shared.pipe(
        foreachBatch(() => {}),
        commitOffsets(store),
      ),
    );
    watch(shared.pipe(commitOffsets(store)));
    clock.advanceBy(1000);
    expect(store.commits).toHaveLength(1);
  });

  it('commits to two stores, and only when both have it does the batch settle', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const [first, second] = [spiedStore(), spiedStore(() => throwError(() => new Error('refused')))];
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        commitOffsets(first),
        foreachBatch(() => {}),
        commitOffsets(second),
      ),
    );
    clock.advanceBy(2000);
    expect(codeOf(seen.error)).toBe('OFFSET_STORE_FAILED');
    expect((seen.error as StreamError).cause).toEqual(new Error('refused'));
    expect([batches(), log.count('settled'), second.held()]).toEqual([[], 0, '']);
  });

  it('both stores get a batch that is repeated because one refused it', () => {
    const { clock, context, batches } = stage();
    const first = spiedStore();
    const second = spiedStore((commit) => (commit === 1 ? throwError(() => new Error('refused')) : undefined));
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        commitOffsets(first),
        commitOffsets(second),
        retry(1),
      ),
    );
    clock.advanceBy(1500);
    expect(seen.error).toBeUndefined();
    expect([first.held(), second.held(), batches()]).toEqual(['log[0]=1', 'log[0]=1', ['1000 settled']]);
  });

  it('NO_OFFSETS for a batch none of whose sources has positions', () => {
    const { clock, context } = stage();
    const store = spiedStore();
    const source = logSource(new Log('a')).pipe(map((record) => record));
    const effects: unknown[] = [];
    const seen = watch(
      source.pipe(
        batchInterval(context),
        commitOffsets(store),
        foreachBatch((batch) => effects.push(batch.time)),
      ),
    );
    clock.advanceBy(10_000);
    context.stop();
    expect(codeOf(seen.error)).toBe('NO_OFFSETS');
    expect((seen.error as Error).message).toContain('right after a source');
    expect([store.commits, effects]).toEqual([[], []]);
  });

  it('commits the sources a batch descends from, and no other', () => {
    const { clock, context } = stage();
    const [ofA, ofBoth] = [spiedStore(), spiedStore()];
    const a = logSource(new Log('a'), { name: 'a' }).pipe(batchInterval(context), share());
    const b = logSource(new Log('b', 'b'), { name: 'b' }).pipe(batchInterval(context), share());
    watch(a.pipe(commitOffsets(ofA)));
    watch(a.pipe(unionBatches(b), commitOffsets(ofBoth)));
    clock.advanceBy(1000);
    expect([ofA.held(), ofBoth.held()]).toEqual(['a[0]=1', 'a[0]=1 b[0]=2']);
  });

  it('commits the highest position of this batch and the unseen ones before it', () => {
    const log = new Log('a');
    const { clock, context } = stage();
    const store = spiedStore();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        filter((batch) => batch.time === 3000),
        // Empty: what was read before is committed all the same.
        map((batch) => batch.withRecords([])),
        foreachBatch(() => {}),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(1000);
    log.append('b', 'c');
    clock.advanceBy(2000);
    expect(store.commits.map((commit) => commit.map(({ until }) => until))).toEqual([[3]]);
  });

  it('commits what settled without it with the next batch that comes to it', () => {
    const log = new Log('a');
    const { clock, context, batches } = stage();
    const store = spiedStore();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        filter((batch) => batch.time === 2000),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(2000);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
    expect(store.commits).toHaveLength(1);
    expect(store.held()).toBe('log[0]=1');
  });

  it('never commits less than the store is known to hold', () => {
    const log = new Log('a', 'b', 'c');
    const { clock, context } = stage();
    const store = spiedStore();
    store.commit([{ topic: 'log', partition: 0, until: 2, expected: undefined }]);
    watch(logSource(log, { step: 1 }).pipe(batchInterval(context), commitOffsets(store)));
    clock.advanceBy(1000);
    expect(store.commits).toHaveLength(1);
    clock.advanceBy(2000);
    expect(store.commits.slice(1).map((commit) => commit.map(({ until }) => until))).toEqual([[2], [3]]);
  });

  it('commits nothing that only a failed run had processed', () => {
    const { clock, context } = stage();
    const store = spiedStore();
    let isOpen = false;
    const shared = logSource(new Log('a', 'b', 'c'), { step: 1 }).pipe(batchInterval(context), share());
    const stream = merge(
      shared.pipe(
        filter(() => isOpen),
        commitOffsets(store),
      ),
      shared.pipe(
        filter(({ time }) => time === 3000),
        foreachBatch(() => (isOpen ? undefined : throwError(() => new Error('no')))),
      ),
    );
    const first = watch(stream);
    clock.advanceBy(3000);
    expect([codeOf(first.error), store.commits]).toEqual(['OUTPUT_FAILED', []]);
    isOpen = true;
    watch(stream);
    clock.advanceBy(100);
    expect(store.commits.map((commit) => commit.map(({ until }) => until))).toEqual([[1], [2], [3]]);
  });

  it.each([
    ['committed', 0],
    ['unseen', 1000],
  ])('commits no less than before when a source goes back behind what was %s', (_name, seenAfter) => {
    const { clock, context } = stage();
    const store = spiedStore();
    const range = { topic: 'log', partition: 0, from: 0 };
    const source = logSource(new Log('a'), {
      onCut: (answer, time) => ({
        ...answer,
        cut: { ...answer.cut, offsets: [{ ...range, until: time === 1000 ? 9 : 4 }] },
      }),
    });
    watch(
      source.pipe(
        batchInterval(context),
        filter(({ time }) => time > seenAfter),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(2000);
    expect(new Set(store.commits.flatMap((commit) => commit.map(({ until }) => until)))).toEqual(new Set([9]));
  });

  it('batch.offsets is information: changing it changes nothing', () => {
    const { clock, context } = stage();
    const store = spiedStore();
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch((batch) => {
          (batch.offsets as unknown[]).length = 0;
        }),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(1000);
    expect(store.held()).toBe('log[0]=1');
  });
});

describe('a store that is away', () => {
  it('holds the batch: the commit is repeated with back-off, and no later batch passes it', () => {
    const log = new Log('a');
    const { clock, context, batches, reports } = stage({ commitRetry: { firstDelayMs: 100, maxDelayMs: 300 } });
    const tries: number[] = [];
    const effects: number[] = [];
    const store = spiedStore((commit) => {
      tries.push(clock.now());
      return commit <= 5 ? away() : undefined;
    });
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        foreachBatch((batch) => effects.push(batch.time)),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(2199);
    expect(tries).toEqual([1000, 1100, 1300, 1600, 1900]);
    expect([effects, batches(), log.count('settled')]).toEqual([[1000], [], 0]);
    expect(reports('COMMIT_RETRIED')).toHaveLength(5);
    clock.advanceBy(1);
    expect(seen.error).toBeUndefined();
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
    expect(effects).toEqual([1000, 2000]);
  });

  it('fails the run after maxRetries, with the cause', () => {
    const { clock, context } = stage({ commitRetry: { maxRetries: 2 } });
    const store = spiedStore(away);
    const seen = watch(logSource(new Log('a')).pipe(batchInterval(context), commitOffsets(store)));
    clock.advanceBy(2000);
    expect(store.commits).toHaveLength(3);
    expect(codeOf(seen.error)).toBe('OFFSET_STORE_FAILED');
    expect(codeOf((seen.error as StreamError).cause)).toBe('OFFSET_STORE_UNAVAILABLE');
  });

  it('is not asked again once the run is over', () => {
    const { clock, context } = stage();
    const store = spiedStore(away);
    watch(logSource(new Log('a')).pipe(batchInterval(context), commitOffsets(store)));
    clock.advanceBy(1000);
    context.stop();
    expect(clock.actions).toEqual([]);
    clock.advanceBy(20_000);
    expect(store.commits).toHaveLength(1);
  });

  it('may answer late: the batch is held meanwhile', async () => {
    const { clock, context, batches } = stage();
    const answer = deferred<{ foreign: readonly CommittedOffset[] }>();
    const store = spiedStore(() => answer.promise);
    watch(logSource(new Log('a')).pipe(batchInterval(context), commitOffsets(store)));
    clock.advanceBy(3000);
    await promisesSettle();
    expect([batches(), store.commits.length]).toEqual([[], 1]);
    answer.resolve({ foreign: [] });
    await promisesSettle();
    expect(batches()).toEqual(['1000 settled']);
  });
});

/** One group of offsets and the stores through which pipelines reach it: each takes what it did not expect for foreign. */
function group(): { readonly held: Map<string, number>; store(): OffsetStore } {
  const held = new Map<string, number>();
  return {
    held,
    store: () => ({
      name: 'group',
      load: ({ topics }) =>
        [...held]
          .map(([topic, until]) => ({ topic, partition: 0, until }))
          .filter(({ topic }) => topics?.includes(topic)),
      commit(offsets) {
        const foreign = offsets.filter(({ topic, expected }) => held.get(topic) !== expected);
        for (const { topic, until } of offsets) held.set(topic, Math.max(until, held.get(topic) ?? 0));
        return { foreign: foreign.map((offset) => ({ ...offset, until: held.get(offset.topic) ?? 0 })) };
      },
      close() {},
    }),
  };
}

describe('somebody else commits to the same group', () => {
  it('is reported as OFFSETS_MOVED', () => {
    const { clock, context, reports, warnings } = stage();
    const shared = group();
    watch(logSource(new Log('a')).pipe(batchInterval(context), commitOffsets(shared.store())));
    clock.advanceBy(2000);
    expect(reports('OFFSETS_MOVED')).toEqual([]);
    shared.held.set('log', 7);
    clock.advanceBy(1000);
    expect(reports('OFFSETS_MOVED')).toHaveLength(1);
    expect(warnings.join()).toContain('log[0] at 7');
  });

  it('what an earlier process of this group has committed is not reported', () => {
    const { clock, context, reports } = stage();
    const shared = group();
    shared.held.set('a', 1).set('b', 1);
    const store = shared.store();
    const a = logSource(new Log('a', 'a'), { name: 'a', startsFrom: store }).pipe(batchInterval(context));
    const b = logSource(new Log('b', 'b'), { name: 'b', startsFrom: store }).pipe(
      batchInterval(context),
      // Comes to the store later than the other source.
      filter((batch: Batch<string>) => batch.time > 1000),
    );
    watch(a.pipe(commitOffsets(store)));
    watch(b.pipe(commitOffsets(store)));
    clock.advanceBy(2000);
    expect([...shared.held]).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
    expect(reports('OFFSETS_MOVED')).toEqual([]);
  });
});

describe('a store that holds less than what lies behind the pipeline', () => {
  it('is reported as OFFSETS_BEHIND, once: a server may have lost what it had acknowledged', () => {
    const checkpoint = memoryCheckpoint();
    const log = new Log('a', 'b', 'c');
    const first = group();
    const before = stage({ checkpoint });
    watch(logSource(log).pipe(batchInterval(before.context), commitOffsets(first.store())));
    before.clock.advanceBy(1000);
    before.context.stop();
    expect([...first.held]).toEqual([['log', 3]]);
    first.held.set('log', 1);
    log.append('d');
    const { clock, context, reports, warnings } = stage({ checkpoint });
    watch(logSource(log).pipe(batchInterval(context), commitOffsets(first.store())));
    clock.advanceBy(1000);
    log.append('e');
    clock.advanceBy(1000);
    expect(reports('OFFSETS_BEHIND')).toHaveLength(1);
    expect(warnings.join()).toContain('log[0] is at 1, read from 3 on');
    expect([...first.held]).toEqual([['log', 5]]);
  });

  it('is not reported where the process begins at what it holds, or where it holds nothing of the source', () => {
    for (const held of [undefined, 1]) {
      const { clock, context, reports } = stage();
      const shared = group();
      if (held !== undefined) shared.held.set('log', held);
      const store = shared.store();
      watch(logSource(new Log('a', 'b'), { startsFrom: store }).pipe(batchInterval(context), commitOffsets(store)));
      clock.advanceBy(1000);
      expect([...shared.held]).toEqual([['log', 2]]);
      expect(reports('OFFSETS_BEHIND')).toEqual([]);
    }
  });
});

describe('a source that starts from a store', () => {
  it('nobody commits to: a warning, once, also when it is retried', () => {
    const { clock, context, warnings, reports } = stage();
    const store = memoryOffsets();
    let failures = 1;
    watch(
      logSource(new Log('a'), { startsFrom: store }).pipe(
        batchInterval(context),
        foreachBatch(({ time }) => {
          if (time === 15_000 && failures-- > 0) throw new Error('no');
        }),
        retry(1),
      ),
    );
    clock.advanceBy(40_000);
    expect(reports('OFFSETS_NOT_COMMITTED')).toHaveLength(1);
    expect(warnings.filter((warning) => warning.includes('OFFSETS_NOT_COMMITTED'))).toHaveLength(1);
  });

  it('nobody commits to: said at the end of a short run too', () => {
    const { clock, context, reports } = stage({ batches: 2 });
    watch(
      logSource(new Log('a'), { startsFrom: memoryOffsets() }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(reports('OFFSETS_NOT_COMMITTED')).toHaveLength(1);
  });

  it.each([
    ['its own', true, 0],
    ['another one', false, 1],
  ])('and is committed to %s', (_name, isOwn, warned) => {
    const { clock, context, reports } = stage();
    const store = memoryOffsets();
    watch(
      logSource(new Log('a'), { startsFrom: store }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
        // A chain may hold back the first batches.
        windowBatches({ window: 3000, slide: 3000 }),
        commitOffsets(isOwn ? store : memoryOffsets()),
      ),
    );
    clock.advanceBy(20_000);
    expect(reports('OFFSETS_NOT_COMMITTED')).toHaveLength(warned);
  });
});

it('two chains merged behind their outputs may share one commitOffsets', () => {
  const { clock, context } = stage();
  const store = spiedStore();
  const chain = (name: string) =>
    logSource(new Log(name), { name }).pipe(
      batchInterval(context),
      mapRecords((r) => r),
      foreachBatch(() => of(1)),
    );
  const seen = watch(merge(chain('a'), chain('b')).pipe(commitOffsets(store)));
  clock.advanceBy(1000);
  expect(seen.error).toBeUndefined();
  expect([store.commits.length, store.held()]).toEqual([1, 'a[0]=1 b[0]=1']);
});
