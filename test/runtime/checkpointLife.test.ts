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

it('what a checkpoint tells from load to close is reported, and warned of', () => {
  let told: Parameters<CheckpointStore['load']>[0];
  const store: CheckpointStore = {
    ...memoryCheckpoint({ durable: true }),
    name: 'the folder x',
    load(report) {
      told = report;
      report?.({ code: 'CHECKPOINT_TORN', message: 'An end was cut off.', details: { bytes: 3 } });
      return memoryCheckpoint().load();
    },
  };
  const { clock, context, progress, warnings } = stage({ checkpoint: store });
  const stream = logSource(new Log('a')).pipe(
    batchInterval(context),
    foreachBatch(() => {}),
  );
  watch(stream);
  clock.advanceBy(1000);
  const cause = new Error('no space left');
  told?.({ code: 'CHECKPOINT_UNMERGED', message: 'It grows.', cause });
  const subject = 'the folder x';
  expect(progress.filter(({ type }) => type === 'report')).toEqual([
    { type: 'report', subject, code: 'CHECKPOINT_TORN', message: 'An end was cut off.', details: { bytes: 3 } },
    { type: 'report', subject, code: 'CHECKPOINT_UNMERGED', message: 'It grows.', cause },
  ]);
  expect(warnings).toEqual([
    'rx-dstream: CHECKPOINT_TORN: An end was cut off.',
    'rx-dstream: CHECKPOINT_UNMERGED: It grows.',
  ]);
});

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
