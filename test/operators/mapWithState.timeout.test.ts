/** Keys whose time runs out, and state after restarts. */
import { describe, expect, it, vi } from 'vitest';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { KeyedState } from '../../src/core/state/KeyedState.ts';
import type { KeyState } from '../../src/core/state/KeyState.ts';
import { type MapWithStateOptions, mapWithState } from '../../src/operators/mapWithState.ts';
import { stateSnapshots } from '../../src/operators/stateSnapshots.ts';
import { type RunBatchesOptions, runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';
import { no, operatorFailed } from '../support/through.ts';

type Commands = readonly Pair<string, number>[];
type Fn = (key: string, value: number | undefined, state: KeyState<number>, time: number) => unknown;

const TIMEOUT = 3000;

/** Keeps the latest value; gives a key when its time runs out. */
const latest: Fn = (key, value, state) => {
  if (state.isTimingOut()) return `${key} ${state.get()}`;
  state.update(value as number);
  return undefined;
};

/** 0 does nothing, what is negative removes, what is positive is added; what was done is given. */
const obey: Fn = (key, value, state, time) => {
  if (state.isTimingOut()) return `${time} ${key} out ${state.get()}`;
  if (value === undefined || value === 0) return undefined;
  if (value > 0) state.update((state.getOption() ?? 0) + value);
  else if (state.exists()) state.remove();
  return `${time} ${key} ${state.getOption()}`;
};

function mapped(
  input: readonly Commands[],
  fn: Fn,
  options: MapWithStateOptions<string, number> = {},
  run: RunBatchesOptions = {},
): unknown[][] {
  const operator = mapWithState<Pair<string, number>, number, unknown>(fn, { name: 's', timeout: TIMEOUT, ...options });
  return runBatches(input, (batches) => batches.pipe(operator), run).map(({ records }) => [...records]);
}

describe('a key times out', () => {
  it('in the first batch later than its last record and the timeout, and not before', () => {
    expect(mapped([[['a', 1]], [], [], [], [], []], latest)).toEqual([[], [], [], [], ['a 1'], []]);
    expect(mapped([[['a', 1]], [], [], [], [], []], latest, { timeout: 2999 })).toEqual([[], [], [], ['a 1'], [], []]);
  });

  it('later with each record, also if the state was not updated', () => {
    const once: Fn = (key, value, state) => {
      if (state.isTimingOut()) return key;
      if (!state.exists()) state.update(value as number);
      return undefined;
    };
    expect(mapped([[['a', 1]], [], [], [['a', 2]], [], [], [], [], []], once)).toEqual([
      ...[[], [], [], [], [], [], []],
      ['a'],
      [],
    ]);
  });

  it('not in a batch that has a record of it: that one finds the state and keeps it alive', () => {
    const seen: unknown[] = [];
    const fn: Fn = (key, value, state, time) => {
      seen.push([time, state.getOption(), state.isTimingOut()]);
      return latest(key, value, state, time);
    };
    mapped([[['a', 1]], [], [], [], [['a', 2]], [], [], [], []], fn);
    expect(seen).toEqual([
      [1000, undefined, false],
      [5000, 1, false],
      [9000, 2, true],
    ]);
  });

  it('after the records of the batch, without a value and with its state', () => {
    const seen: unknown[] = [];
    const fn: Fn = (key, value, state, time) => {
      seen.push([time, key, value, state.exists(), state.get, state.isTimingOut()].filter((x) => x !== state.get));
      return latest(key, value, state, time);
    };
    expect(mapped([[['a', 1]], [], [], [], [['b', 2]]], fn)).toEqual([[], [], [], [], ['a 1']]);
    expect(seen.slice(1)).toEqual([
      [5000, 'b', 2, false, false],
      [5000, 'a', undefined, true, true],
    ]);
  });

  it('in the order in which the keys were touched last', () => {
    const input: Commands[] = [
      [
        ['a', 1],
        ['b', 1],
        ['c', 1],
      ],
      [
        ['d', 2],
        ['a', 2],
        ['d', 2],
      ],
    ];
    expect(mapped(input, latest, {}, { batches: 6 }).slice(4)).toEqual([
      ['b 1', 'c 1'],
      ['d 2', 'a 2'],
    ]);
  });

  it('never, once its state was removed', () => {
    expect(
      mapped(
        [
          [
            ['a', 1],
            ['b', 1],
          ],
          [['a', -1]],
        ],
        obey,
        {},
        { batches: 8 },
      ).flat(),
    ).toEqual(['1000 a 1', '1000 b 1', '2000 a undefined', '5000 b out 1']);
  });

  it('and its state is gone whatever the function gives; it begins anew when it returns', () => {
    const input: Commands[] = [[['a', 1]], [], [], [], [], [['a', 5]]];
    const silent: Fn = (key, value, state, time) => (state.isTimingOut() ? undefined : obey(key, value, state, time));
    expect(mapped(input, silent).flat()).toEqual(['1000 a 1', '6000 a 5']);
  });

  it('at the first batch after a long pause, if it has no record of it', () => {
    expect(mapped([[['a', 1]], [['b', 1]]], latest, { timeout: 500 }).flat()).toEqual(['a 1']);
  });

  it('counted from the first batch, if it is there from the start', () => {
    expect(mapped([[], [], [], [], [], []], latest, { initial: [['a', 7]] })).toEqual([[], [], [], [], ['a 7'], []]);
  });

  it('and is in the snapshots until then', () => {
    const out = runBatches(
      [[['a', 1] as Pair<string, number>]],
      (batches) => batches.pipe(mapWithState(latest, { timeout: 1000 }), stateSnapshots()),
      { batches: 3 },
    );
    expect(out.map(({ records }) => records)).toEqual([[['a', 1]], [['a', 1]], []]);
  });
});

describe('while it times out', () => {
  it.each([
    ['update', 'Cannot update the state that is timing out'],
    ['remove', 'Cannot remove the state that is timing out'],
  ] as const)('%s throws', (call, words) => {
    const fn: Fn = (_key, _value, state) => (state.isTimingOut() ? state[call](1) : state.update(1));
    expect(() => mapped([[['a', 1]]], fn, {}, { batches: 5 })).toThrow(
      expect.objectContaining({ code: 'OPERATOR_FAILED', message: expect.stringContaining(words) }),
    );
  });

  it('a throwing function fails the run', () => {
    const fn: Fn = (_key, _value, state) => (state.isTimingOut() ? no() : state.update(1));
    expect(() => mapped([[['a', 1]]], fn, {}, { batches: 5 })).toThrow(
      operatorFailed('mapWithState', undefined, 5000, 'a'),
    );
  });
});

it('a key that is touched again and again is looked at once when its time has run out', () => {
  const looks = vi.spyOn(KeyedState.prototype, 'tagAt');
  const given = mapped(Array<Commands>(100).fill([['a', 1]]), latest, { timeout: 50_000 }, { batches: 160 });
  const count = looks.mock.calls.length;
  looks.mockRestore();
  expect(given.flat()).toEqual(['a 1']);
  expect(count).toBe(1);
});

describe('a restart', () => {
  const input: Commands[] = [
    [
      ['a', 1],
      ['b', 1],
    ],
    [
      ['c', 1],
      ['b', 0],
    ],
    [],
    [['c', -1]],
    [['c', 2]],
    [],
    [],
    [],
    [],
  ];
  const expected = [
    ['1000 a 1', '1000 b 1'],
    ['2000 c 1'],
    [],
    ['4000 c undefined'],
    ['5000 c 2', '5000 a out 1'],
    ['6000 b out 1'],
    [],
    [],
    ['9000 c out 2'],
  ];

  it('is not needed for any of this', () => expect(mapped(input, obey)).toEqual(expected));

  for (let n = 1; n <= input.length; n++) {
    it(`after batch ${n} changes nothing`, () => {
      expect(mapped(input, obey, {}, { restartAfter: n })).toEqual(expected);
    });

    it(`from a crash in batch ${n} changes nothing`, () => {
      expect(mapped(input, obey, {}, { crashIn: n })).toEqual(expected);
    });
  }

  /** Lives with one checkpoint, each going on with two more batches, the last one to the end: what that one gives. */
  const lives = (...each: MapWithStateOptions<string, number>[]): unknown[] => {
    const checkpoint = memoryCheckpoint({ durable: true });
    const records = each.map((options, n) => {
      const operator = mapWithState<Pair<string, number>, number, unknown>(obey, { name: 's', ...options });
      const batches = n === each.length - 1 ? input : input.slice(0, 2 * (n + 1));
      return runBatches(batches, (source) => source.pipe(operator), { checkpoint }).flatMap((batch) => batch.records);
    });
    return records.at(-1) as unknown[];
  };

  it('with a timeout where there was none counts from there on', () => {
    const rest = ['4000 c undefined', '5000 c 2', '7000 a out 1', '7000 b out 1', '9000 c out 2'];
    expect(lives({}, { timeout: TIMEOUT })).toEqual(rest);
  });

  it('without the timeout that there was keeps the states for ever', () => {
    expect(lives({ timeout: TIMEOUT }, {})).toEqual(['4000 c undefined', '5000 c 2']);
    expect(lives({ timeout: TIMEOUT }, {}, {})).toEqual(['5000 c 2']);
    expect(lives({ timeout: TIMEOUT }, {}, { timeout: 1000 })).toEqual([
      '5000 c 2',
      '7000 a out 1',
      '7000 b out 1',
      '7000 c out 2',
    ]);
  });

  it('with a shorter timeout goes by when the keys were touched', () => {
    const rest = ['3000 a out 1', '4000 c undefined', '4000 b out 1', '5000 c 2', '7000 c out 2'];
    expect(lives({ timeout: TIMEOUT }, { timeout: 1000 })).toEqual(rest);
  });
});

describe('does what a plain model does, with restarts anywhere', () => {
  it.each(seeds(60))('seed %i', (seed) => {
    const random = seeded(seed);
    const timeout = random.pick([1, 1000, 2500, 4000]);
    const input = random.list(3, 14, () => commands(random));
    const expected = modelled(input, timeout);
    const batch = (): number => random.int(1, input.length);
    expect(mapped(input, obey, { timeout })).toEqual(expected);
    expect(mapped(input, obey, { timeout }, { restartAfter: [batch(), batch()], crashIn: [batch()] })).toEqual(
      expected,
    );
  });
});

function commands(random: Seeded): Commands {
  return random.list(0, 5, () => [random.pick(['a', 'b', 'c', 'd', 'e']), random.pick([0, 1, 2, -1])] as const);
}

/** What `obey` gives, worked out by looking at every key in every batch. */
function modelled(input: readonly Commands[], timeout: number): unknown[][] {
  const keys = new Map<string, { value: number; time: number; at: number }>();
  return input.map((batch, n) => {
    const time = (n + 1) * 1000;
    const given: unknown[] = [];
    batch.forEach(([key, value], at) => {
      const known = keys.get(key);
      const touch = known?.time === time ? { time, at: known.at } : { time, at };
      if (value < 0) keys.delete(key);
      else if (known !== undefined || value > 0) keys.set(key, { value: (known?.value ?? 0) + value, ...touch });
      if (value !== 0) given.push(`${time} ${key} ${keys.get(key)?.value}`);
    });
    const due = [...keys].filter(([, touched]) => touched.time < time - timeout);
    due.sort(([, a], [, b]) => a.time - b.time || a.at - b.at);
    for (const [key, { value }] of due) {
      given.push(`${time} ${key} out ${value}`);
      keys.delete(key);
    }
    return given;
  });
}

it('initial keys run out before those of the first batch, also after a restart', () => {
  const firstOfFive: readonly Commands[] = [
    [
      ['x', 1],
      ['y', 1],
    ],
    [],
    [],
    [],
    [],
  ];
  const outOf = (options: RunBatchesOptions): readonly unknown[] =>
    runBatches(
      firstOfFive,
      (batches) =>
        batches.pipe(
          mapWithState(latest, {
            name: 'latest',
            timeout: TIMEOUT,
            initial: [
              ['a', 1],
              ['b', 1],
              ['c', 1],
            ],
          }),
        ),
      options,
    ).flatMap(({ records }) => records);
  expect(outOf({})).toEqual(['a 1', 'b 1', 'c 1', 'x 1', 'y 1']);
  expect(outOf({ restartAfter: 1 })).toEqual(outOf({}));
});
