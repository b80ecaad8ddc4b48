/** The state of one operator under the name of another: who keeps the same goes on with it, everybody else is refused; it is never taken for what it is not. */
import { type OperatorFunction, pipe } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  countByValueAndWindow,
  countByWindow,
  dropDuplicates,
  groupByKeyAndWindow,
  type KeyState,
  mapRecords,
  mapWithState,
  reduceByKeyAndWindow,
  reduceByWindow,
  remember,
  updateStates,
  windowBatches,
} from '../../src/index.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { type InputBatches, runBatches } from '../../src/testing/runBatches.ts';
import { add, type Counted, counted, sums } from '../support/pairs.ts';

type Operator = OperatorFunction<Batch<Counted>, Batch<unknown>>;

const window = { window: 3000, name: 's' };
const inverse = (reduced: number, left: number): number => reduced - left;
const values = mapRecords(([, value]: Counted) => value);

function countUp(options: { readonly timeout?: number }): Operator {
  return mapWithState<Counted, number, Counted>(
    (key, value, state: KeyState<number>) => {
      const sum = (state.getOption() ?? 0) + (value ?? 0);
      if (!state.isTimingOut()) state.update(sum);
      return counted(key, sum);
    },
    { name: 's', ...options },
  );
}

const operators = {
  updateStateByKey: sums('s'),
  updateStates: updateStates<Counted, number>(
    (keys) => [...keys].map(([key, counts, sum]) => [key, counts.reduce(add, sum ?? 0)] as const),
    { name: 's' },
  ),
  mapWithState: countUp({}),
  'mapWithState with a timeout': countUp({ timeout: 100_000 }),
  dropDuplicates: dropDuplicates<Counted>({ name: 's', within: 100_000, by: ([key]) => key }),
  windowBatches: windowBatches<Counted>(window),
  remember: remember<Counted>(3000, { name: 's' }),
  groupByKeyAndWindow: groupByKeyAndWindow<Counted>(window),
  reduceByKeyAndWindow: reduceByKeyAndWindow<Counted>(add, window),
  'reduceByKeyAndWindow with inverse': reduceByKeyAndWindow<Counted>(add, { ...window, inverse }),
  reduceByWindow: pipe(values, reduceByWindow<number>(add, window)),
  'reduceByWindow with inverse': pipe(values, reduceByWindow<number>(add, { ...window, inverse })),
  countByWindow: countByWindow<Counted>(window),
  countByValueAndWindow: pipe(values, countByValueAndWindow<number>(window)),
} satisfies Readonly<Record<string, unknown>>;
type Name = keyof typeof operators;
const names = Object.keys(operators) as Name[];

/** Who goes on with what the first one has left. */
const FOLLOWERS: Readonly<Partial<Record<Name, readonly Name[]>>> = {
  updateStateByKey: ['updateStates', 'mapWithState', 'mapWithState with a timeout'],
  updateStates: ['updateStateByKey', 'mapWithState', 'mapWithState with a timeout'],
  mapWithState: ['updateStateByKey', 'updateStates', 'mapWithState with a timeout'],
  'mapWithState with a timeout': ['mapWithState'],
  windowBatches: ['remember'],
  remember: ['windowBatches'],
  reduceByKeyAndWindow: ['reduceByKeyAndWindow with inverse'],
  'reduceByKeyAndWindow with inverse': ['reduceByKeyAndWindow'],
  reduceByWindow: ['reduceByWindow with inverse'],
  'reduceByWindow with inverse': ['reduceByWindow'],
};

const follows = (before: Name, after: Name): boolean => FOLLOWERS[before]?.includes(after) === true;
const pairs = names.flatMap((before) => names.map((after) => [before, after] as const));
const input: InputBatches<Counted> = [[counted('a', 1)], [counted('a', 2), counted('b', 1)], [counted('a', 4)]];
const chain = (name: Name): Operator => operators[name] as Operator;

describe('a state under the name of', () => {
  it.each(pairs.filter(([before, after]) => before !== after && !follows(before, after)))(
    'an operator of another kind is refused: %s, then %s',
    (before, after) => {
      const checkpoint = clonedCheckpoint();
      runBatches(input, chain(before), { batches: 2, checkpoint });
      expect(() => runBatches(input, chain(after), { checkpoint })).toThrow(
        expect.objectContaining({ code: 'STATE_UNREADABLE', message: expect.stringContaining('of another kind') }),
      );
      const [last] = runBatches(input, chain(before), { checkpoint });
      expect(last).toEqual(runBatches(input, chain(before)).at(-1));
    },
  );

  it.each(pairs.filter(([before, after]) => follows(before, after)))(
    'an operator that keeps the same goes on: %s, then %s',
    (before, after) => {
      const checkpoint = clonedCheckpoint();
      runBatches(input, chain(before), { batches: 2, checkpoint });
      const [last] = runBatches(input, chain(after), { checkpoint });
      expect(last).toEqual(runBatches(input, chain(after)).at(-1));
    },
  );

  /** All that was in the window has left it, and what is kept of its keys has not. */
  it.each(names.filter((name) => name !== 'reduceByKeyAndWindow' && name !== 'reduceByKeyAndWindow with inverse'))(
    'a window with inverse that is empty is refused by %s too',
    (after) => {
      const checkpoint = clonedCheckpoint();
      const empty: InputBatches<Counted> = [[counted('a', 1)], [], [], [], [counted('b', 8)]];
      runBatches(empty, chain('reduceByKeyAndWindow with inverse'), { batches: 4, checkpoint });
      expect(() => runBatches(empty, chain(after), { checkpoint })).toThrow(
        expect.objectContaining({ code: 'STATE_UNREADABLE' }),
      );
    },
  );
});
