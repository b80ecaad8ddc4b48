/** Another version of the program on the checkpoint of the one before: what is found again, and what is said of the rest. */

import type { Observable } from 'rxjs';
import { share } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { KeyState } from '../../src/core/state/KeyState.ts';
import { dropDuplicates } from '../../src/operators/dropDuplicates.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { mapValues } from '../../src/operators/mapValues.ts';
import { mapWithState } from '../../src/operators/mapWithState.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { unionBatches } from '../../src/operators/unionBatches.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { add, type Counted, counted, sums } from '../support/pairs.ts';
import { type Stage, stage, watch } from '../support/stage.ts';

type Version = (batches: Observable<Batch<Counted>>) => Observable<Batch<unknown>>;

/** What outlives the versions. */
class Outside {
  readonly checkpoint: CheckpointStore = clonedCheckpoint();
  readonly log: Log<Counted> = new Log();
  #now = 0;

  /** Runs a version for so many batches, with these records in the first; the last batch it gives. */
  run(version: Version, batches: number, ...records: readonly Counted[]): Stage & { readonly last: unknown } {
    this.log.append(...records);
    const process = stage({ clock: manualClock(this.#now), checkpoint: this.checkpoint });
    let last: unknown;
    const seen = watch(
      logSource(this.log).pipe(
        batchInterval(process.context),
        version,
        foreachBatch((batch) => {
          last = [...batch.records];
        }),
      ),
    );
    process.clock.advanceBy(batches * 1000);
    seen.unsubscribe();
    process.clock.advanceBy(0);
    expect(seen.error).toBeUndefined();
    this.#now += batches * 1000;
    return { ...process, last };
  }
}

const [a, b] = [counted('a', 1), counted('b', 1)];

describe('goes on', () => {
  it('with other functions, operators without state and another order around a state', () => {
    const outside = new Outside();
    outside.run(sums('totals'), 1, a, b);
    const version: Version = (batches) =>
      batches.pipe(
        filterRecords(([word]) => word !== 'b'),
        mapValues((count) => count * 10),
        sums('totals'),
        mapValues((sum) => `${sum}!`),
      );
    expect(outside.run(version, 1, a, b).last).toEqual([
      ['a', '11!'],
      ['b', '1!'],
    ]);
  });

  it('with a state that was left out for a version: kept, and said', () => {
    const outside = new Outside();
    outside.run(sums('totals'), 1, a);
    const without = outside.run((batches) => batches, 12, a);
    expect(without.reports('STATE_UNCLAIMED').map(({ subject }) => subject)).toEqual(['totals']);
    expect(outside.run(sums('totals'), 1, a).last).toEqual([['a', 2]]);
  });

  it('beside a state that is new, which begins empty and says so', () => {
    const outside = new Outside();
    outside.run(sums('totals'), 1, a);
    const version: Version = (batches) => {
      const shared = batches.pipe(share());
      return shared.pipe(sums('totals'), unionBatches(shared.pipe(sums('new'))));
    };
    const { last, reports } = outside.run(version, 1, a);
    expect(last).toEqual([
      ['a', 2],
      ['a', 1],
    ]);
    expect(reports('STATE_EMPTY_AT_START').map(({ message }) => message)).toEqual([
      "The state 'new' begins empty although its source goes on in the middle: counts and windows miss what came before. " +
        'The checkpoint has none of this name: it is new, or had another one.',
    ]);
  });
});

describe('goes on by the new rule', () => {
  const windowed =
    (options: { readonly window: number; readonly slide?: number; readonly inverse?: boolean }): Version =>
    (batches) => {
      const { inverse = false, ...span } = options;
      const subtracting = inverse ? { inverse: (reduced: number, left: number): number => reduced - left } : {};
      return batches.pipe(reduceByKeyAndWindow(add, { ...span, ...subtracting, name: 'window' }));
    };

  it.each([
    ['a longer window', { window: 3000 }, { window: 6000 }, 3],
    ['a shorter window', { window: 6000 }, { window: 2000 }, 2],
    ['another slide', { window: 4000 }, { window: 4000, slide: 2000 }, 3],
    ['an inverse', { window: 4000 }, { window: 4000, inverse: true }, 3],
    ['no inverse any more', { window: 4000, inverse: true }, { window: 4000 }, 3],
  ])('with %s', (_what, before, after, sum) => {
    const outside = new Outside();
    for (let n = 0; n < 3; n++) outside.run(windowed(before), 1, a);
    // Batches of 1, 2 and 3 s held one each; the one of 4 s is the first of the new version.
    expect(outside.run(windowed(after), 1, ...(sum === 2 ? [a] : [])).last).toEqual([['a', sum]]);
  });

  // Keys that were kept without a timeout count from the batch in which it was added.
  it.each([
    [60_000, 2],
    [undefined, 3],
  ])('with a timeout of two seconds, after one of %s ms', (before, quiet) => {
    const outside = new Outside();
    const visits =
      (timeout?: number): Version =>
      (batches) =>
        batches.pipe(
          mapWithState(
            (word, count: number | undefined, state: KeyState<number>) => {
              if (state.isTimingOut()) return `${word} left after ${state.get()}`;
              state.update((state.getOption() ?? 0) + (count ?? 0));
              return `${word} ${state.get()}`;
            },
            { name: 'visits', ...(timeout === undefined ? {} : { timeout }) },
          ),
        );
    outside.run(visits(before), 1, a);
    expect(outside.run(visits(2000), quiet).last).toEqual([]);
    expect(outside.run(visits(2000), 1).last).toEqual(['a left after 1']);
  });

  it('with another time to remember', () => {
    const outside = new Outside();
    const once = (within: number): Version => dropDuplicates({ by: ([word]) => word, within, name: 'seen' });
    outside.run(once(60_000), 1, a);
    expect(outside.run(once(2000), 1, a).last).toEqual([]);
    expect(outside.run(once(2000), 1, a).last).toEqual([a]);
  });
});
