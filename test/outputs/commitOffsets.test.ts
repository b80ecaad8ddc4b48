import { filter, map, merge, type Observable, of, retry, share, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { StreamError } from '../../src/core/errors.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import type { OffsetCommit, OffsetStore } from '../../src/offsets/OffsetStore.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import type { Progress } from '../../src/runtime/progress.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { no, refused } from '../support/through.ts';

/** A memory store that writes down what it is given. */
function loggedOffsets(log: unknown[] = [], name = 'memory'): OffsetStore & { readonly log: unknown[] } {
  const store = memoryOffsets({ name });
  return {
    ...store,
    log,
    commit(offsets: readonly OffsetCommit[]) {
      log.push(offsets.map(({ topic, until }) => `${topic} ${until}`).join(', '));
      return store.commit(offsets);
    },
  };
}

const abc = [['a'], ['b', 'b'], ['c']];

it('commits the positions of each batch when all its outputs are done, before the next begins', () => {
  const log: unknown[] = [];
  const store = loggedOffsets(log);
  runBatches(abc, (source) =>
    source.pipe(
      commitOffsets(store),
      foreachBatch(({ time }) => {
        log.push(`begin ${time}`);
        return timer(2500).pipe(map(() => log.push(`end ${time}`)));
      }),
    ),
  );
  expect(log).toEqual([
    ...['begin 1000', 'end 1000', 'input 1'],
    ...['begin 2000', 'end 2000', 'input 3'],
    ...['begin 3000', 'end 3000', 'input 4'],
  ]);
});

it('its place in the chain does not matter, and declaring twice is once', () => {
  const once = loggedOffsets();
  runBatches(abc, (source) =>
    source.pipe(
      commitOffsets(once),
      mapRecords(String),
      foreachBatch(() => {}),
    ),
  );
  const twice = loggedOffsets();
  runBatches(abc, (source) => {
    const shared = source.pipe(mapRecords(String), share());
    return {
      x: shared.pipe(
        foreachBatch(() => {}),
        commitOffsets(twice),
      ),
      y: shared.pipe(commitOffsets(twice)),
    };
  });
  expect(once.log).toEqual(['input 1', 'input 3', 'input 4']);
  expect(twice.log).toEqual(once.log);
});

it('passes the batch on in the same call', () => {
  const run = runBatches(abc, (source) => source.pipe(commitOffsets(memoryOffsets())));
  expect(run.map(({ records }) => records)).toEqual(abc);
});

it('commits what batches before it brought that nobody saw', () => {
  const store = loggedOffsets();
  runBatches([['a'], ['b'], ['c'], ['d']], (source) =>
    source.pipe(
      filter(({ time }) => time === 2000 || time === 4000),
      commitOffsets(store),
    ),
  );
  expect(store.log).toEqual(['input 2', 'input 4']);
});

it('commits with each window what its batches brought', () => {
  const store = loggedOffsets();
  runBatches([['a'], ['b'], ['c'], ['d']], (source) =>
    source.pipe(windowBatches({ window: 4000, slide: 2000 }), commitOffsets(store)),
  );
  expect(store.log).toEqual(['input 2', 'input 4']);
});

it('commits each source of a batch, and only the sources it descends from', () => {
  const both = loggedOffsets();
  const left = loggedOffsets();
  runBatches({ a: [['a']], b: [['b', 'b']] }, ({ a, b }) => {
    const shared = a.pipe(share());
    return { left: shared.pipe(commitOffsets(left)), both: merge(b).pipe(commitOffsets(both)) };
  });
  expect([left.log, both.log]).toEqual([['a 1'], ['b 2']]);
});

it('two stores get the same, in the order in which they were declared', () => {
  const log: unknown[] = [];
  const [first, second] = [loggedOffsets(log, 'first'), loggedOffsets(log, 'second')];
  runBatches([['a']], (source) => source.pipe(commitOffsets(first), commitOffsets(second)));
  expect(log).toEqual(['input 1', 'input 1']);
  expect([first.load({}), second.load({})]).toEqual([
    [{ topic: 'input', partition: 0, until: 1 }],
    [{ topic: 'input', partition: 0, until: 1 }],
  ]);
});

describe('a batch that fails', () => {
  it('commits nothing; retry() begins with it again and commits it once', () => {
    const store = loggedOffsets();
    let isBroken = true;
    runBatches(abc, (source) =>
      source.pipe(
        commitOffsets(store),
        foreachBatch(({ time }) => {
          if (time !== 2000 || !isBroken) return;
          isBroken = false;
          no();
        }),
        retry(1),
      ),
    );
    expect(store.log.slice(0, 3)).toEqual(['input 1', 'input 3', 'input 4']);
  });

  it('with two stores is committed to both again', () => {
    const log: unknown[] = [];
    const first = loggedOffsets(log, 'first');
    let isBroken = true;
    const second: OffsetStore = {
      ...memoryOffsets(),
      commit(offsets) {
        if (isBroken) {
          isBroken = false;
          throw new StreamError('OFFSET_STORE_FAILED', 'no');
        }
        log.push(`second ${offsets[0]?.until}`);
        return { foreign: [] };
      },
    };
    runBatches([['a']], (source) => source.pipe(commitOffsets(first), commitOffsets(second), retry(1)));
    expect(log.slice(0, 3)).toEqual(['input 1', 'input 1', 'second 1']);
  });
});

describe('a store that cannot be reached', () => {
  const away = (failures: number, log: string[], now: () => number): OffsetStore => {
    const store = memoryOffsets({ name: 'far' });
    let left = failures;
    return {
      ...store,
      commit(offsets) {
        log.push(`${offsets.map(({ until }) => until)} at ${now()}`);
        if (left-- > 0) throw new StreamError('OFFSET_STORE_UNAVAILABLE', 'away', { retriable: true });
        return store.commit(offsets);
      },
    };
  };

  it('holds the batch: the commit is repeated, no later batch passes it, and progress tells', () => {
    const log: string[] = [];
    const reports: Progress[] = [];
    let now = (): number => 0;
    const store = away(3, log, () => now());
    runBatches(
      [['a'], ['b']],
      (source, { scheduler }) => {
        now = () => scheduler.now();
        return source.pipe(
          foreachBatch(({ time }) => log.push(`${time} written`)),
          commitOffsets(store),
        );
      },
      { interval: 200, onProgress: (event) => event.type === 'report' && reports.push(event) },
    );
    expect(log).toEqual(['200 written', '1 at 200', '1 at 300', '1 at 500', '1 at 900', '400 written', '2 at 900']);
    expect(reports.map((report) => report.type === 'report' && [report.code, report.subject])).toEqual(
      Array.from({ length: 3 }, () => ['COMMIT_RETRIED', 'far']),
    );
  });

  it('fails the run with OFFSET_STORE_FAILED when the repeats are used up', () => {
    const log: string[] = [];
    const run = (): unknown =>
      runBatches([['a'], ['b']], (source) => source.pipe(commitOffsets(away(9, log, () => 0))), {
        context: { commitRetry: { maxRetries: 2 } },
      });
    expect(run).toThrow(expect.objectContaining({ code: 'OFFSET_STORE_FAILED' }));
    expect(log).toHaveLength(3);
  });
});

it('says when the store has met somebody else who commits to the same group', () => {
  const foreign = [{ topic: 'input', partition: 0, until: 50 }];
  const store: OffsetStore = { ...memoryOffsets({ name: 'ours' }), commit: () => ({ foreign }) };
  const warnings: string[] = [];
  runBatches([['a']], (source) => source.pipe(commitOffsets(store)), {
    context: { onWarning: (message) => warnings.push(message) },
  });
  expect(warnings).toEqual([expect.stringMatching(/OFFSETS_MOVED.*ours.*input\[0\] at 50/)]);
});

it('NO_OFFSETS for a batch none of whose sources has positions', () => {
  const errors: unknown[] = [];
  const clock = manualClock();
  const plain: Observable<Batch<string>> = of('a').pipe(
    batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
  );
  plain.pipe(commitOffsets(memoryOffsets())).subscribe({ error: (error) => errors.push(error) });
  clock.advanceBy(1000);
  expect(errors).toEqual([
    expect.objectContaining({ code: 'NO_OFFSETS', message: expect.stringContaining("'observable#1'") }),
  ]);
});

it('a map before batchInterval hides the positions: NO_OFFSETS says so', () => {
  const errors: unknown[] = [];
  const clock = manualClock();
  testSource([['a']])
    .pipe(
      map(String),
      batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
      commitOffsets(memoryOffsets()),
    )
    .subscribe({ error: (error) => errors.push(error) });
  clock.advanceBy(1000);
  expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining('a map before it') })]);
});

it('warns once when a source starts from a store that nobody commits to', () => {
  const onWarning = vi.fn();
  const clock = manualClock();
  testSource([['a'], ['b']], { offsets: memoryOffsets({ name: 'forgotten' }) })
    .pipe(
      batchInterval(new StreamingContext({ interval: 1000, scheduler: clock, onWarning })),
      foreachBatch(() => {}),
    )
    .subscribe();
  clock.advanceBy(3000);
  expect(onWarning.mock.calls).toEqual([[expect.stringMatching(/OFFSETS_NOT_COMMITTED.*forgotten/)]]);
});

it('a source that starts from the store goes on where it was committed', () => {
  const store = memoryOffsets();
  const process = (batches: number): string[] => {
    const clock = manualClock();
    const seen: string[] = [];
    testSource([['a'], ['b', 'b'], ['c']], { offsets: store })
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock, batches })),
        foreachBatch(({ records }) => seen.push(...records)),
        commitOffsets(store),
      )
      .subscribe();
    clock.advanceBy(10_000);
    return seen;
  };
  expect([process(1), process(1), process(9)]).toEqual([['a'], ['b', 'b'], ['c']]);
});

it.each([[undefined], [null], [{}], ['store']])('refuses %j for a store, where it is written', (store) => {
  expect(() => commitOffsets(store as never)).toThrow(refused('commitOffsets(store): expected an offset store'));
});
