/** Windows keep batches, each its own way: one under the name of another is refused, never taken for what it is not. */
import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { groupByKeyAndWindow } from '../../src/operators/groupByKeyAndWindow.ts';
import { reduceByKeyAndWindow } from '../../src/operators/reduceByKeyAndWindow.ts';
import { remember } from '../../src/operators/remember.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { type InputBatches, runBatches } from '../../src/testing/runBatches.ts';
import { add, type Counted, counted } from '../support/pairs.ts';

type Chain = (batches: Observable<Batch<Counted>>) => Observable<Batch<unknown>>;

const options = { window: 3000, name: 'w' };
const windows: Readonly<Record<string, Chain>> = {
  windowBatches: windowBatches(options),
  groupByKeyAndWindow: groupByKeyAndWindow<Counted>(options),
  reduceByKeyAndWindow: reduceByKeyAndWindow<Counted>(add, options),
  'reduceByKeyAndWindow with inverse': reduceByKeyAndWindow<Counted>(add, {
    ...options,
    inverse: (reduced: number, left: number) => reduced - left,
  }),
  remember: (batches) => batches.pipe(remember(3000, { name: 'w' })),
};

/** What keeps the same as another, and goes on with it. */
const ALIKE: readonly string[] = [
  'windowBatches remember',
  'remember windowBatches',
  'reduceByKeyAndWindow reduceByKeyAndWindow with inverse',
  'reduceByKeyAndWindow with inverse reduceByKeyAndWindow',
];

const pairs = Object.keys(windows)
  .flatMap((before) => Object.keys(windows).map((after) => [before, after] as const))
  .filter(([before, after]) => before !== after && !ALIKE.includes(`${before} ${after}`));

const input: InputBatches<Counted> = [[counted('a', 1)], [counted('a', 1)], [counted('a', 1)]];

describe('the state of a window under the name of another kind', () => {
  it.each(pairs)('of %s is refused by %s', (before, after) => {
    const checkpoint = clonedCheckpoint();
    runBatches(input, windows[before] as Chain, { batches: 2, checkpoint });
    expect(() => runBatches(input, windows[after] as Chain, { checkpoint })).toThrow(
      expect.objectContaining({ code: 'STATE_UNREADABLE', message: expect.stringContaining('of another kind') }),
    );
  });
});
