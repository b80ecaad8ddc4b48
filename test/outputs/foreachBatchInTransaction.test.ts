import { of, retry, share, throwError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  filterRecords,
  foreachBatch,
  foreachBatchInTransaction,
  memoryCheckpoint,
  memoryOffsets,
  StreamError,
} from '../../src/index.ts';
import { batchOf } from '../../src/testing/index.ts';
import { type LedgerFaults, ledgerStore } from '../support/ledgerStore.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, type Stage, stage, watch } from '../support/stage.ts';

const away = (): StreamError => new StreamError('OFFSET_STORE_UNAVAILABLE', 'away', { retriable: true });
const save = (batch: Batch<string>, lines: string[]): void => void lines.push(...batch.records);

/** Throws what `error` makes, the first time only. */
function once(error: () => Error): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    throw error();
  };
}

/** A pipeline of one log into one ledger, retried for ever after 100 ms. */
function retried(faults: LedgerFaults, ...records: string[]) {
  const on = stage();
  const store = ledgerStore(faults);
  const log = new Log(...records);
  const seen = watch(
    logSource(log, { startsFrom: store }).pipe(
      batchInterval(on.context),
      foreachBatchInTransaction(store, save),
      retry({ delay: () => timer(100, on.clock) }),
    ),
  );
  return { ...on, store, log, seen };
}

describe('foreachBatchInTransaction', () => {
  it('commits results and offsets together when all outputs of the batch are done', () => {
    const { clock, context, batches } = stage();
    const store = ledgerStore();
    const shared = logSource(new Log('a', 'b')).pipe(batchInterval(context), share());
    watch(shared.pipe(foreachBatchInTransaction(store, save)));
    watch(shared.pipe(foreachBatch(() => timer(300, clock))));
    clock.advanceBy(1299);
    expect([store.lines, store.held(), store.calls]).toEqual([[], '', ['own', 'begin 1000']]);
    clock.advanceBy(1);
    expect([store.lines, store.held(), batches()]).toEqual([['a', 'b'], 'log[0]=2', ['1000 settled']]);
    expect(store.calls).toEqual(['own', 'begin 1000', 'commit 1000 0-2', 'rollback 1000']);
  });

  it('takes the group over once in each run', () => {
    const { clock, log, store } = retried({ onCommit: once(away) }, 'a');
    clock.advanceBy(1200);
    log.append('b');
    clock.advanceBy(2000);
    expect(store.calls.filter((call) => call === 'own')).toHaveLength(2);
    expect(store.lines).toEqual(['a', 'b']);
  });

  it('outputs of one batch at one store share its transaction', () => {
    const { clock, context } = stage();
    const store = ledgerStore();
    const shared = logSource(new Log('a', 'b')).pipe(batchInterval(context), share());
    watch(shared.pipe(foreachBatchInTransaction(store, save)));
    watch(
      shared.pipe(
        filterRecords((record) => record === 'b'),
        foreachBatchInTransaction(store, (batch, lines) => timer(1, clock).forEach(() => save(batch, lines))),
      ),
    );
    clock.advanceBy(1500);
    return promisesSettle().then(() => {
      expect(store.lines).toEqual(['a', 'b', 'b']);
      expect(store.calls.filter((call) => /begin|commit/.test(call))).toEqual(['begin 1000', 'commit 1000 0-2']);
    });
  });

  it('commits before other stores get their offsets', () => {
    const { clock, context } = stage();
    const order: string[] = [];
    const store = ledgerStore({ onCommit: () => order.push('transaction') });
    const other = memoryOffsets();
    const plain: typeof other = {
      ...other,
      commit(offsets) {
        order.push('plain');
        return other.commit(offsets);
      },
    };
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        commitOffsets(plain),
        foreachBatchInTransaction(store, save),
      ),
    );
    clock.advanceBy(1000);
    expect(order).toEqual(['transaction', 'plain']);
  });

  it('commits that of the store its source starts from last: whoever dies in between misses nothing in the other one', () => {
    const died = stage();
    const start = ledgerStore({ onCommit: once(() => new Error('the process dies here')) });
    const other = memoryOffsets<string, number>();
    const into = (on: Stage) =>
      logSource(new Log('a'), { startsFrom: start }).pipe(
        batchInterval(on.context),
        foreachBatchInTransaction(start, save),
        foreachBatchInTransaction(
          other,
          ({ records, time }, results) => void records.map((one) => results.set(one, time)),
        ),
      );
    watch(into(died));
    died.clock.advanceBy(1000);
    expect([start.lines, [...other.results]]).toEqual([[], [['a', 1000]]]);
    const reborn = stage();
    const seen = watch(into(reborn));
    reborn.clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('OFFSET_STORE_FAILED');
    expect([start.lines, [...other.results]]).toEqual([[], [['a', 1000]]]);
  });

  it('tells the store where the records of a commit begin, over batches that no output saw', () => {
    const { clock, log, store } = retried({}, 'a');
    clock.advanceBy(1000);
    log.append('b', 'c');
    clock.advanceBy(2000);
    expect(store.calls.filter((call) => call.startsWith('commit'))).toEqual([
      'commit 1000 0-1',
      'commit 2000 1-3',
      'commit 3000 3-3',
    ]);
  });

  it('a failing write leaves nothing behind, and the batch runs again', () => {
    const on = stage();
    const store = ledgerStore();
    const fails = once(() => new Error('full'));
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(on.context),
        foreachBatchInTransaction(store, (batch: Batch<string>, lines) => {
          save(batch, lines);
          fails();
        }),
        retry(1),
      ),
    );
    on.clock.advanceBy(2000);
    expect(seen.error).toBeUndefined();
    expect(store.calls.slice(0, 5)).toEqual(['own', 'begin 1000', 'rollback 1000', 'own', 'begin 1000 repeated']);
    expect(store.lines).toEqual(['a']);
  });

  it('a failing write is OUTPUT_FAILED', () => {
    const { clock, context } = stage();
    const fails = foreachBatchInTransaction(ledgerStore(), () => throwError(() => new Error('full')));
    const seen = watch(logSource(new Log('a')).pipe(batchInterval(context), fails));
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('OUTPUT_FAILED');
  });

  it('a batch that was committed and had not settled is not written again, and that is reported', () => {
    const checkpoint = memoryCheckpoint();
    const settle = once(() => new Error('killed before it settled'));
    const on = stage({
      checkpoint: {
        ...checkpoint,
        settle(settlement) {
          settle();
          return checkpoint.settle(settlement);
        },
      },
    });
    const store = ledgerStore();
    const log = new Log('a');
    watch(
      logSource(log).pipe(
        batchInterval(on.context),
        foreachBatchInTransaction(store, save),
        retry({ delay: () => timer(100, on.clock) }),
      ),
    );
    on.clock.advanceBy(1200);
    log.append('b');
    on.clock.advanceBy(1000);
    expect(store.lines).toEqual(['a', 'b']);
    expect(store.calls).toContain('begin 1000 repeated');
    expect(on.reports('BATCH_COMMITTED_BEFORE').map(({ subject, details }) => [subject, details])).toEqual([
      ['ledger', { time: 1000 }],
    ]);
  });

  it('a commit whose answer is lost fails the run, and the next one finds the results there', () => {
    const { clock, store, batches } = retried({ onCommitted: once(away) }, 'a', 'b');
    clock.advanceBy(1200);
    expect(store.lines).toEqual(['a', 'b']);
    expect(batches()).toEqual(['1000 settled']);
  });

  it('a commit that did not take effect fails the run, and the next one writes again', () => {
    const { clock, store, batches } = retried({ onCommit: once(away) }, 'a', 'b');
    clock.advanceBy(1200);
    expect(store.lines).toEqual(['a', 'b']);
    expect(batches()).toEqual(['1000 settled']);
  });

  it('a store that is away when the batch begins is waited for', () => {
    const { clock, store, reports, seen } = retried({ onBegin: once(away) }, 'a');
    clock.advanceBy(1000);
    expect([store.lines, reports('COMMIT_RETRIED')]).toEqual([[], [expect.objectContaining({ subject: 'ledger' })]]);
    clock.advanceBy(100);
    expect([store.lines, seen.error]).toEqual([['a'], undefined]);
  });

  it('a pipeline that was overtaken ends with OFFSET_STORE_TAKEN', () => {
    const { clock, context } = stage();
    const taken = new StreamError('OFFSET_STORE_TAKEN', 'taken over');
    const store = ledgerStore({ onCommit: once(() => taken) });
    const seen = watch(logSource(new Log('a')).pipe(batchInterval(context), foreachBatchInTransaction(store, save)));
    clock.advanceBy(1000);
    expect([seen.error, store.lines]).toEqual([taken, []]);
  });

  it('a transaction that is there only after its run has ended is rolled back, and the context is over after that', async () => {
    const begun = deferred();
    const rolledBack = deferred();
    const { clock, context } = stage();
    const store = ledgerStore({ onBegin: () => begun.promise, onRollback: () => rolledBack.promise });
    watch(logSource(new Log('a')).pipe(batchInterval(context), foreachBatchInTransaction(store, save)));
    clock.advanceBy(1000);
    let isOver = false;
    const stopped = context.stop().then(() => {
      isOver = true;
    });
    begun.resolve();
    await promisesSettle();
    expect([store.calls.at(-1), isOver]).toEqual(['rollback 1000', false]);
    rolledBack.resolve();
    await stopped;
    expect(store.lines).toEqual([]);
  });

  it('a run that is retried begins when the transaction of the one before has been rolled back', async () => {
    const rolledBack = deferred();
    const { clock, context } = stage();
    const store = ledgerStore({ onRollback: () => rolledBack.promise });
    const fails = once(() => new Error('full'));
    watch(logSource(new Log('a')).pipe(batchInterval(context), foreachBatchInTransaction(store, fails), retry()));
    clock.advanceBy(1500);
    await promisesSettle();
    clock.advanceBy(0);
    expect(store.calls).toEqual(['own', 'begin 1000', 'rollback 1000']);
    rolledBack.resolve();
    await promisesSettle();
    clock.advanceBy(0);
    expect(store.calls.slice(3, 5)).toEqual(['own', 'begin 1000 repeated']);
  });

  it('a rollback that fails is reported and keeps nobody waiting', () => {
    const { clock, context, reports } = stage();
    const store = ledgerStore({
      onRollback: () => {
        throw away();
      },
    });
    const fails = foreachBatchInTransaction(store, () => throwError(() => new Error('full')));
    watch(logSource(new Log('a')).pipe(batchInterval(context), fails));
    clock.advanceBy(1000);
    expect(reports('OFFSET_STORE_UNAVAILABLE')).toHaveLength(1);
    expect(context.state).toBe('INITIALIZED');
  });

  it('refuses a batch that lies wholly below what its store holds: its records have been committed before', () => {
    const { clock, context } = stage();
    const store = memoryOffsets<string, number>();
    store.commit([{ topic: 'log', partition: 0, until: 50, expected: undefined }]);
    const seen = watch(
      logSource(new Log('a', 'b')).pipe(
        batchInterval(context),
        foreachBatchInTransaction(store, ({ records }, results) => results.set('n', records.length)),
      ),
    );
    clock.advanceBy(5000);
    expect([codeOf(seen.error), store.results.size]).toEqual(['OFFSET_STORE_FAILED', 0]);
  });

  it('a source without positions has its results committed by the batch time alone', () => {
    const { clock, context } = stage();
    const store = ledgerStore();
    const source = logSource(new Log('a'), {
      onCut: ({ cut: { offsets: _, ...cut }, ...answer }) => ({ ...answer, cut }),
    });
    watch(source.pipe(batchInterval(context), foreachBatchInTransaction(store, save)));
    clock.advanceBy(1000);
    expect([store.lines, store.calls.at(-2)]).toEqual([['a'], 'commit 1000']);
  });

  it('works on batches of a test that have no context, and commits when they settle', () => {
    const store = ledgerStore();
    const batch = batchOf(['a', 'b']);
    const seen = watch(of(batch).pipe(foreachBatchInTransaction(store, save)));
    expect([seen.error, seen.values, store.lines]).toEqual([undefined, [batch], []]);
    batch.scope.rootsEmitted();
    expect([batch.scope.state, store.lines]).toEqual(['settled', ['a', 'b']]);
  });

  it('refuses what is no store with transactions, where it is written', () => {
    expect(() => foreachBatchInTransaction(memoryless() as never, save)).toThrow(/an offset store with transactions/);
    expect(() => foreachBatchInTransaction(ledgerStore(), undefined as never)).toThrow(
      /foreachBatchInTransaction\(_, write\)/,
    );
  });
});

/** A store without `begin`. */
function memoryless(): object {
  const { name, load, commit, close } = memoryOffsets();
  return { name, load, commit, close };
}
