import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { batchInterval, type CheckpointStore, foreachBatch, memoryCheckpoint } from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { stage, watch } from '../support/stage.ts';

/** A checkpoint that takes down what it is asked. */
function watched(calls: string[], changes: Partial<CheckpointStore> = {}): CheckpointStore {
  const store: CheckpointStore = { ...memoryCheckpoint({ durable: true }), ...changes };
  return {
    ...store,
    load: () => {
      calls.push('load');
      return store.load();
    },
    settle: (settlement) => {
      calls.push('settle');
      return store.settle(settlement);
    },
    close: () => {
      calls.push('close');
      return store.close();
    },
  };
}

describe('a run gives its checkpoint back', () => {
  it('when it is stopped, left, has completed or failed; the next run loads it again', async () => {
    const calls: string[] = [];
    const { clock, context } = stage({ checkpoint: watched(calls) });
    let failures = 1;
    const stream = logSource(new Log('a', 'b'), { step: 1 }).pipe(
      batchInterval(context),
      foreachBatch(() => {
        if (failures-- > 0) throw new Error('no');
      }),
    );
    watch(stream);
    clock.advanceBy(1000);
    expect(calls).toEqual(['load', 'close']);
    const second = watch(stream);
    clock.advanceBy(100);
    expect(calls).toEqual(['load', 'close', 'load', 'settle']);
    second.unsubscribe();
    clock.advanceBy(0);
    expect(calls).toEqual(['load', 'close', 'load', 'settle', 'close']);
    watch(stream);
    clock.advanceBy(100);
    await context.stop();
    expect(calls).toEqual(['load', 'close', 'load', 'settle', 'close', 'load', 'close']);
  });

  it('after what it had begun has ended, and before the next run loads it', async () => {
    const calls: string[] = [];
    const { clock, context } = stage({ checkpoint: watched(calls) });
    let endSlow: () => void = () => {};
    const stream = logSource(new Log('a'), { step: 1 }).pipe(
      batchInterval(context),
      foreachBatch(() => new Promise<void>((resolve) => (endSlow = resolve))),
    );
    const first = watch(stream);
    clock.advanceBy(1000);
    first.unsubscribe();
    watch(stream);
    clock.advanceBy(100);
    expect(calls).toEqual(['load']);
    endSlow();
    await Promise.resolve();
    await Promise.resolve();
    clock.advanceBy(100);
    expect(calls.slice(0, 3)).toEqual(['load', 'close', 'load']);
  });

  it('and the next run waits until it is given back', () => {
    const calls: string[] = [];
    const given = new Subject<void>();
    const { clock, context } = stage({ checkpoint: watched(calls, { close: () => given }) });
    const stream = logSource(new Log('a')).pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    );
    const first = watch(stream);
    clock.advanceBy(10);
    first.unsubscribe();
    watch(stream);
    clock.advanceBy(10);
    expect(calls).toEqual(['load', 'close']);
    given.complete();
    clock.advanceBy(10);
    expect(calls).toEqual(['load', 'close', 'load']);
  });

  it('and says so if that fails', () => {
    const { clock, context, reports } = stage({
      checkpoint: watched([], {
        close: () => {
          throw new Error('stuck');
        },
      }),
    });
    const seen = watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    seen.unsubscribe();
    clock.advanceBy(0);
    expect(reports('CHECKPOINT_FAILED')).toEqual([
      expect.objectContaining({ message: expect.stringContaining('stuck') }),
    ]);
  });
});
