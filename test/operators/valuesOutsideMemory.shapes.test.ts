/** Values outside memory that have a codec, and are migrated: through restarts and a crash they are what they are in memory. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { fileCheckpoint } from '../../src/checkpoint/file/fileCheckpoint.ts';
import type { StateCodec, StateValues } from '../../src/index.ts';
import { lmdbValues } from '../../src/lmdb.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { CodeLives } from '../support/codeLives.ts';
import { copiedValues } from '../support/copiedValues.ts';
import { Money, moneyCodec } from '../support/Money.ts';
import { codeOf } from '../support/stage.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { type Count, money, numbers, type ValueOperator, valueOperators } from '../support/valueOperators.ts';

const batches: readonly (readonly Count[])[] = [
  ['a 1', 'b 2', 'c 3', 'd 4', 'a 5'],
  ['b 8', 'e 9'],
  ['c 16'],
  ['a 32', 'f 64'],
  [],
  ['c 128', 'b 256', 'e 1'],
].map((records) => records.map((text) => [text.slice(0, 1), Number(text.slice(2))] as const));
const name = 's';

const folder = temporaryFolder();
let folders = 0;

const stores: Readonly<Record<string, () => CheckpointStore>> = {
  'a store that copies': clonedCheckpoint,
  'a folder': () => fileCheckpoint(join(folder, String(++folders)), { sync: false }),
};

/** Places of values with room for two in memory. */
const places: Readonly<Record<string, () => StateValues>> = {
  copies: () => copiedValues(2),
  lmdb: () => lmdbValues({ folder: join(folder, 'values'), cachedValues: 2 }),
};

const operators = ['updateStateByKey', 'mapWithState', 'mapWithState with a timeout'] as const;
const cases = operators.flatMap((operator) =>
  Object.keys(places).flatMap((place) => Object.keys(stores).map((store) => [operator, place, store] as const)),
);

/** Another way to write the same money. */
const textCodec: StateCodec<Money> = {
  name: 'money as text',
  encode: (value) => ({ text: String(value.cents) }),
  decode: (stored) => new Money(BigInt((stored as { readonly text: string }).text)),
};

const above = (least: number) => (n: number) => n > least;

describe.each(cases)('%s with values in %s, from %s', (operator, place, store) => {
  const make = valueOperators[operator] as ValueOperator;
  const values = (places[place] as () => StateValues)();
  const lives = (): CodeLives<Count> => new CodeLives<Count>((stores[store] as () => CheckpointStore)());
  const expected = new Map(
    runBatches(batches, (input) => input.pipe(make(numbers, {}))).map(({ time, records }) => [time, records]),
  );

  it('comes into memory and leaves it, and gets a codec, another codec and none, by migrations', async () => {
    const versions: string[] = [];
    const told = <V>(make: (stored: never) => V) =>
      ((stored: never, version: number) => {
        versions.push(`${version}: ${typeof stored}`);
        return make(stored);
      }) as (stored: unknown, version: number) => V;
    const outside = { name, values };
    const lived = lives();
    const all = [
      await lived.live(batches.slice(0, 2), { operator: make(numbers, { name }) }),
      await lived.live(batches.slice(2, 3), {
        operator: make(money, {
          ...outside,
          version: 1,
          codec: moneyCodec,
          migrate: told((stored: number) => new Money(stored)),
        }),
        crashes: true,
      }),
      await lived.live(batches.slice(3, 4), {
        operator: make(money, {
          ...outside,
          version: 2,
          codec: textCodec,
          migrate: told((stored: number) => new Money(stored)),
        }),
      }),
      await lived.live(batches.slice(4, 5), {
        operator: make(numbers, {
          ...outside,
          version: 3,
          migrate: told((stored: { readonly text: string }) => Number(stored.text)),
        }),
      }),
      await lived.live(batches.slice(5), { operator: make(numbers, { name, version: 3 }) }),
    ];
    const times: number[] = [];
    for (const { error, outputs } of all) {
      expect(error).toBeUndefined();
      for (const [time, records] of outputs) expect([time, records]).toEqual([time, expected.get(time)]);
      times.push(...outputs.keys());
    }
    expect(times).toEqual([1000, 2000, 3000, 3000, 4000, 5000, 6000]);
    expect(new Set(versions)).toEqual(new Set(['0: number', '2: object']));
  });

  it('goes on with a codec through restarts and a crash', async () => {
    const lived = lives();
    const own = { name, values, codec: moneyCodec };
    const life = (from: number, to: number, crashes = false): ReturnType<typeof lived.live> =>
      lived.live(batches.slice(from, to), { operator: make(money, own), crashes });
    const all = [await life(0, 2), await life(2, 4, true), await life(4, 5), await life(5, 6)];
    for (const { error, outputs } of all) {
      expect(error).toBeUndefined();
      for (const [time, records] of outputs) expect([time, records]).toEqual([time, expected.get(time)]);
    }
    expect([...(all[2]?.outputs.keys() ?? [])]).toEqual([4000, 5000]);
    const { opened } = values as Partial<ReturnType<typeof copiedValues>>;
    if (opened !== undefined)
      expect(opened.at(-1)).toMatchObject({ isClosed: true, reads: expect.toSatisfy(above(0)) });
  });

  it('is refused with another codec under the same version, and goes on with its own', async () => {
    const lived = lives();
    const own = { name, values, codec: moneyCodec };
    await lived.live(batches.slice(0, 3), { operator: make(money, own) });
    const { error } = await lived.live(batches.slice(3, 4), { operator: make(money, { ...own, codec: textCodec }) });
    expect(codeOf(error)).toBe('STATE_UNREADABLE');
    const after = await lived.live(batches.slice(4), { operator: make(money, own) });
    expect(after.error).toBeUndefined();
    expect(after.outputs.get(6000)?.length).toBeGreaterThan(0);
  });
});
