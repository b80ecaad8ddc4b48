/**
 * Every operator that keeps anything, in one pipeline whose processes fail, crash, stop and start again, with a clock that may be
 * set back between them. `LIVES=500` goes through so many seeds, `SEED=17` through this one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { lmdbValues } from '../../../src/lmdb.ts';
import { seeds } from '../../support/seeded.ts';
import { livedThrough, undisturbed } from './live.ts';
import { expected } from './model.ts';
import { checkpointOf, type Effect, type Life, type Outside } from './Outside.ts';

const { LIVES = '12', SEED } = process.env;
const PROCESSES = 4;

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

function violationsOf(outside: Outside): readonly string[] {
  const found = [...outside.violations];
  const model = expected(outside);
  const right = textsOf(undisturbed(outside));
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

it('whatever fails, crashes and starts again, state is as if every record had come once', () => {
  const failures: string[] = [];
  let outputs = 0;
  let repeats = 0;
  for (const seed of SEED === undefined ? seeds(Number(LIVES)) : [Number(SEED)]) {
    const outside = livedThrough(seed, PROCESSES);
    const violations = violationsOf(outside);
    if (violations.length > 0) failures.push(`seed ${seed}: ${violations.slice(0, 3).join('; ')}`);
    outputs += outside.effects.length;
    repeats += outside.effects.length - textsOf(outside.effects).size;
  }
  expect(failures).toEqual([]);
  expect(repeats).toBeGreaterThan(0);
  expect(outputs).toBeGreaterThan(repeats);
}, 600_000);

it.each([1, 7, 100])(
  'nor do values outside memory change that, with %i of them in it',
  (cachedValues) => {
    const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-lives-'));
    try {
      const values = lmdbValues({ folder, cachedValues });
      for (const seed of seeds(4)) {
        expect([seed, violationsOf(livedThrough(seed, PROCESSES, checkpointOf, values)).slice(0, 3)]).toEqual([
          seed,
          [],
        ]);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);

it.each([
  'inverse/keys',
  'plain/batches',
  'totals/keys',
  'states/begun',
  'distinct/seen',
  'memory/batches',
  'slow/keys',
])('that is found out where a checkpoint does not keep %s', (lost) => {
  const forgetful = (life: Life): CheckpointStore => {
    const checkpoint = checkpointOf(life);
    const settle: CheckpointStore['settle'] = (settlement) =>
      checkpoint.settle({ ...settlement, states: settlement.states.filter(({ state }) => state !== lost) });
    return { ...checkpoint, settle };
  };
  const found = seeds(12).some((seed) => violationsOf(livedThrough(seed, PROCESSES, forgetful)).length > 0);
  expect(found).toBe(true);
});
