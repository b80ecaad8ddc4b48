import { concat, defer, finalize, ignoreElements, of, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type Batch, batchInterval, foreachBatch, foreachBatchInTransaction, StreamError } from '../../src/index.ts';
import { ledgerStore } from '../support/ledgerStore.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, deferred, promisesSettle, stage, watch } from '../support/stage.ts';

const save = (batch: Batch<string>, lines: string[]): void => void lines.push(...batch.records);

describe('a chain that is left while its batch is written in a transaction, beside one that stays', () => {
  it('has its write finished first: half of it is never committed', async () => {
    const { clock, context } = stage();
    const store = ledgerStore();
    const rest = deferred();
    const left = watch(
      logSource(new Log('a'), { name: 'left' }).pipe(
        batchInterval(context),
        foreachBatchInTransaction(store, async (batch, lines) => {
          save(batch, lines);
          await rest.promise;
          lines.push('the rest');
        }),
      ),
    );
    watch(
      logSource(new Log('b'), { name: 'stays' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    left.unsubscribe();
    clock.advanceBy(100);
    await promisesSettle();
    expect(store.lines).toEqual([]);
    rest.resolve();
    await promisesSettle();
    expect(store.lines).toEqual(['a', 'the rest']);
  });

  it('also where the write is an Observable', () => {
    const { clock, context } = stage();
    const store = ledgerStore();
    const left = watch(
      logSource(new Log('a'), { name: 'left' }).pipe(
        batchInterval(context),
        foreachBatchInTransaction(store, (batch, lines) =>
          concat(
            defer(() => of(save(batch, lines))),
            timer(300, clock),
            defer(() => of(lines.push('the rest'))),
          ).pipe(ignoreElements()),
        ),
      ),
    );
    watch(
      logSource(new Log('b'), { name: 'stays' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    left.unsubscribe();
    clock.advanceBy(299);
    expect(store.lines).toEqual([]);
    clock.advanceBy(1);
    expect(store.lines).toEqual(['a', 'the rest']);
  });

  it('fails the run if its write fails: the one that stays has its batch run again', () => {
    const { clock, context } = stage();
    const store = ledgerStore();
    const left = watch(
      logSource(new Log('a'), { name: 'left' }).pipe(
        batchInterval(context),
        foreachBatchInTransaction(store, () =>
          concat(
            timer(300, clock),
            throwError(() => new Error('full')),
          ),
        ),
      ),
    );
    const stays = watch(
      logSource(new Log('b'), { name: 'stays' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    left.unsubscribe();
    clock.advanceBy(300);
    expect([codeOf(stays.error), store.lines, store.calls.at(-1)]).toEqual(['OUTPUT_FAILED', [], 'rollback 1000']);
  });

  it('does not begin a second transaction while the first is being begun', async () => {
    const { clock, context } = stage();
    const begun = deferred();
    const store = ledgerStore({ onBegin: () => begun.promise });
    const chain = (name: string) =>
      watch(logSource(new Log(name), { name }).pipe(batchInterval(context), foreachBatchInTransaction(store, save)));
    const left = chain('left');
    const stays = chain('stays');
    clock.advanceBy(1000);
    left.unsubscribe();
    clock.advanceBy(1);
    begun.resolve();
    await promisesSettle();
    expect([stays.error, store.lines]).toEqual([undefined, ['left', 'stays']]);
    expect(store.calls.filter((call) => /begin|commit/.test(call))).toEqual(['begin 1000', 'commit 1000 0-1 0-1']);
  });

  it('leaves the batch open until its transaction is there: no offsets are committed beside it', async () => {
    const { clock, context } = stage();
    const begun = deferred();
    const store = ledgerStore({ onBegin: () => begun.promise });
    const left = watch(
      logSource(new Log('a'), { name: 'left' }).pipe(batchInterval(context), foreachBatchInTransaction(store, save)),
    );
    watch(
      logSource(new Log('b'), { name: 'stays' }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    left.unsubscribe();
    clock.advanceBy(1);
    await promisesSettle();
    begun.resolve();
    await promisesSettle();
    expect(store.calls).not.toContain('commit without transaction');
  });

  it('is let go of at once where the run ends with it, and nothing is left behind', () => {
    const { clock, context } = stage();
    const store = ledgerStore();
    const letGo = vi.fn();
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatchInTransaction(store, (batch, lines) => {
          save(batch, lines);
          return timer(300, clock).pipe(finalize(letGo));
        }),
      ),
    );
    clock.advanceBy(1000);
    seen.unsubscribe();
    expect(letGo).toHaveBeenCalledTimes(1);
    clock.advanceBy(1000);
    expect([store.lines, store.calls.at(-1)]).toEqual([[], 'rollback 1000']);
  });
});

describe('what a transaction fails with at its commit', () => {
  it('is OFFSET_STORE_FAILED where the store does not say', () => {
    const { clock, context } = stage();
    const fails = ledgerStore({
      onCommit: () => {
        throw new Error('disk full');
      },
    });
    const seen = watch(logSource(new Log('a')).pipe(batchInterval(context), foreachBatchInTransaction(fails, save)));
    clock.advanceBy(1000);
    expect(seen.error).toBeInstanceOf(StreamError);
    expect(codeOf(seen.error)).toBe('OFFSET_STORE_FAILED');
  });
});
