import { filter, merge, NEVER, of, Subject, share } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  batchInterval,
  type CheckpointContents,
  type CheckpointStore,
  commitOffsets,
  foreachBatch,
  memoryCheckpoint,
  memoryOffsets,
  reduceByKeyAndWindow,
  type StreamError,
  unionBatches,
  windowBatches,
} from '../../src/index.ts';
import type { SourceOpening } from '../../src/sources/Source.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { add, type Counted, counted, sums } from '../support/pairs.ts';
import { codeOf, type Stage, stage, watch } from '../support/stage.ts';
import { storedPairs } from '../support/stateEntries.ts';

/** A checkpoint that outlives its context, as a file would. */
function durable(): CheckpointStore & { contents(): CheckpointContents } {
  const store = memoryCheckpoint({ durable: true });
  return { ...store, contents: () => store.load() as CheckpointContents };
}

/** Another process, which begins at this time. */
function processAt(time: number, checkpoint?: CheckpointStore): Stage {
  return stage({ clock: manualClock(time), ...(checkpoint === undefined ? {} : { checkpoint }) });
}

describe('a source is opened', () => {
  it('after the last planned cut, although that has not settled', () => {
    const log = new Log('a', 'b', 'c');
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    watch(
      logSource(log, { step: 1 }).pipe(
        batchInterval(first.context),
        foreachBatch(() => NEVER),
      ),
    );
    first.clock.advanceBy(2000);
    expect(checkpoint.contents().unsettled.map(({ time }) => time)).toEqual([1000, 2000]);

    const second = processAt(5000, checkpoint);
    const results: string[] = [];
    watch(
      logSource(log, { step: 1 }).pipe(
        batchInterval(second.context),
        foreachBatch(({ time, records }) => results.push(`${time} ${records}`)),
      ),
    );
    second.clock.advanceBy(1000);
    expect(log.calls.filter((call) => call.startsWith('open'))).toEqual(['open 0', 'open 2']);
    expect(results).toEqual(['1000 a', '2000 b', '6000 c']);
    expect(second.batchEvents().map(({ repeated }) => repeated)).toEqual([true, true, false]);
  });

  it('else at the settled position', () => {
    const log = new Log('a');
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    watch(
      logSource(log).pipe(
        batchInterval(first.context),
        foreachBatch(() => {}),
      ),
    );
    first.clock.advanceBy(1000);
    const second = processAt(5000, checkpoint);
    watch(
      logSource(log).pipe(
        batchInterval(second.context),
        foreachBatch(() => {}),
      ),
    );
    second.clock.advanceBy(0);
    expect(log.calls.at(-1)).toBe('open 1');
  });

  it('else at its own start: a store, say', () => {
    const log = new Log('a', 'b');
    const store = memoryOffsets();
    store.commit([{ topic: 'log', partition: 0, until: 1, expected: undefined }]);
    const { clock, context } = stage();
    const results: unknown[] = [];
    watch(
      logSource(log, { startsFrom: store }).pipe(
        batchInterval(context),
        foreachBatch(({ records }) => results.push(...records)),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(1000);
    expect(results).toEqual(['b']);
  });
});

describe('unsettled batches', () => {
  it('run again first, with the same times and the same cuts, whatever has been appended since', () => {
    const log = new Log('a');
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    watch(
      logSource(log).pipe(
        batchInterval(first.context),
        foreachBatch(() => NEVER),
      ),
    );
    first.clock.advanceBy(1000);
    log.append('b', 'c');

    const second = processAt(1000, checkpoint);
    const results: string[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(second.context),
        foreachBatch(({ time, records }) => results.push(`${time} ${records}`)),
      ),
    );
    second.clock.advanceBy(500);
    expect(results).toEqual(['1000 a']);
    second.clock.advanceBy(500);
    expect(results).toEqual(['1000 a', '2000 b,c']);
  });

  it('of a source that is gone: SOURCE_MISSING, and nothing of the checkpoint is lost', () => {
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    watch(
      logSource(new Log('a'), { name: 'old' }).pipe(
        batchInterval(first.context),
        foreachBatch(() => NEVER),
      ),
    );
    first.clock.advanceBy(1000);
    const before = checkpoint.contents();
    const second = processAt(1000, checkpoint);
    const seen = watch(
      logSource(new Log('a'), { name: 'new' }).pipe(
        batchInterval(second.context),
        foreachBatch(() => {}),
      ),
    );
    second.clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('SOURCE_MISSING');
    expect((seen.error as StreamError).message).toMatch(/'old'.*'new'/s);
    expect(checkpoint.contents()).toEqual(before);
  });

  it('of a source whose subscriber left before the start run again without it, and its position does not settle', () => {
    const checkpoint = durable();
    const begin = (time: number, isBusy: boolean) => {
      const process = processAt(time, checkpoint);
      const effects: string[] = [];
      const chains = ['a', 'b'].map((name) =>
        watch(
          logSource(new Log(name), { name }).pipe(
            batchInterval(process.context),
            foreachBatch((batch) => {
              effects.push(`${batch.time} ${batch.records}`);
              return isBusy ? NEVER : undefined;
            }),
          ),
        ),
      );
      return { ...process, effects, chains };
    };
    begin(0, true).clock.advanceBy(1000);
    const second = begin(1000, false);
    second.chains[1]?.unsubscribe();
    second.clock.advanceBy(100);
    expect([second.effects, [...checkpoint.contents().positions]]).toEqual([['1000 a'], [['a', 1]]]);
    second.chains[0]?.unsubscribe();
    const third = begin(2000, false);
    third.clock.advanceBy(1000);
    expect(third.effects).toEqual(['3000 ', '3000 b']);
  });
});

describe('source.settled', () => {
  it('is cumulative: it comes for the last of several batches that settle together', () => {
    const log = new Log('a');
    const { clock, context } = stage();
    watch(
      logSource(log).pipe(
        batchInterval(context),
        windowBatches({ window: 3000, slide: 3000 }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    log.append('b');
    clock.advanceBy(2000);
    expect(log.calls.filter((call) => call.startsWith('settled'))).toEqual(['settled 2']);
  });

  it('comes after the offsets are committed and the checkpoint is written', () => {
    const order: string[] = [];
    const checkpoint = memoryCheckpoint();
    const store = memoryOffsets();
    const { clock, context } = stage({
      checkpoint: {
        ...checkpoint,
        plan(batch) {
          order.push('plan');
          return checkpoint.plan(batch);
        },
        settle(settlement) {
          order.push('settle');
          return checkpoint.settle(settlement);
        },
      },
    });
    const source = logSource(new Log('a'), {
      onCut(answer) {
        order.push('cut');
        return answer;
      },
      onRead(records) {
        order.push('read');
        return records;
      },
      onSettled: () => void order.push('settled'),
    });
    watch(
      source.pipe(
        batchInterval(context),
        commitOffsets({
          ...store,
          commit(offsets) {
            order.push('commit');
            return store.commit(offsets);
          },
        }),
        foreachBatch(() => order.push('output')),
      ),
    );
    clock.advanceBy(1000);
    expect(order).toEqual(['cut', 'plan', 'read', 'output', 'commit', 'settle', 'settled']);
  });
});

describe('names', () => {
  it('two live sources of one name: SOURCE_TWICE, which says share()', () => {
    const { clock, context } = stage();
    const source = logSource(new Log('a')).pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    );
    const [first, second] = [watch(source), watch(source)];
    clock.advanceBy(1000);
    expect(codeOf(second.error)).toBe('SOURCE_TWICE');
    expect((second.error as Error).message).toContain('share()');
    expect(first.error).toBeUndefined();
  });

  it('two plain Observables have names of their own', () => {
    const { clock, context, batchEvents } = stage();
    for (const records of [of('a'), of('b')])
      watch(
        merge(records, NEVER).pipe(
          batchInterval(context),
          foreachBatch(() => {}),
        ),
      );
    clock.advanceBy(1000);
    expect(batchEvents()[0]?.sources.map(({ name }) => name)).toEqual(['observable#1', 'observable#2']);
  });

  it('a stateful operator without a name under a durable checkpoint: NAME_REQUIRED', () => {
    const { clock, context } = stage({ checkpoint: durable() });
    const seen = watch(
      logSource(new Log(counted('k', 1))).pipe(
        batchInterval(context),
        sums(),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('NAME_REQUIRED');
    expect((seen.error as Error).message).toContain("name: '");
  });

  it('two stateful operators of one name: NAME_TWICE, which says share()', () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log(counted('k', 1))).pipe(
        batchInterval(context),
        sums('x'),
        sums('x'),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('NAME_TWICE');
    expect((seen.error as Error).message).toContain('share()');
  });

  it('changing anything else in the code keeps the state', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    watch(
      logSource(log).pipe(
        batchInterval(first.context),
        sums('sums'),
        foreachBatch(() => {}),
      ),
    );
    first.clock.advanceBy(1000);
    log.append(counted('k', 10));
    const second = processAt(5000, checkpoint);
    const results: unknown[] = [];
    watch(
      logSource(log).pipe(
        batchInterval(second.context),
        sums('first of all'),
        sums('sums'),
        foreachBatch(({ records }) => results.push(...records)),
      ),
    );
    second.clock.advanceBy(1000);
    expect(results).toEqual([['k', 11]]);
  });
});

describe('STATE_EMPTY_AT_START', () => {
  const window = reduceByKeyAndWindow<Counted>(add, { window: 2000, name: 'hot' });

  it('is said once when a stateful operator begins empty where its source does not', () => {
    const log = new Log(counted('k', 1), counted('k', 2));
    const store = memoryOffsets();
    store.commit([{ topic: 'log', partition: 0, until: 1, expected: undefined }]);
    const { clock, context, reports, warnings } = stage();
    watch(
      logSource(log, { startsFrom: store }).pipe(
        batchInterval(context),
        window,
        foreachBatch(() => {}),
        commitOffsets(store),
      ),
    );
    clock.advanceBy(5000);
    expect(reports('STATE_EMPTY_AT_START')).toHaveLength(1);
    expect(warnings.join()).toContain("'hot'");
  });

  it('not where both begin, and not in a retry', () => {
    const log = new Log(counted('k', 1));
    const { clock, context, reports } = stage();
    let failures = 1;
    const stream = logSource(log).pipe(
      batchInterval(context),
      window,
      foreachBatch(() => {
        if (failures-- > 0) throw new Error('no');
      }),
    );
    watch(stream);
    clock.advanceBy(1000);
    watch(stream);
    clock.advanceBy(2000);
    expect(reports('STATE_EMPTY_AT_START')).toEqual([]);
  });

  it('not where all that was read comes again: the first batch never settled', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    const seen = watch(
      logSource(log).pipe(
        batchInterval(first.context),
        window,
        foreachBatch(() => {
          throw new Error('no');
        }),
      ),
    );
    first.clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('OUTPUT_FAILED');
    const second = processAt(5000, checkpoint);
    const results: unknown[] = [];
    const onOpen = ({ position, report }: SourceOpening) => report({ code: 'RESUMED', message: `at ${position}` });
    watch(
      logSource(log, { onOpen }).pipe(
        batchInterval(second.context),
        window,
        foreachBatch(({ records }) => results.push(...records)),
      ),
    );
    second.clock.advanceBy(1000);
    expect(results[0]).toEqual(['k', 1]);
    expect(second.reports('STATE_EMPTY_AT_START')).toEqual([]);
  });

  it('not where the checkpoint knows the state', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    for (const start of [0, 5000]) {
      const { clock, context, reports } = processAt(start, checkpoint);
      watch(
        logSource(log).pipe(
          batchInterval(context),
          window,
          foreachBatch(() => {}),
        ),
      );
      clock.advanceBy(1000);
      expect(reports('STATE_EMPTY_AT_START')).toEqual([]);
    }
  });
});

describe('what a checkpoint cannot help with is said once', () => {
  it('a state that nobody claims any more: STATE_UNCLAIMED, and it is kept', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    const first = processAt(0, checkpoint);
    watch(
      logSource(log).pipe(
        batchInterval(first.context),
        sums('old'),
        foreachBatch(() => {}),
      ),
    );
    first.clock.advanceBy(1000);
    const second = processAt(1000, checkpoint);
    watch(
      logSource(log).pipe(
        batchInterval(second.context),
        sums('new'),
        foreachBatch(() => {}),
      ),
    );
    second.clock.advanceBy(20_000);
    expect(second.reports('STATE_UNCLAIMED').map(({ subject }) => subject)).toEqual(['old']);
    expect(storedPairs(checkpoint.contents().states.get('old/keys'))).toEqual([['k', 1]]);
  });

  it('a source under a new name, where the position of an old one is left over: SOURCE_UNCLAIMED', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    const said = ['before', 'after', 'after'].map((name, i) => {
      const { clock, context, reports } = processAt(i * 5000, checkpoint);
      watch(
        logSource(log, { name }).pipe(
          batchInterval(context),
          sums('sums'),
          foreachBatch(() => {}),
        ),
      );
      clock.advanceBy(1000);
      return reports('SOURCE_UNCLAIMED');
    });
    expect(said.map((reports) => reports.map(({ subject }) => subject))).toEqual([[], ['after'], []]);
    expect(said[1]?.[0]?.message).toContain("{ name: 'before' }");
  });

  it('a source that is added, or removed, is as it should be', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    for (const [i, names] of [['a'], ['a', 'b'], ['b']].entries()) {
      const { clock, context, reports } = processAt(i * 5000, checkpoint);
      for (const name of names) {
        watch(
          logSource(log, { name }).pipe(
            batchInterval(context),
            foreachBatch(() => {}),
          ),
        );
      }
      clock.advanceBy(1000);
      expect(reports('SOURCE_UNCLAIMED')).toEqual([]);
    }
  });

  it('a state that is claimed late is not unclaimed', () => {
    const log = new Log(counted('k', 1));
    const checkpoint = durable();
    for (const start of [0, 10_000]) {
      const { clock, context, reports } = processAt(start, checkpoint);
      const batches = logSource(log).pipe(batchInterval(context), share());
      watch(batches.pipe(foreachBatch(() => {})));
      watch(
        batches.pipe(
          filter(({ time }) => time % 5000 === 0),
          sums('late'),
          foreachBatch(() => {}),
        ),
      );
      clock.advanceBy(10_000);
      expect(reports('STATE_UNCLAIMED')).toEqual([]);
    }
  });

  it('a source that cannot be read again under a durable checkpoint: NOT_REPLAYABLE', () => {
    const { clock, context, reports } = stage({ checkpoint: durable() });
    watch(
      new Subject<string>().pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(reports('NOT_REPLAYABLE').map(({ subject }) => subject)).toEqual(['observable#1']);
  });
});

it('a window and its positions move together: a crash between two slides neither loses nor doubles', () => {
  const log = new Log(counted('k', 1));
  const checkpoint = durable();
  const window = reduceByKeyAndWindow<Counted>(add, {
    inverse: (a: number, b: number) => a - b,
    window: 3000,
    slide: 3000,
    name: 'hot',
  });
  const first = processAt(0, checkpoint);
  watch(
    logSource(log).pipe(
      batchInterval(first.context),
      window,
      foreachBatch(() => {}),
    ),
  );
  first.clock.advanceBy(2000);
  log.append(counted('k', 10));
  const second = processAt(2500, checkpoint);
  const results: string[] = [];
  watch(
    logSource(log).pipe(
      batchInterval(second.context),
      window,
      foreachBatch((batch) => results.push(`${batch.time} ${batch.records}`)),
    ),
  );
  second.clock.advanceBy(500);
  expect(results).toEqual(['3000 k,11']);
});

it('a pipeline of two sources recovers both', () => {
  const logs = [new Log('a1', 'a2'), new Log('b1', 'b2')];
  const checkpoint = durable();
  const results: string[] = [];
  for (const [start, fails] of [
    [0, true],
    [5000, false],
  ] as const) {
    const { clock, context } = processAt(start, checkpoint);
    const [a, b] = logs.map((log, i) =>
      logSource(log, { name: 'ab'[i] as string, step: 1 }).pipe(batchInterval(context)),
    );
    watch(
      (a as NonNullable<typeof a>).pipe(
        unionBatches(b as NonNullable<typeof b>),
        foreachBatch(({ time, records }) => {
          if (fails && time === 2000) return NEVER;
          results.push(`${time} ${records}`);
          return undefined;
        }),
      ),
    );
    clock.advanceBy(3000);
  }
  expect(results.slice(0, 2)).toEqual(['1000 a1,b1', '2000 a2,b2']);
});
