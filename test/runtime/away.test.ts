/** A process that was away for a while: what it gives afterwards is what one that stayed gives. */
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { KeyState } from '../../src/core/state/KeyState.ts';
import { dropDuplicates } from '../../src/operators/dropDuplicates.ts';
import { mapWithState } from '../../src/operators/mapWithState.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { add, type Counted, counted, sums } from '../support/pairs.ts';
import { stage, watch } from '../support/stage.ts';

const inverse = {
  inverse: (reduced: number, left: number): number => reduced - left,
  filter: ([, sum]: Counted): boolean => sum !== 0,
};

type Chain = (batches: Observable<Batch<Counted>>) => Observable<Batch<unknown>>;

const CHAINS: Readonly<Record<string, Chain>> = {
  windows: (batches) => batches.pipe(reduceByKeyAndWindow(add, { window: 5000, name: 'window' })),
  'windows with an inverse': (batches) =>
    batches.pipe(reduceByKeyAndWindow(add, { ...inverse, window: 5000, name: 'inverse' })),
  'windows that slide': (batches) =>
    batches.pipe(reduceByKeyAndWindow(add, { ...inverse, window: 6000, slide: 2000, name: 'sliding' })),
  'windows of records': (batches) => batches.pipe(windowBatches({ window: 3000, name: 'records' })),
  'what is remembered': (batches) => batches.pipe(dropDuplicates({ by: ([word]) => word, within: 4000, name: 'seen' })),
  totals: sums('totals'),
};

/** Counts the visits of a word, and tells when it times out. */
function visits(word: string, count: number | undefined, state: KeyState<number>): string {
  if (state.isTimingOut()) return `${word} has left after ${state.get()}`;
  state.update((state.getOption() ?? 0) + (count ?? 0));
  return `${word} ${state.get()}`;
}

/** What the records are, by the time at which they come; nothing comes from 4 to 9 s. */
const ARRIVALS: ReadonlyMap<number, readonly Counted[]> = new Map([
  [1000, [counted('a', 1), counted('b', 1)]],
  [2000, [counted('a', 2)]],
  [3000, [counted('b', 4), counted('c', 1)]],
  [10_000, [counted('a', 8)]],
  [12_000, [counted('c', 16), counted('d', 1)]],
]);

interface Life {
  readonly startMs: number;
  readonly untilMs: number;
  readonly interval?: number;
}

/** What a process leaves to the next one. */
interface Outside {
  readonly checkpoint: CheckpointStore;
  readonly log: Log<Counted>;
}

const outside = (): Outside => ({ checkpoint: clonedCheckpoint(), log: new Log<Counted>() });

/** What each batch gives, by its time, over lives of the pipeline that share nothing but a checkpoint. */
function livedThrough(
  chain: Chain,
  lives: readonly Life[],
  { checkpoint, log }: Outside = outside(),
): ReadonlyMap<number, unknown> {
  const given = new Map<number, unknown>();
  for (const { startMs, untilMs, interval = 1000 } of lives) {
    const { clock, context } = stage({ clock: manualClock(startMs), checkpoint, interval });
    const seen = watch(
      logSource(log).pipe(
        batchInterval(context),
        chain,
        foreachBatch(({ time, records }) => given.set(time, [...records])),
      ),
    );
    for (let time = startMs; time < untilMs; time += interval) {
      log.append(...(ARRIVALS.get(time + interval) ?? []));
      clock.advanceTo(time + interval);
    }
    seen.unsubscribe();
    clock.advanceBy(0);
  }
  return given;
}

const END = 14_000;

describe.each(Object.entries(CHAINS))('%s', (_name, chain) => {
  const stayed = livedThrough(chain, [{ startMs: 0, untilMs: END }]);

  it.each([
    ['a moment', 4000, 5000],
    ['until something comes', 4000, 9000],
    ['right after records', 3000, 9000],
  ])('away for %s: the batches afterwards are the same', (_while, fromMs, toMs) => {
    const away = livedThrough(chain, [
      { startMs: 0, untilMs: fromMs },
      { startMs: toMs, untilMs: END },
    ]);
    const after = [...stayed].filter(([time]) => time > toMs);
    expect([...away].filter(([time]) => time > toMs)).toEqual(after);
  });
});

describe('a key whose time has run out meanwhile', () => {
  const chain: Chain = (batches) => batches.pipe(mapWithState(visits, { timeout: 3000, name: 'visits' }));
  const away = livedThrough(chain, [
    { startMs: 0, untilMs: 4000 },
    { startMs: 9000, untilMs: END },
  ]);

  it('times out in the first batch, after its records; one that has a record there is kept by it', () => {
    expect(away.get(10_000)).toEqual(['a 11', 'b has left after 5', 'c has left after 1']);
    expect(away.get(11_000)).toEqual([]);
  });

  it('and the others on time', () => {
    expect(away.get(14_000)).toEqual(['a has left after 11']);
  });
});

describe('another interval of batches in the next process', () => {
  it.each([500, 2000])('%i ms: windows go on with what they held', (interval) => {
    const chain: Chain = (batches) => batches.pipe(reduceByKeyAndWindow(add, { ...inverse, window: 6000, name: 'w' }));
    const stayed = livedThrough(chain, [{ startMs: 0, untilMs: END }]);
    const changed = livedThrough(chain, [
      { startMs: 0, untilMs: 4000 },
      { startMs: 4000, untilMs: END, interval },
    ]);
    const common = [...changed].filter(([time]) => time > 4000 && stayed.has(time));
    expect(common.length).toBeGreaterThan(4);
    expect(common).toEqual(common.map(([time]) => [time, stayed.get(time)]));
  });
});

describe('another window in the next process', () => {
  it('a longer one gets what the shorter one held, and grows with what comes', () => {
    const of =
      (window: number): Chain =>
      (batches) =>
        batches.pipe(windowBatches({ window, name: 'w' }));
    const both = outside();
    const first = livedThrough(of(2000), [{ startMs: 0, untilMs: 3000 }], both);
    const second = livedThrough(of(4000), [{ startMs: 3000, untilMs: 5000 }], both);
    expect(first.get(3000)).toEqual([counted('a', 2), counted('b', 4), counted('c', 1)]);
    expect(second.get(4000)).toEqual([counted('a', 2), counted('b', 4), counted('c', 1)]);
    expect(second.get(5000)).toEqual([counted('a', 2), counted('b', 4), counted('c', 1)]);
  });
});
