import { of, retry } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Pair } from '../../src/core/keys/Pair.ts';
import type { KeyState } from '../../src/core/state/KeyState.ts';
import { type MapWithStateOptions, mapWithState } from '../../src/operators/mapWithState.ts';
import { stateSnapshots } from '../../src/operators/stateSnapshots.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { no, operatorFailed, refused } from '../support/through.ts';
import type { Counts } from '../support/windowsOf.ts';

type Fn = (key: string, value: number | undefined, state: KeyState<number>, time: number) => unknown;

/** Counts up, and gives the count. */
const countUp = (_key: string, value: number | undefined, state: KeyState<number>): number => {
  state.update((state.getOption() ?? 0) + (value ?? 0));
  return state.get();
};

const counting = (options: MapWithStateOptions<string, number> = {}) =>
  mapWithState<Pair<string, number>, number, number>(countUp, options);

function mapped(
  input: readonly Counts[],
  fn: Fn,
  options: MapWithStateOptions<string, number> = {},
  run: RunBatchesOptions = {},
): unknown[][] {
  const out = runBatches(input, (batches) => batches.pipe(mapWithState(fn, { name: 's', ...options })), run);
  return out.map(({ records }) => [...records]);
}

function statesAfter(input: readonly Counts[], fn: Fn, options: MapWithStateOptions<string, number> = {}): unknown {
  return runBatches(input, (batches) => batches.pipe(mapWithState(fn, options), stateSnapshots())).at(-1)?.records;
}

it(
  'gives a record for each record, with what its key has had before',
  batchTest((m, batches) => {
    const source = batches.hot<Pair<string, number>>('-p-q-r-|', {
      p: [
        ['a', 1],
        ['b', 1],
        ['a', 1],
      ],
      q: [['a', 2]],
      r: [],
    });
    const subs = '                                    ^------!';
    const expected = '                                -p-q-r-|';
    const result = source.pipe(mapWithState(countUp), batches.shown());
    m.expect(result).toBeObservable(expected, { p: [1, 1, 2], q: [4], r: [] });
    m.expect(source).toHaveSubscriptions(subs);
  }),
);

it('is called once for each record, in order of arrival, and sees its own updates of the batch', () => {
  const seen: unknown[] = [];
  const fn: Fn = (key, value, state, time) => {
    seen.push([key, value, state.exists(), state.getOption(), state.isTimingOut(), time]);
    return countUp(key, value, state);
  };
  mapped(
    [
      [
        ['b', 1],
        ['a', 5],
        ['b', 2],
      ],
      [],
      [['b', 3]],
    ],
    fn,
  );
  expect(seen).toEqual([
    ['b', 1, false, undefined, false, 1000],
    ['a', 5, false, undefined, false, 1000],
    ['b', 2, true, 1, false, 1000],
    ['b', 3, true, 3, false, 3000],
  ]);
});

it('undefined is no record; null, 0, false and an empty text are records', () => {
  const given: unknown[] = [undefined, null, 0, false, ''];
  const input: Counts[] = [given.map((_, at) => ['a', at] as const)];
  expect(mapped(input, (_key, at) => given[at as number])).toEqual([[null, 0, false, '']]);
});

it('a state that was not updated stays as it was', () => {
  const keepFirst: Fn = (_key, value, state) => (state.exists() ? state.get() : state.update(value as number));
  expect(mapped([[['a', 1]], [['a', 2]], [['a', 3]]], keepFirst)).toEqual([[], [1], [1]]);
});

it('a key whose state is removed begins anew, in the same batch too', () => {
  const toggle: Fn = (key, value, state) => {
    if (!state.exists()) return state.update(value as number);
    state.remove();
    return key;
  };
  const batch: Counts = [
    ['a', 1],
    ['b', 1],
    ['a', 2],
    ['a', 3],
  ];
  expect(mapped([batch], toggle)).toEqual([['a']]);
  expect(statesAfter([batch], toggle)).toEqual([
    ['b', 1],
    ['a', 3],
  ]);
});

describe('the state', () => {
  const misused = (use: (state: KeyState<number>) => unknown): unknown => {
    const fn: Fn = (_key, value, state) => {
      if (value === 0) state.update(7);
      else use(state);
    };
    return mapped(
      [
        [
          ['a', 0],
          ['a', 1],
        ],
      ],
      fn,
    );
  };
  const failed = (words: string): unknown =>
    expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining(words) });

  it('is not set after remove', () => {
    const seen: unknown[] = [];
    misused((state) => {
      state.remove();
      seen.push(state.exists(), state.getOption(), String(state));
    });
    expect(seen).toEqual([false, undefined, '<state not set>']);
  });

  it('can be read after update, and updated again', () => {
    const seen: unknown[] = [];
    misused((state) => {
      state.update(8);
      state.update(state.get() + 1);
      seen.push(state.exists(), state.get(), state.getOption(), String(state));
    });
    expect(seen).toEqual([true, 9, 9, '9']);
  });

  it('may be removed after an update, and where there is none', () => {
    const fn: Fn = (_key, value, state) => {
      if (value === 1) state.update(1);
      state.remove();
    };
    const batch: Counts = [
      ['a', 0],
      ['b', 1],
    ];
    expect(statesAfter([batch], fn)).toEqual([]);
  });

  it('get without one throws, naming the record', () => {
    expect(() => mapped([[['a', 1]]], (_key, _value, state) => state.get())).toThrow(
      expect.objectContaining({
        code: 'OPERATOR_FAILED',
        message: expect.stringMatching(/^mapWithState: .* batch of time 1000, record 0: State is not set/),
      }),
    );
  });

  it.each([
    ['update after remove', 'Cannot update the state after it has been removed', ['remove', 'update']],
    ['remove twice', 'Cannot remove the state that has already been removed', ['remove', 'remove']],
  ] as const)('%s throws', (_name, words, calls) => {
    const run = (): unknown =>
      misused((state) => {
        for (const call of calls) state[call](1);
      });
    expect(run).toThrow(failed(words));
  });

  it('undefined is no state: remove is the way to have none', () => {
    expect(() => misused((state) => state.update(undefined as never))).toThrow(failed('state.remove()'));
  });

  it('null, 0, false and an empty text are states', () => {
    for (const value of [null, 0, false, '']) {
      const out = runBatches([[['a', 1] as const], [['a', 1] as const]], (batches) =>
        batches.pipe(
          mapWithState((_key, _value, state: KeyState<unknown>) => {
            if (!state.exists()) return state.update(value) ?? 'set';
            return [state.get()];
          }),
        ),
      );
      expect(out.map(({ records }) => records)).toEqual([['set'], [[value]]]);
    }
  });

  it('used after its call throws, whatever is done with it', () => {
    let kept: KeyState<number> | undefined;
    mapped([[['a', 1]]], (_key, _value, state) => {
      kept = state;
    });
    const state = kept as KeyState<number>;
    const uses = [
      () => state.exists(),
      () => state.get(),
      () => state.getOption(),
      () => state.update(1),
      () => state.remove(),
      () => state.isTimingOut(),
    ];
    for (const use of uses) expect(use).toThrow(/used after its call/);
  });

  it('changed in place throws under the testing kit', () => {
    const run = (): unknown =>
      runBatches([[['a', 1] as const, ['a', 1] as const]], (batches) =>
        batches.pipe(
          mapWithState((_key, _value, state: KeyState<{ n: number }>) => {
            if (!state.exists()) state.update({ n: 0 });
            else state.get().n++;
          }),
        ),
      );
    expect(run).toThrow(failed('read only'));
  });
});

describe('initial', () => {
  const initial: Counts = [
    ['a', 10],
    ['c', 30],
  ];

  it('is the state before the very first batch; nothing is called for it', () => {
    const fn = vi.fn(countUp);
    expect(mapped([[], [['a', 1]]], fn, { initial })).toEqual([[], [11]]);
    expect(fn).toHaveBeenCalledTimes(1);
    expect(statesAfter([[]], countUp, { initial: new Map(initial) })).toEqual(initial);
  });

  it('is not taken again after a restart, also of keys that were removed', () => {
    const removeC: Fn = (key, value, state) => (key === 'c' ? state.remove() : countUp(key, value, state));
    const input: Counts[] = [[['c', 1]], [['a', 1]], [['c', 1]], [['a', 1]]];
    const expected = [[], [11], [], [12]];
    expect(mapped(input, removeC, { initial })).toEqual(expected);
    expect(mapped(input, removeC, { initial }, { restartAfter: [1, 2, 3], crashIn: [1, 3] })).toEqual(expected);
  });

  it('is refused where it is written if it cannot be iterated over', () => {
    expect(() => counting({ initial: 3 as never })).toThrow(refused('mapWithState({ initial })'));
  });
});

it('tells tuples apart by their elements, and objects by keyOf', () => {
  const tuples = runBatches([[[['a', 1], 1] as const, [['a', 1], 1] as const, [['a', 2], 1] as const]], (batches) =>
    batches.pipe(mapWithState((_key, value, state: KeyState<number>) => count(value, state))),
  );
  expect(tuples[0]?.records).toEqual([1, 2, 1]);
  const objects = runBatches([[[{ id: 1 }, 1] as const, [{ id: 1 }, 1] as const, [{ id: 2 }, 1] as const]], (batches) =>
    batches.pipe(
      mapWithState((_key, value, state: KeyState<number>) => count(value, state), { keyOf: ({ id }) => id }),
    ),
  );
  expect(objects[0]?.records).toEqual([1, 2, 1]);
});

it('an object that is a key without keyOf fails the run, naming the record', () => {
  const run = (): unknown =>
    runBatches([[[{ id: 1 }, 1] as const]], (batches) => batches.pipe(mapWithState(() => undefined)));
  expect(run).toThrow(expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining('keyOf') }));
});

describe.each([0, 1, 2])('a function that throws at record %i', (broken) => {
  it('fails the run; the state stays as before the batch, and a retry goes on', () => {
    let fails = true;
    const fn: Fn = (key, value, state, time) => {
      if (time === 2000 && value === broken && fails) no();
      return countUp(key, value, state);
    };
    const batch: Counts = [
      ['a', 0],
      ['b', 1],
      ['a', 2],
    ];
    expect(() => mapped([batch, batch], fn)).toThrow(operatorFailed('mapWithState', broken, 2000));
    const mending: Fn = (key, value, state, time) => {
      try {
        return fn(key, value, state, time);
      } catch (error) {
        fails = false;
        throw error;
      }
    };
    const out = runBatches([batch, batch], (batches) => batches.pipe(mapWithState(mending), retry(1)));
    expect(out.at(-1)?.records).toEqual([2, 2, 4]);
  });
});

it('two subscriptions have states of their own', () => {
  const counted = counting();
  const run = detachedRun();
  const totals = (): unknown[] => {
    const seen: unknown[] = [];
    of(batchOf<Pair<string, number>>([['a', 1]], { run }))
      .pipe(counted)
      .subscribe(({ records }) => seen.push(records));
    return seen;
  };
  expect([totals(), totals()]).toEqual([[[1]], [[1]]]);
});

it('needs a name under a durable checkpoint', () => {
  const run = (): unknown =>
    runBatches([[['a', 1] as const]], (batches) => batches.pipe(mapWithState(countUp)), { restartAfter: 1 });
  expect(run).toThrow(expect.objectContaining({ code: 'NAME_REQUIRED' }));
});

it('refuses wrong arguments where they are written', () => {
  expect(() => mapWithState('sum' as never)).toThrow(refused('mapWithState(fn): expected a function, got "sum"'));
  for (const timeout of [0, -1, 1.5, Number.NaN, '3s' as never]) {
    expect(() => counting({ timeout })).toThrow(refused('mapWithState({ timeout }): expected a whole'));
  }
  expect(() => counting({ keyOf: 'id' as never })).toThrow(refused('mapWithState({ keyOf })'));
});

function count(value: number | undefined, state: KeyState<number>): number {
  state.update((state.getOption() ?? 0) + (value ?? 0));
  return state.get();
}
