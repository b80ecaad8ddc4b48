/** What a state is refused for when the code has changed, and how one is dropped. */
import { join } from 'node:path';
import type { OperatorFunction } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fileCheckpoint } from '../../src/checkpoint/file/fileCheckpoint.ts';
import {
  type Batch,
  type CheckpointStore,
  dropDuplicates,
  type ErrorCode,
  isStreamError,
  type KeyState,
  mapWithState,
  memoryCheckpoint,
  reduceByKeyAndWindow,
  type StateCodec,
  type StateOptions,
  StreamingContext,
  updateStateByKey,
} from '../../src/index.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { CodeLives, type Lived, stored } from '../support/codeLives.ts';
import { Money, moneyCodec } from '../support/Money.ts';
import { codeOf } from '../support/stage.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { type Count, numbers, valueOperators } from '../support/valueOperators.ts';

const batch: readonly Count[] = [
  ['a', 1],
  ['b', 2],
];
const sum = (values: readonly unknown[], state: unknown): unknown =>
  values.reduce((n: number) => n + 1, Number(state ?? 0));
const add = (left: number, right: number): number => left + right;

function totals(options: StateOptions<unknown>, name = 'totals'): ReturnType<typeof updateStateByKey<Count, unknown>> {
  return updateStateByKey<Count, unknown>(sum, { name, ...options });
}

const folder = temporaryFolder();
let folders = 0;

/** Stores that an own type has to be encoded for. */
const stores: Readonly<Record<string, () => CheckpointStore>> = {
  'a store that copies': clonedCheckpoint,
  'a folder': () => fileCheckpoint(join(folder, String(++folders)), { sync: false }),
};

/** A codec of numbers as texts. */
const texts: StateCodec<unknown> = { name: 'texts', encode: String, decode: Number };

/** A checkpoint written by these options, and lives that go on with it. */
async function writtenBy(
  options: StateOptions<unknown>,
  store: CheckpointStore = clonedCheckpoint(),
): Promise<{ store: CheckpointStore; lives: CodeLives<Count> }> {
  const lives = new CodeLives<Count>(store);
  const { error } = await lives.live([batch, batch], { operator: totals(options) });
  expect(error).toBeUndefined();
  return { store, lives };
}

function expectRefused({ error, outputs }: Lived, code: ErrorCode, ...words: readonly (string | RegExp)[]): void {
  expect(codeOf(error)).toBe(code);
  for (const word of words) expect((error as Error).message).toMatch(word);
  expect(outputs.size).toBe(0);
}

describe.each(Object.entries(stores))(
  'a state that this code cannot read, from %s, ends the run before its first output and is left as it is',
  (_store, makeStore) => {
    const cases: readonly [string, StateOptions<unknown>, StateOptions<unknown>, ErrorCode, readonly RegExp[]][] = [
      [
        'an older version without migrate',
        {},
        { version: 2 },
        'STATE_UNREADABLE',
        [/'totals'/, /version 0/, /version 2/, /migrate/, /name/, /dropStates: \['totals'\]/],
      ],
      [
        'a newer version',
        { version: 3 },
        { version: 1, migrate: String },
        'CHECKPOINT_NEWER',
        [/'totals'/, /version 3/, /version 1/, /dropStates/],
      ],
      [
        'a codec where there was none',
        {},
        { codec: texts },
        'STATE_UNREADABLE',
        [/without a codec/, /'texts'/, /version } to 1/],
      ],
      ['no codec where there was one', { codec: texts }, {}, 'STATE_UNREADABLE', [/'texts'/, /without a codec/]],
      [
        'another codec',
        { codec: texts, version: 4 },
        { codec: { ...texts, name: 'words' }, version: 4 },
        'STATE_UNREADABLE',
        [/'texts'/, /'words'/, /version } to 5/],
      ],
      [
        'a migrate that throws',
        {},
        {
          version: 1,
          migrate(count) {
            throw new RangeError(`no ${count}`);
          },
        },
        'STATE_UNREADABLE',
        [/'totals'/, /"a"/, /migrate from version 0/, /no 2/],
      ],
      [
        'a migrate that gives nothing',
        {},
        { version: 1, migrate: () => undefined },
        'STATE_UNREADABLE',
        [/"a"/, /undefined/],
      ],
      [
        'a migrate that gives a promise',
        {},
        { version: 1, migrate: () => Promise.resolve(1) },
        'STATE_UNREADABLE',
        [/"a"/, /promise/],
      ],
      [
        'a decode that throws',
        { codec: texts },
        {
          codec: {
            ...texts,
            decode(text) {
              throw new RangeError(`no ${text}`);
            },
          },
        },
        'STATE_UNREADABLE',
        [/'totals'/, /"a"/, /decode of the codec 'texts'/, /no 2/],
      ],
      [
        'a decode that gives nothing',
        { codec: texts },
        { codec: { ...texts, decode: () => undefined } },
        'STATE_UNREADABLE',
        [/"a"/, /undefined/],
      ],
    ];

    it.each(cases)('%s', async (_name, before, after, code, words) => {
      const { store, lives } = await writtenBy(before, makeStore());
      const kept = await stored(store);
      expectRefused(await lives.live([batch], { operator: totals(after) }), code, ...words);
      expectRefused(await lives.live([batch], { operator: totals(after) }), code, ...words);
      expect(await stored(store)).toEqual(kept);
      const { error, outputs } = await lives.live([batch], { operator: totals(before) });
      expect(error).toBeUndefined();
      expect(outputs.get(5000)).toEqual([
        ['a', 5],
        ['b', 5],
      ]);
    });

    it('says which versions and codecs there are, for programs', async () => {
      const { lives } = await writtenBy({ codec: texts }, makeStore());
      const { error } = await lives.live([batch], { operator: totals({ version: 2 }) });
      expect(isStreamError(error) && error.details).toEqual({
        state: 'totals',
        stored: 0,
        declared: 2,
        storedCodec: 'texts',
        declaredCodec: null,
      });
    });

    it('the values of a window, too, and the key whose value it is', async () => {
      const lives = new CodeLives<Count>(makeStore());
      const window = { window: 5000, name: 'hot' };
      await lives.live([batch], { operator: reduceByKeyAndWindow<Count>(add, window) });
      const migrate = (count: number): number => {
        if (count === 2) throw new RangeError('no twos');
        return count;
      };
      const after = reduceByKeyAndWindow<Count>(add, { ...window, version: 1, migrate: migrate as never });
      expectRefused(await lives.live([batch], { operator: after }), 'STATE_UNREADABLE', /'hot'/, /"b"/, /no twos/);
    });
  },
);

describe.each(Object.entries(stores))(
  'what cannot be written to %s ends the run, and the batch has not settled',
  (_store, makeStore) => {
    const encodes: Readonly<Record<string, (value: unknown) => unknown>> = {
      'an encode that throws': () => {
        throw new RangeError('no');
      },
      'an encode that gives a promise': async () => 1,
    };

    it.each(Object.entries(encodes))('%s', async (_name, failing) => {
      let fails = false;
      // Not declared as async: that would be seen where it is written.
      const encode = (value: unknown): unknown => (fails ? failing(value) : String(value));
      const { store, lives } = await writtenBy({ codec: { ...texts, encode } }, makeStore());
      const kept = await stored(store);
      fails = true;
      const { error } = await lives.live([batch], { operator: totals({ codec: { ...texts, encode } }) });
      expect(codeOf(error)).toBe('STATE_UNREADABLE');
      expect((error as Error).message).toMatch(/"a" in the state 'totals': encode of the codec 'texts'/);
      expect(await stored(store)).toEqual(kept);
      fails = false;
      const { outputs } = await lives.live([batch], { operator: totals({ codec: { ...texts, encode } }) });
      expect([...outputs.values()].at(-1)).toEqual([
        ['a', 4],
        ['b', 4],
      ]);
    });
  },
);

describe('a migration', () => {
  const migrate = (count: number, version: number): unknown => ({ count, since: version });
  const seen = (_values: readonly unknown[], state: unknown): unknown => state ?? { count: 0, since: 'new' };

  it('is written with the first batch that settles, once, and told', async () => {
    const { store, lives } = await writtenBy({});
    const operator = updateStateByKey<Count, unknown>(seen, { name: 'totals', version: 2, migrate: migrate as never });
    const crashed = await lives.live([[]], { operator, crashes: true });
    expect((await stored(store))['totals/keys']).toEqual([0, ['a', 2], ['b', 2]]);
    const after = await lives.live([[]], { operator });
    const later = await lives.live([[['c', 1]]], { operator });
    const reports = [crashed, after, later].map((life) => life.reports('STATE_MIGRATED').map(({ count }) => count));
    expect(reports).toEqual([[2], [2], []]);
    expect((await stored(store))['totals/keys']).toEqual([
      2,
      ['a', { count: 2, since: 0 }],
      ['b', { count: 2, since: 0 }],
      ['c', { count: 0, since: 'new' }],
    ]);
  });

  it('of a state without entries raises its version', async () => {
    const store = clonedCheckpoint();
    const lives = new CodeLives<Count>(store);
    await lives.live([[]], { operator: totals({}) });
    await lives.live([[]], { operator: totals({ version: 1, migrate: String }) });
    expect((await stored(store))['totals/keys']).toEqual([1]);
  });

  it('keeps the order of the keys and goes on from there', async () => {
    const { lives } = await writtenBy({});
    const options = { name: 'totals', version: 1, migrate: (count: unknown) => count };
    const drop = updateStateByKey<Count, unknown>(
      (_, state, key) => (key === 'a' ? undefined : (state ?? 'new')),
      options,
    );
    await lives.live([[]], { operator: drop });
    const operator = updateStateByKey<Count, unknown>((_, state) => state ?? 'new', options);
    const { outputs } = await lives.live([[['a', 1]]], { operator });
    expect([...outputs.values()]).toEqual([
      [
        ['b', 2],
        ['a', 'new'],
      ],
    ]);
  });

  it('gives values that are frozen under the testing kit', async () => {
    const { lives } = await writtenBy({});
    let found: unknown;
    const operator = updateStateByKey<Count, unknown>(
      (_, state) => {
        found = state;
        return state;
      },
      { name: 'totals', version: 1, migrate: (count) => ({ count }) },
    );
    await lives.live([[]], { operator });
    expect(Object.isFrozen(found)).toBe(true);
  });
});

describe('values of an own type', () => {
  it('are frozen under the testing kit when they are read', async () => {
    class Names extends Map<string, number> {}
    const codec: StateCodec<Names> = {
      name: 'names',
      encode: (names) => [...names],
      decode: (entries) => new Names(entries as [string, number][]),
    };
    const found: unknown[] = [];
    const operator = updateStateByKey<Count, Names>(
      (values, state) => {
        if (state !== undefined) found.push(state);
        return new Names([...(state ?? []), [String(state?.size ?? 0), values.length]]);
      },
      { name: 'names', codec },
    );
    const lives = new CodeLives<Count>(clonedCheckpoint());
    for (let n = 0; n < 3; n++) await lives.live([[['a', 1]]], { operator });
    expect(found.every((state) => state instanceof Names && Object.isFrozen(state))).toBe(true);
    expect(found.map((state) => [...(state as Names)])).toEqual([
      [['0', 1]],
      [
        ['0', 1],
        ['1', 1],
      ],
    ]);
  });

  it('cost nothing where nobody writes them: a store in memory keeps them as they are', async () => {
    let encoded = 0;
    const codec: StateCodec<Money> = {
      ...moneyCodec,
      encode(money) {
        encoded++;
        return moneyCodec.encode(money);
      },
    };
    const lives = new CodeLives<Count>(memoryCheckpoint({ durable: true }));
    const operator = updateStateByKey<Count, Money>((_, state) => state ?? new Money(1), { name: 'm', codec });
    await lives.live([batch, batch], { operator });
    expect(encoded).toBe(0);
    const { error } = await lives.live([batch], { operator });
    expect(error).toBeUndefined();
    expect(encoded).toBe(2);
  });
});

describe('forms of a state that change together with its values', () => {
  const migrate = (count: number): Money => new Money(count);
  const moneyOptions = { name: 's', version: 1, migrate, codec: moneyCodec };

  it.each([
    ['mapWithState', 'mapWithState with a timeout'],
    ['mapWithState with a timeout', 'mapWithState'],
  ] as const)('%s becomes %s', async (before, after) => {
    const lives = new CodeLives<Count>(clonedCheckpoint());
    await lives.live([batch], { operator: valueOperators[before]?.(numbers, { name: 's' }) as never });
    const countUp = (key: string, n: number | undefined, state: KeyState<Money>): string => {
      const total = (state.getOption() ?? new Money(0)).plus(new Money(n ?? 0));
      if (n !== undefined) state.update(total);
      return `${key} ${total}`;
    };
    const timeout = after === 'mapWithState' ? {} : { timeout: 10_000 };
    const operator = mapWithState<Count, Money, string>(countUp, { ...moneyOptions, ...timeout });
    const outputs: unknown[] = [];
    for (let n = 0; n < 2; n++) {
      const life = await lives.live([batch], { operator });
      expect(life.error).toBeUndefined();
      outputs.push(...life.outputs.values());
    }
    expect(outputs).toEqual([
      ['a 2', 'b 4'],
      ['a 3', 'b 6'],
    ]);
  });

  it('a window loses its inverse, and what only that needed leaves the checkpoint', async () => {
    const store = clonedCheckpoint();
    const lives = new CodeLives<Count>(store);
    const window = { window: 5000, name: 'hot', version: 1 };
    const sub = (left: number, right: number): number => left - right;
    await lives.live([batch], { operator: reduceByKeyAndWindow<Count>(add, { ...window, inverse: sub }) });
    expect(Object.keys(await stored(store)).sort()).toEqual([
      'hot/batches',
      'hot/batches-extent',
      'hot/batches-reduced',
    ]);
    const { outputs } = await lives.live([batch], { operator: reduceByKeyAndWindow<Count>(add, window) });
    expect([...outputs.values()]).toEqual([
      [
        ['a', 2],
        ['b', 4],
      ],
    ]);
    expect(Object.keys(await stored(store))).toEqual(['hot/batches']);
    const again = await lives.live([batch], {
      operator: reduceByKeyAndWindow<Count>(add, { ...window, inverse: sub }),
    });
    expect([...again.outputs.values()]).toEqual([
      [
        ['a', 3],
        ['b', 6],
      ],
    ]);
  });
});

describe('a state under the name of an operator of another kind', () => {
  const byKey = (options: object = {}): OperatorFunction<Batch<Count>, Batch<unknown>> =>
    mapWithState<Count, unknown, string>(
      (key, _n, state) => {
        if (!state.isTimingOut()) state.update(1);
        return key;
      },
      { name: 'totals', ...options },
    );
  const window = { window: 5000, name: 'totals' };
  const minus = (left: number, right: number): number => left - right;
  const kinds: Readonly<Record<string, () => OperatorFunction<Batch<Count>, Batch<unknown>>>> = {
    updateStateByKey: () => totals({}),
    mapWithState: () => byKey(),
    'mapWithState with a timeout': () => byKey({ timeout: 5000 }),
    dropDuplicates: () => dropDuplicates<Count>({ by: ([key]) => key, atMost: 5, name: 'totals' }),
    reduceByKeyAndWindow: () => reduceByKeyAndWindow<Count>(add, window),
    'reduceByKeyAndWindow with inverse': () => reduceByKeyAndWindow<Count>(add, { ...window, inverse: minus }),
  };

  it.each([
    ['dropDuplicates', 'updateStateByKey'],
    ['updateStateByKey', 'dropDuplicates'],
    ['mapWithState with a timeout', 'updateStateByKey'],
    ['updateStateByKey', 'reduceByKeyAndWindow'],
    ['updateStateByKey', 'reduceByKeyAndWindow with inverse'],
    ['reduceByKeyAndWindow', 'mapWithState'],
    ['reduceByKeyAndWindow with inverse', 'updateStateByKey'],
  ])('of %s is refused by %s, and kept', async (before, after) => {
    const store = clonedCheckpoint();
    const lives = new CodeLives<Count>(store);
    await lives.live([batch], { operator: kinds[before]?.() as never });
    const kept = await stored(store);
    const life = await lives.live([batch], { operator: kinds[after]?.() as never });
    expectRefused(life, 'STATE_UNREADABLE', /'totals'/, /another kind/, /another { name }/);
    expect(await stored(store)).toEqual(kept);
  });

  it.each([
    ['updateStateByKey', 'mapWithState'],
    ['mapWithState', 'updateStateByKey'],
    ['updateStateByKey', 'mapWithState with a timeout'],
    ['reduceByKeyAndWindow', 'reduceByKeyAndWindow with inverse'],
    ['reduceByKeyAndWindow with inverse', 'reduceByKeyAndWindow'],
  ])('of %s goes on in %s, which keeps the same', async (before, after) => {
    const lives = new CodeLives<Count>(clonedCheckpoint());
    await lives.live([batch], { operator: kinds[before]?.() as never });
    const { error, outputs } = await lives.live([batch], { operator: kinds[after]?.() as never });
    expect(error).toBeUndefined();
    expect(outputs.size).toBe(1);
  });
});

describe('a state that no operator claims', () => {
  it('is kept as it is, whatever settles meanwhile, and can be claimed again', async () => {
    const { store, lives } = await writtenBy({ codec: texts, version: 2 });
    const { 'totals/keys': kept, 'totals/codec': codec } = await stored(store);
    for (let n = 0; n < 3; n++) {
      const life = await lives.live([batch, batch], { operator: totals({}, 'others') });
      expect(life.error).toBeUndefined();
    }
    expect(await stored(store)).toMatchObject({ 'totals/keys': kept, 'totals/codec': codec });
    const { outputs } = await lives.live([[]], { operator: totals({ codec: texts, version: 2 }) });
    expect([...outputs.values()]).toEqual([
      [
        ['a', 2],
        ['b', 2],
      ],
    ]);
  });

  it('is dropped when dropStates names it: with the first batch that settles, and said once', async () => {
    const { store, lives } = await writtenBy({ codec: texts });
    const context = { dropStates: ['totals', 'never there'] };
    const operator = totals({}, 'others');
    const crashed = await lives.live([batch], { operator, context, crashes: true });
    expect(Object.keys(await stored(store))).toEqual(
      expect.arrayContaining(['totals/keys', 'totals/codec', 'totals/begun']),
    );
    const after = await lives.live(Array(11).fill(batch), { operator, context });
    const later = await lives.live([batch], { operator, context });
    expect(Object.keys(await stored(store)).filter((state) => state.startsWith('totals'))).toEqual([]);
    for (const life of [crashed, after, later]) {
      expect(life.error).toBeUndefined();
      expect(life.reports('STATE_UNCLAIMED')).toEqual([]);
    }
    const dropped = [crashed, after, later].map((life) => life.reports('STATE_DROPPED').map(({ subject }) => subject));
    expect(dropped).toEqual([['totals'], ['totals'], []]);
  });

  it('is told of with what to do', async () => {
    const { lives } = await writtenBy({});
    const { warnings } = await lives.live(Array(11).fill(batch), { operator: totals({}, 'others') });
    expect(warnings.find((warning) => warning.includes('STATE_UNCLAIMED'))).toMatch(/dropStates: \['totals'\]/);
  });

  it('a name in dropStates that an operator claims ends the run, and nothing is dropped', async () => {
    const { store, lives } = await writtenBy({});
    const kept = await stored(store);
    const life = await lives.live([batch], { operator: totals({}), context: { dropStates: ['totals'] } });
    expectRefused(life, 'INVALID_ARGUMENT', /'totals'/, /dropStates/);
    expect(await stored(store)).toEqual(kept);
  });

  it.each(['totals', [''], [1], null])('dropStates is an array of names, not %j', (dropStates) => {
    const wrong = (): unknown => new StreamingContext({ interval: 1000, dropStates: dropStates as never });
    expect(wrong).toThrow(/dropStates/);
  });
});
