import { bufferCount, filter, map, mergeMap, Subject, share, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  type CheckpointContents,
  commitOffsets,
  foreachBatch,
  mapRecords,
  memoryCheckpoint,
  memoryOffsets,
  reduceByKeyAndWindow,
  type Settlement,
  windowBatches,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { add, counted, sums } from '../support/pairs.ts';
import { codeOf, stage, watch } from '../support/stage.ts';
import { storedPairs } from '../support/stateEntries.ts';

describe('a batch that no output saw settles together with the next one that an output did see', () => {
  it.each([
    ['filtered away', filter((batch: Batch<string>) => batch.time % 3000 === 0)],
    ['between two slides', windowBatches<string>({ window: 3000, slide: 3000 })],
    [
      'collected by bufferCount',
      (source: never) =>
        (source as never as Subject<Batch<string>>).pipe(
          bufferCount(3),
          map((all) => all.at(-1) as Batch<string>),
        ),
    ],
  ])('%s: its cut, positions and offsets', (_name, operator) => {
    const log = new Log('a');
    const checkpoint = memoryCheckpoint();
    const settlements: Settlement[] = [];
    const store = memoryOffsets();
    const { clock, context, batches } = stage({
      checkpoint: {
        ...checkpoint,
        settle(settlement) {
          settlements.push(settlement);
          return checkpoint.settle(settlement);
        },
      },
    });
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        operator as never,
        foreachBatch(() => {}),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(1000);
    log.append('b');
    clock.advanceBy(1000);
    expect(batches()).toEqual(['1000 unseen', '2000 unseen']);
    expect([settlements, store.load({}), log.count('settled')]).toEqual([[], [], 0]);
    clock.advanceBy(1000);
    expect(seen.error).toBeUndefined();
    expect(batches()).toEqual(['1000 unseen', '2000 unseen', '3000 settled']);
    expect(settlements.map(({ time, positions }) => [time, new Map(positions)])).toEqual([
      [3000, new Map([['log', 2]])],
    ]);
    expect(store.load({})).toEqual([{ topic: 'log', partition: 0, until: 2 }]);
    expect(log.calls.filter((call) => call.startsWith('settled'))).toEqual(['settled 2']);
  });

  it('the positions of a source that has ended meanwhile too', () => {
    const [short, long] = [new Log('a'), new Log('x')];
    short.end();
    const checkpoint = memoryCheckpoint();
    const { clock, context } = stage({ checkpoint });
    const seconds = filter(({ time }: Batch<string>) => time === 2000);
    watch(
      logSource(short, { name: 'short' }).pipe(
        batchInterval(context),
        seconds,
        foreachBatch(() => {}),
      ),
    );
    watch(
      logSource(long, { name: 'long' }).pipe(
        batchInterval(context),
        seconds,
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(checkpoint.load()).toMatchObject({
      unsettled: [],
      positions: new Map([
        ['short', 1],
        ['long', 1],
      ]),
    });
  });

  it('its state changes', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = memoryCheckpoint();
    const { clock, context } = stage({ checkpoint });
    watch(
      logSource(log).pipe(
        batchInterval(context),
        sums('sums'),
        filter(({ time }) => time === 2000),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect([...(checkpoint.load() as CheckpointContents).states]).toEqual([]);
    clock.advanceBy(1000);
    const { states } = checkpoint.load() as CheckpointContents;
    expect(storedPairs(states.get('sums/keys'))).toEqual([['k', 1]]);
  });

  it('a failure before that runs all of them again, with state as if each record came once', () => {
    const log = new Log(counted('k', 1));
    const { clock, context } = stage();
    const results: unknown[] = [];
    let failures = 1;
    const stream = logSource(log).pipe(
      batchInterval(context),
      sums(),
      filter(({ time }) => time === 2000),
      foreachBatch((batch) => {
        if (failures-- > 0) throw new Error('no');
        results.push([batch.time, batch.records]);
      }),
    );
    const first = watch(stream);
    clock.advanceBy(1000);
    log.append(counted('k', 10));
    clock.advanceBy(1000);
    expect(codeOf(first.error)).toBe('OUTPUT_FAILED');
    watch(stream);
    clock.advanceBy(500);
    expect(results).toEqual([[2000, [['k', 11]]]]);
  });

  it('it stays readable until then', () => {
    const log = new Log(counted('k', 1));
    const { clock, context } = stage();
    const results: unknown[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(context),
        sums(),
        bufferCount(2),
        mergeMap((pair) => [(pair[1] as Batch<unknown>).withRecords(pair.map(({ records }) => [...records]))]),
        foreachBatch(({ records }) => results.push(...records)),
      ),
    );
    clock.advanceBy(1000);
    log.append(counted('k', 10));
    clock.advanceBy(1000);
    expect(results).toEqual([[['k', 1]], [['k', 11]]]);
  });

  it('and no longer: what was kept for it is let go of', () => {
    const { clock, context } = stage();
    const batches: Batch<string>[] = [];
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        tap((batch) => batches.push(batch)),
        filter(({ time }) => time === 2000),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect([batches[0]?.records, batches[0]?.scope.state]).toEqual([['a'], 'unseen']);
    clock.advanceBy(1000);
    expect(batches[0]?.scope.state).toBe('settled');
    expect(() => batches[0]?.records).toThrow(/after it had been processed/);
    expect(codeOf(seen.error)).toBe('BATCH_SETTLED');
  });
});

describe('ten batches that no output has seen', () => {
  it.each([
    ['a source with positions', {}],
    ['a durable checkpoint', { checkpoint: memoryCheckpoint({ durable: true }) }],
  ])('fail the run with NO_OUTPUT where something can be lost: %s', (_name, options) => {
    const { clock, context, batches } = stage(options);
    const records = 'checkpoint' in options ? new Subject<string>() : logSource(new Log('a'));
    const seen = watch(records.pipe(batchInterval<string>(context)));
    clock.advanceBy(9000);
    expect(seen.error).toBeUndefined();
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('NO_OUTPUT');
    expect((seen.error as Error).message).toContain('foreachBatch');
    expect(batches()).toHaveLength(9);
  });

  it('settle by themselves where nothing can be lost, and from then on every batch does', () => {
    const { clock, context, batches } = stage();
    const seen = watch(new Subject<string>().pipe(batchInterval(context)));
    clock.advanceBy(12_000);
    expect(seen.error).toBeUndefined();
    expect(
      batches()
        .slice(0, 9)
        .every((batch) => batch.endsWith('unseen')),
    ).toBe(true);
    expect(batches().slice(9)).toEqual(['10000 settled', '11000 settled', '12000 settled']);
  });

  it('do not count if a window that is not due took them in', () => {
    const { clock, context, batches } = stage();
    const seen = watch(
      logSource(new Log(counted('k', 1))).pipe(
        batchInterval(context),
        reduceByKeyAndWindow(add, { window: 30_000, slide: 30_000 }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(30_000);
    expect(seen.error).toBeUndefined();
    expect(batches().at(-1)).toBe('30000 settled');
  });

  it('count from the last one that was seen', () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        filter(({ time }) => time % 10_000 === 0),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(40_000);
    expect(seen.error).toBeUndefined();
  });

  it('count although a window was due, if what it gave was filtered away', () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        windowBatches({ window: 1000 }),
        filter(() => false),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(10_000);
    expect(codeOf(seen.error)).toBe('NO_OUTPUT');
  });

  it('are seen if commitOffsets is all there is', () => {
    const { clock, context, batches } = stage();
    const store = memoryOffsets();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        mapRecords((a) => a),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(11_000);
    expect(seen.error).toBeUndefined();
    expect(batches().every((batch) => batch.endsWith('settled'))).toBe(true);
  });

  it('are seen if any chain has an output', () => {
    const { clock, context, batches } = stage();
    const shared = logSource(new Log('a')).pipe(batchInterval(context), share());
    watch(shared);
    watch(shared.pipe(foreachBatch(() => {})));
    clock.advanceBy(11_000);
    expect(batches()).toHaveLength(11);
  });
});

it('state that unseen batches come to together is shown as it is after each of them', () => {
  const { clock, context } = stage();
  const seen = watch(
    logSource(new Log(counted('a', 1), counted('a', 2), counted('a', 4), counted('a', 8)), { step: 1 }).pipe(
      batchInterval(context),
      bufferCount(2),
      mergeMap((batches) => batches),
      sums(),
      bufferCount(2),
      map((batches) => batches.map(({ records }) => records[0]?.[1])),
    ),
  );
  clock.advanceBy(4000);
  expect(seen.values).toEqual([
    [1, 3],
    [7, 15],
  ]);
});
