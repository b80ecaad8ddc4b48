/** Where a process goes on: the checkpoint says it, whatever an offset store says; afterwards both say the same. */
import { NEVER, retry, Subject, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointContents, CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import type { OffsetStore } from '../../src/offsets/OffsetStore.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { type Stage, stage, watch } from '../support/stage.ts';

/** What a process leaves to the next one. */
interface Outside {
  readonly log: Log<string>;
  readonly checkpoint: CheckpointStore;
  readonly store: OffsetStore;
}

function outside(...records: readonly string[]): Outside {
  return { log: new Log(...records), checkpoint: clonedCheckpoint(), store: memoryOffsets() };
}

/** One process, which begins at `time` and is killed after so many milliseconds: what its outputs got. */
function life(
  { log, checkpoint, store }: Outside,
  time: number,
  ms: number,
  settles = true,
): Stage & { got: string[] } {
  const process = stage({
    clock: manualClock(time),
    checkpoint: settles ? checkpoint : { ...checkpoint, settle: () => NEVER },
  });
  const got: string[] = [];
  watch(
    logSource(log, { startsFrom: store }).pipe(
      batchInterval(process.context),
      foreachBatch((batch) => void (batch.records.length > 0 && got.push(`${batch.time} ${batch.records}`))),
      commitOffsets(store),
    ),
  );
  process.clock.advanceBy(ms);
  return { ...process, got };
}

const committed = ({ store }: Outside): unknown =>
  (store.load({ topics: ['log'] }) as readonly { readonly until: number }[])[0]?.until;

const settled = ({ checkpoint }: Outside): unknown => (checkpoint.load() as CheckpointContents).positions.get('log');

describe('a process goes on where the checkpoint says', () => {
  it('where the one before died between commit and checkpoint: the batch comes again, and then both agree', () => {
    const world = outside('a');
    life(world, 0, 1000);
    world.log.append('b', 'c');
    expect(life(world, 1000, 1000, false).got).toEqual(['2000 b,c']);
    expect([committed(world), settled(world)]).toEqual([3, 1]);
    expect(life(world, 2000, 100).got).toEqual(['2000 b,c']);
    expect([committed(world), settled(world)]).toEqual([3, 3]);
  });

  it('where the store has lost its commits: nothing comes again, and the first batch, an empty one, commits', () => {
    const world = outside('a', 'b');
    life(world, 0, 1000);
    const emptied = { ...world, store: memoryOffsets() };
    expect(life(emptied, 1000, 1000).got).toEqual([]);
    expect([committed(emptied), settled(emptied)]).toEqual([2, 2]);
  });

  it('where somebody has moved the store ahead: nothing is left out, and then both agree', () => {
    const world = outside('a');
    life(world, 0, 1000);
    world.store.commit([{ topic: 'log', partition: 0, until: 3, expected: 1 }]);
    world.log.append('b', 'c', 'd');
    const { got } = life(world, 1000, 1000);
    expect(got).toEqual(['2000 b,c,d']);
    expect([committed(world), settled(world)]).toEqual([4, 4]);
  });

  it('and a source that it does not know goes on at the store', () => {
    const world = outside('a', 'b');
    life(world, 0, 1000);
    world.log.append('c');
    const emptied = { ...world, checkpoint: clonedCheckpoint() };
    expect(life(emptied, 1000, 1000).got).toEqual(['2000 c']);
    expect([committed(emptied), settled(emptied)]).toEqual([3, 3]);
  });
});

it('a source that was left out for a version of the program goes on where it was', () => {
  const checkpoint = clonedCheckpoint();
  const logs = { a: new Log('a1'), b: new Log('b1') };
  const got: string[] = [];
  const version = (time: number, ...names: readonly ('a' | 'b')[]): void => {
    const { clock, context } = stage({ clock: manualClock(time), checkpoint });
    for (const name of names) {
      watch(
        logSource(logs[name], { name }).pipe(
          batchInterval(context),
          foreachBatch(({ records }) => void got.push(...records)),
        ),
      );
    }
    clock.advanceBy(1000);
  };
  version(0, 'a', 'b');
  logs.a.append('a2');
  logs.b.append('b2');
  version(1000, 'a');
  version(2000, 'a', 'b');
  expect(got).toEqual(['a1', 'b1', 'a2', 'b2']);
});

describe('NOT_REPLAYABLE', () => {
  it('is said at the start, before any batch, and once in all runs of a process', () => {
    const { clock, context, reports } = stage({ checkpoint: clonedCheckpoint() });
    let failures = 2;
    watch(
      new Subject<string>().pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (failures-- > 0) throw new Error('no');
        }),
        retry({ delay: () => timer(10, clock) }),
      ),
    );
    clock.advanceBy(0);
    expect(reports('NOT_REPLAYABLE').map(({ message }) => message)).toEqual([
      "Source 'observable#1' cannot be read again: what it delivered and has not settled may be lost when the process dies.",
    ]);
    clock.advanceBy(5000);
    expect(failures).toBeLessThan(0);
    expect(reports('NOT_REPLAYABLE')).toHaveLength(1);
  });

  it('is not said where nothing survives the process anyway', () => {
    const { clock, context, reports } = stage();
    watch(
      new Subject<string>().pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(5000);
    expect(reports('NOT_REPLAYABLE')).toEqual([]);
  });
});
