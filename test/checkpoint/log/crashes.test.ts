/**
 * Lives of a logged checkpoint that crash at any call of its storage, against a plain model of what was answered. `LIVES=500` goes through so many
 * seeds.
 */
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore, DurableCheckpoint } from '../../../src/checkpoint/CheckpointStore.ts';
import { loggedCheckpoint } from '../../../src/checkpoint/log/loggedCheckpoint.ts';
import { type Answer, promised } from '../../../src/core/Answer.ts';
import { type Kept, kept, loaded } from '../../../src/testing/checkpoint/kept.ts';
import { type Seeded, seeded, seeds } from '../../support/seeded.ts';
import { LogModel } from './LogModel.ts';
import { type CrashPoint, MemoryPlace, memoryLog } from './memoryLog.ts';

const SEEDS = Number(process.env.LIVES ?? 5);
const LIVES = 40;
const STEPS = 25;

describe('crashes of a logged checkpoint', () => {
  it.each(seeds(SEEDS))(
    'seed %i: whatever call it crashes in, there is what was answered, or that and the one call that was not',
    async (seed) => {
      const random = seeded(seed);
      const place = new MemoryPlace();
      const model = new LogModel(random);
      for (let life = 0; life < LIVES; life++) {
        const possible = await lived(place, model, random);
        const found = await inspected(place);
        expect(possible.some((one) => isDeepStrictEqual(one, found)) ? possible : found).toBe(possible);
        model.become(found);
      }
    },
  );
});

/** One life, which ends anywhere; what may be there afterwards. */
async function lived(place: MemoryPlace, model: LogModel, random: Seeded): Promise<readonly Kept[]> {
  const unit = (): number => random.int(0, 999_999) / 1_000_000;
  const storage = memoryLog(place, { fate: fateOf(random), random: unit, isLate: random.int(0, 1) === 0 });
  const store = loggedCheckpoint(storage, { compactAfterBytes: random.pick([1, 300, 3000, 100_000]) });
  let answered = model.now;
  try {
    holds(await loaded(store), model.now);
    for (let step = 0; step < STEPS; step++) {
      answered = model.now;
      await next(store, model, random);
      answered = model.now;
    }
    if (random.int(0, 2) > 0) await promised(() => store.close());
  } catch (error) {
    expect((error as Error).message).toMatch(/has failed|crashed/);
  }
  place.owner = undefined;
  if (random.int(0, 1) === 0) place.lose(unit);
  return [answered, model.now];
}

/** A crash or a failing disk at some call, or none. */
function fateOf(random: Seeded): (call: number) => CrashPoint | Error | undefined {
  const at = random.int(0, random.pick([4, 12, 40, 80]));
  const fate = random.pick(['before', 'amid', 'after', 'after', new Error('the disk has failed')] as const);
  return (call) => (call === at ? fate : undefined);
}

async function next(store: DurableCheckpoint, model: LogModel, random: Seeded): Promise<void> {
  const kind = random.int(0, 19);
  if (kind === 0) {
    await promised(() => store.close());
    holds(await loaded(store), model.now);
    model.become(model.now);
  } else if (kind === 1) {
    await store.savepoint('kept');
    holds(await store.inspect(kept, 'kept'), model.now);
  } else if (kind < 12 && model.now.unsettled.length > 0) {
    const settlement = model.settle();
    await written(store, () => store.settle(settlement));
  } else {
    const batch = model.plan();
    await written(store, () => store.plan(batch));
  }
}

/** After a write that failed nothing is written until the next load. */
async function written(store: CheckpointStore, write: () => Answer<void>): Promise<void> {
  try {
    await promised(write);
  } catch (error) {
    await expect(promised(() => store.plan({ time: 1, cuts: [] }))).rejects.toBe(error);
    throw error;
  }
}

/** Compared by hand where it is the same: `toEqual` would take most of the time. */
function holds(found: unknown, expected: Kept): void {
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}

async function inspected(place: MemoryPlace): Promise<Kept> {
  return loggedCheckpoint(memoryLog(place)).inspect(kept);
}
