/** Stateful operators whose values lie outside memory, behind a cache of a few: what comes out is the same. */
import { type OperatorFunction, pipe, retry, share } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import {
  type Batch,
  foreachBatch,
  mapRecords,
  mapWithState,
  type Pair,
  type StateOptions,
  type StateValues,
  StreamError,
  stateSnapshots,
  unionBatches,
  updateStateByKey,
} from '../../src/index.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { copiedValues } from '../support/copiedValues.ts';
import { Money, moneyCodec } from '../support/Money.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { no, refused } from '../support/through.ts';
import type { Counts } from '../support/windowsOf.ts';

/** Calls of the user's function that fail, from the first one of all runs. */
const FAILING = new Set([3, 20, 31, 33, 60, 90]);

/** A state that is an object, as most are. */
interface Total {
  readonly sum: number;
}

interface Options extends StateOptions<Total> {
  readonly values?: StateValues;
  readonly timeout?: number;
  /** Is called for each call of the user's function. */
  readonly onCall?: () => void;
}

type Operator = (options: Options) => OperatorFunction<Batch<Pair<string, number>>, Batch<string>>;

/** Gives texts: the states, or what a record and the states after its batch were. */
const operators: Readonly<Record<string, Operator>> = {
  updateStateByKey: ({ onCall = () => {}, ...options }) =>
    pipe(
      updateStateByKey((counts: readonly number[], total: Total | undefined) => {
        onCall();
        const sum = counts.reduce((a, b) => a + b, total?.sum ?? 0);
        return sum % 5 === 0 ? undefined : sum === total?.sum ? total : { sum };
      }, options),
      mapRecords(([key, { sum }]) => `${key} ${sum}`),
    ),
  mapWithState: mapped,
  'mapWithState with a timeout': (options) => mapped({ timeout: 2500, ...options }),
};

function mapped({ onCall = () => {}, ...options }: Options): ReturnType<Operator> {
  const operator = mapWithState<Pair<string, number>, Total, string>((key, count, state) => {
    onCall();
    const before = state.getOption()?.sum ?? 0;
    if (state.isTimingOut()) return `${key} out ${before}`;
    const sum = before + (count ?? 0);
    if (count !== 0 && sum % 5 !== 0) state.update({ sum });
    else if (count !== 0 && state.exists()) state.remove();
    return `${key} ${sum}`;
  }, options);
  return (batches) => {
    const states = batches.pipe(operator, share());
    const snapshots = states.pipe(
      stateSnapshots(),
      mapRecords(([key, { sum }]) => `${key}: ${sum}`),
    );
    return states.pipe(unionBatches(snapshots));
  };
}

const input = (random: Seeded): Counts[] =>
  random.list(3, 12, () => random.list(0, 12, () => [`k${random.int(0, 15)}`, random.int(0, 4)] as const));

function textsOf(
  batches: readonly Counts[],
  operator: Operator,
  options: Options,
  run: RunBatchesOptions = {},
): unknown {
  return runBatches(batches, (stream) => stream.pipe(operator({ name: 's', ...options })), run);
}

describe.each(Object.entries(operators))('%s', (_name, operator) => {
  it.each([1, 3, 100])('gives the same with %i values in memory, however often it starts again', (cachedValues) => {
    for (const seed of seeds(8)) {
      const random = seeded(seed);
      const batches = input(random);
      const expected = textsOf(batches, operator, {});
      const values = copiedValues(cachedValues);
      for (const run of [
        {},
        { restartAfter: [1, 2], crashIn: batches.length - 1 },
        { restartAfter: [1, 3], checkpoint: memoryCheckpoint({ durable: true }) },
      ]) {
        expect([seed, textsOf(batches, operator, { values }, run)]).toEqual([seed, expected]);
      }
    }
  });

  it('goes on after failures in one process, and lets go what is of no use any more', () => {
    const random = seeded(7);
    const batches = Array.from({ length: 8 }, () =>
      random.list(8, 8, () => [`k${random.int(0, 15)}`, random.int(1, 4)] as const),
    );
    const values = copiedValues(2);
    let calls = 0;
    const out = runBatches(batches, (stream) =>
      stream.pipe(
        operator({
          values,
          onCall: () => {
            if (FAILING.has(++calls)) no();
          },
        }),
        retry(20),
      ),
    );
    const expected = textsOf(batches, operator, {}) as typeof out;
    expect(new Map(out.map(({ time, records }) => [time, records]))).toEqual(
      new Map(expected.map(({ time, records }) => [time, records])),
    );
    expect(values.opened.length).toBeGreaterThan(4);
    // What settled last is kept by the checkpoint in memory: the next run would begin with it.
    expect(values.opened.filter(({ isClosed }) => !isClosed)).toEqual([values.opened.at(-1)]);
  });

  it('the option may come and go', () => {
    const batches = input(seeded(3));
    const expected = textsOf(batches, operator, {});
    for (const checkpoint of [clonedCheckpoint(), memoryCheckpoint({ durable: true })]) {
      let life = 0;
      const alternating = {
        get values() {
          return life++ % 2 === 0 ? copiedValues(2) : undefined;
        },
      };
      const out = runBatches(
        batches,
        (stream) => {
          const { values } = alternating;
          return stream.pipe(operator({ name: 's', ...(values === undefined ? {} : { values }) }));
        },
        { restartAfter: [1, 2], checkpoint },
      );
      expect(out).toEqual(expected);
      expect(life).toBe(3);
    }
  });

  it('a store that cannot be written to fails the run, and the next one goes on where that one was', () => {
    const random = seeded(5);
    const batches = Array.from({ length: 6 }, (_, n) =>
      random.list(6, 6, () => [`k${n}-${random.int(0, 9)}`, 1] as const),
    );
    const values = copiedValues(2);
    let isFull = true;
    const full: StateValues = {
      ...values,
      open(state) {
        const store = values.open(state);
        let writes = 0;
        (store as (typeof values.opened)[number]).onWrite = () => {
          if (++writes < 5 || !isFull) return;
          isFull = false;
          throw new StreamError('STATE_STORE_FAILED', 'full');
        };
        return store;
      },
    };
    const expected = textsOf(batches, operator, {});
    expect(() => textsOf(batches, operator, { values: full })).toThrow(
      expect.objectContaining({ code: 'STATE_STORE_FAILED' }),
    );
    isFull = true;
    const seen = new Map<number, readonly string[]>();
    runBatches(batches, (stream) =>
      stream.pipe(
        operator({ values: full }),
        foreachBatch(({ time, records }) => void seen.set(time, records)),
        retry(1),
      ),
    );
    expect(isFull).toBe(false);
    expect([...seen]).toEqual(
      (expected as { time: number; records: string[] }[]).map((batch) => [batch.time, batch.records]),
    );
  });

  it('a store that cannot be opened fails the run', () => {
    const none: StateValues = {
      cachedValues: 1,
      open: () => {
        throw new StreamError('STATE_STORE_FAILED', 'read only');
      },
    };
    expect(() => textsOf([[['a', 1]]], operator, { values: none })).toThrow('read only');
  });

  it('wrong arguments throw where they are written', () => {
    expect(() => operator({ values: './scratch' as never })).toThrow(refused('values'));
    expect(() => operator({ values: { ...copiedValues(1), cachedValues: 0 } })).toThrow(refused('cachedValues'));
    expect(() => operator({ values: { cachedValues: 1 } as never })).toThrow(refused('open'));
  });
});

it('with a timeout that comes and goes the states are the same', () => {
  const batches: Counts[] = [
    [
      ['a', 1],
      ['b', 1],
      ['c', 1],
    ],
    [['a', 1]],
    [['d', 1]],
    [],
    [],
    [['a', 1]],
    [],
    [],
    [],
    [],
  ];
  const lived = (where: { readonly values?: StateValues }, checkpoint: CheckpointStore): unknown => {
    let life = 0;
    const timeouts = [undefined, 1500, undefined, 2500];
    return runBatches(
      batches,
      (stream) => {
        const timeout = timeouts[life++];
        return stream.pipe(mapped({ name: 's', ...where, ...(timeout === undefined ? {} : { timeout }) }));
      },
      { restartAfter: [2, 3, 4], checkpoint },
    );
  };
  const expected = lived({}, clonedCheckpoint());
  expect(JSON.stringify(expected)).toContain('out');
  for (const cachedValues of [1, 2, 100]) {
    expect(lived({ values: copiedValues(cachedValues) }, clonedCheckpoint())).toEqual(expected);
    expect(lived({ values: copiedValues(cachedValues) }, memoryCheckpoint({ durable: true }))).toEqual(expected);
  }
});

it('values of an own type come back as what they were, by the codec', () => {
  const batches: Counts[] = [
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    [['a', 4]],
    [
      ['b', 5],
      ['c', 6],
    ],
  ];
  const out = runBatches(
    batches,
    (stream) =>
      stream.pipe(
        updateStateByKey(
          (counts: readonly number[], money: Money | undefined) =>
            counts.reduce((sum, n) => sum.plus(new Money(n)), money ?? new Money(0)),
          { name: 's', codec: moneyCodec, values: copiedValues(1) },
        ),
        mapRecords(([key, money]) => `${key} ${money.plus(new Money(0))}`),
      ),
    { restartAfter: 1 },
  );
  expect(out.at(-1)?.records).toEqual(['a 5', 'b 7', 'c 9']);
});

it('a value that is changed in place after it came back is found out by the testing kit', () => {
  const batches: Counts[] = [
    [
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ],
    [['a', 4]],
  ];
  expect(() =>
    runBatches(batches, (stream) =>
      stream.pipe(
        mapWithState<Pair<string, number>, number[], number>(
          (_key, n, state) => {
            const list = state.getOption();
            if (list === undefined) state.update([n as number]);
            else list.push(n as number);
            return 0;
          },
          { values: copiedValues(1) },
        ),
      ),
    ),
  ).toThrow(expect.objectContaining({ code: 'OPERATOR_FAILED' }));
});
