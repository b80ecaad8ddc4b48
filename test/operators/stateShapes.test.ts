/** What a code change does to the values of every operator that keeps some: own types, and values of another shape. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { fileCheckpoint } from '../../src/checkpoint/file/fileCheckpoint.ts';
import { memoryCheckpoint } from '../../src/checkpoint/memory/memoryCheckpoint.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { CodeLives } from '../support/codeLives.ts';
import { Money, moneyCodec } from '../support/Money.ts';
import { codeOf } from '../support/stage.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { type Count, money, numbers, valueOperators } from '../support/valueOperators.ts';

const batches: readonly (readonly Count[])[] = [
  [
    ['a', 1],
    ['b', 2],
    ['a', 4],
  ],
  [['b', 8]],
  [['c', 16]],
  [
    ['a', 32],
    ['d', 64],
  ],
  [],
  [['c', 128]],
];
const name = 's';

const folder = temporaryFolder();
let folders = 0;

const stores: Readonly<Record<string, () => CheckpointStore>> = {
  'a store that copies': clonedCheckpoint,
  'a store in memory': () => memoryCheckpoint({ durable: true }),
  'a folder': () => fileCheckpoint(join(folder, String(++folders)), { sync: false }),
};

describe.each(Object.entries(valueOperators))('%s', (_operator, make) => {
  const expected = runBatches(batches, (input) => input.pipe(make(numbers, {})));
  const byTime = new Map(expected.map(({ time, records }) => [time, records]));

  it('keeps values of an own type by their codec, through restarts and crashes', () => {
    const restarts = { restartAfter: [1, 3], crashIn: [2, 5] };
    const given = runBatches(batches, (input) => input.pipe(make(money, { name, codec: moneyCodec })), restarts);
    expect(given).toEqual(expected);
  });

  it.each(['a store that copies', 'a folder'] as const)(
    'refuses an own type without a codec where it is written, to %s',
    async (store) => {
      const lives = new CodeLives<Count>((stores[store] as () => CheckpointStore)());
      const life = await lives.live(batches.slice(0, 1), { operator: make(money, { name }) });
      expect(codeOf(life.error)).toBe('STATE_UNREADABLE');
      expect((life.error as Error).message).toMatch(/in the state 's', an object \(Money\), is no plain data/);
      expect(life.batches()).toEqual([]);
    },
  );

  it.each(Object.entries(stores))('goes on with migrated values, from %s', async (_name, makeStore) => {
    const lives = new CodeLives<Count>(makeStore());
    const before = await lives.live(batches.slice(0, 3), { operator: make(numbers, { name }) });
    const versions: number[] = [];
    const migrate = (stored: number, version: number): Money => {
      versions.push(version);
      return new Money(stored);
    };
    const options = { name, version: 2, migrate, codec: moneyCodec };
    const crashed = await lives.live(batches.slice(3, 4), { operator: make(money, options), crashes: true });
    const migrations = versions.length;
    expect(migrations).toBeGreaterThan(0);
    const after = await lives.live(batches.slice(4, 5), { operator: make(money, options) });
    expect(versions.length).toBe(2 * migrations);
    expect(new Set(versions)).toEqual(new Set([0]));
    const later = await lives.live(batches.slice(5), { operator: make(money, options) });
    expect(versions.length).toBe(2 * migrations);
    for (const { error, outputs } of [before, crashed, after, later]) {
      expect(error).toBeUndefined();
      for (const [time, records] of outputs) expect([time, records]).toEqual([time, byTime.get(time)]);
    }
    expect([...after.outputs.keys()]).toEqual([4000, 5000]);
  });

  it('migrates what a codec had written as it lies there', async () => {
    const lives = new CodeLives<Count>(clonedCheckpoint());
    const old = make(money, { name, version: 1, codec: moneyCodec });
    await lives.live(batches.slice(0, 2), { operator: old });
    await lives.live(batches.slice(2, 3), { operator: old, crashes: true });
    const migrate = (stored: bigint): number => Number(stored);
    const plain = make(numbers, { name, version: 2, migrate });
    const { error, outputs } = await lives.live(batches.slice(3), { operator: plain });
    expect(error).toBeUndefined();
    expect([...outputs.keys()]).toEqual([3000, 4000, 5000, 6000]);
    for (const [time, records] of outputs) expect([time, records]).toEqual([time, byTime.get(time)]);
  });
});
