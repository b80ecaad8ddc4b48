/**
 * Every operator that keeps anything, in one pipeline whose processes fail, crash, stop and start again, with a clock that may be
 * set back between them, over every kind of checkpoint. `LIVES=500` goes through so many seeds, `SEED=17` through this one.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Settlement } from '../../../src/checkpoint/CheckpointStore.ts';
import { lmdbValues } from '../../../src/lmdb.ts';
import { seeds } from '../../support/seeded.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { brokenStateRules } from './brokenStateRules.ts';
import { livedThrough, undisturbed } from './live.ts';
import { expected } from './model.ts';
import type { Effect, Outside } from './Outside.ts';
import { clonedPlace, folderPlace, loggedPlace, type Place } from './places.ts';

const { LIVES = '6', SEED } = process.env;
const PROCESSES = 4;
const root = temporaryFolder();

function textsOf(effects: readonly Effect[]): ReadonlyMap<string, string> {
  return new Map(effects.map(({ chain, time, records }) => [`${chain} ${time}`, JSON.stringify(records)]));
}

/** Without the order of records, which a model that looks at all of them once does not have. */
function sorted(records: readonly unknown[] | undefined): string | undefined {
  return records
    ?.map((record) => JSON.stringify(record))
    .sort()
    .join();
}

async function violationsOf(outside: Outside): Promise<readonly string[]> {
  const found = [...outside.violations];
  const model = expected(outside);
  const right = textsOf(await undisturbed(outside));
  const seen = new Set<string>();
  for (const { chain, time, records } of outside.effects) {
    const key = `${chain} ${time}`;
    seen.add(key);
    const text = JSON.stringify(records);
    if (sorted(model.get(key)) !== sorted(records)) {
      found.push(`${key}: expected ${JSON.stringify(model.get(key))}, got ${text}`);
    } else if (right.get(key) !== text) found.push(`${key}: expected the order ${right.get(key)}, got ${text}`);
  }
  for (const key of model.keys()) if (!seen.has(key)) found.push(`${key}: no output`);
  return found;
}

it.each([
  { name: 'copies in memory', share: 0.5, placeOf: clonedPlace },
  { name: 'a log in memory that loses what was not yet safe', share: 0.5, placeOf: loggedPlace },
  { name: 'a folder', share: 0.2, placeOf: (seed: number) => folderPlace(join(root, `${seed}`)) },
])(
  'whatever fails, crashes and starts again, state in $name is as if every record had come once',
  async ({ share, placeOf }) => {
    const failures: string[] = [];
    let outputs = 0;
    let repeats = 0;
    for (const seed of SEED === undefined ? seeds(Math.ceil(Number(LIVES) * share)) : [Number(SEED)]) {
      const outside = await livedThrough(seed, PROCESSES, placeOf(seed));
      const violations = await violationsOf(outside);
      if (violations.length > 0) failures.push(`seed ${seed}: ${violations.slice(0, 3).join('; ')}`);
      outputs += outside.effects.length;
      repeats += outside.effects.length - textsOf(outside.effects).size;
    }
    expect(failures).toEqual([]);
    expect(repeats).toBeGreaterThan(0);
    expect(outputs).toBeGreaterThan(repeats);
  },
  600_000,
);

it.each([1, 7, 100])(
  'nor do values outside memory change that, with %i of them in it',
  async (cachedValues) => {
    const values = lmdbValues({ folder: join(root, `values ${cachedValues}`), cachedValues });
    for (const seed of seeds(Math.ceil(Number(LIVES) / 3))) {
      const outside = await livedThrough(seed, PROCESSES, clonedPlace(), values);
      expect([seed, (await violationsOf(outside)).slice(0, 3)]).toEqual([seed, []]);
    }
  },
  120_000,
);

/** Whether lives over a checkpoint that keeps something else than it is told are told from lawful ones. */
async function isFoundOut(change: (settlement: Settlement) => Settlement): Promise<boolean> {
  const changing = (place: Place): Place => ({
    ...place,
    open: (life) => {
      const store = place.open(life);
      return { ...store, settle: (settlement) => store.settle(change(settlement)) };
    },
  });
  for (const seed of seeds(12)) {
    if ((await violationsOf(await livedThrough(seed, 2, changing(clonedPlace())))).length > 0) return true;
  }
  return false;
}

it.each([
  'inverse/batches-reduced',
  'plain/batches',
  'totals/keys',
  'states/begun',
  'distinct/seen',
  'memory/records',
  'slow/keys',
  'recent/records',
  'values/valueCounts-reduced',
  'ever/batches-reduced',
  'lasting/keys',
  'seldom/keys',
])('that is found out where a checkpoint does not keep %s', async (lost) => {
  const found = await isFoundOut((settlement) => ({
    ...settlement,
    states: settlement.states.filter(({ state }) => state !== lost),
  }));
  expect(found).toBe(true);
});

it.each(Object.entries(brokenStateRules))('that is found out where %s', async (_, change) => {
  const found = await isFoundOut((settlement) => ({ ...settlement, states: settlement.states.map(change) }));
  expect(found).toBe(true);
});
