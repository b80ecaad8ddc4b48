/**
 * A process that stalls at any write of its checkpoint is taken for dead, another one takes its place, and then it goes on: it may finish
 * the outputs of the batch it was at, which had not settled when it stalled, and comes no further.
 */
import { describe, expect, it } from 'vitest';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { promised } from '../../../src/core/Answer.ts';
import { isStreamError } from '../../../src/core/errors.ts';
import type { MemoryPlace } from '../../checkpoint/log/memoryLog.ts';
import { violations } from './judge.ts';
import { loggedIn, storageIn } from './loggedIn.ts';
import { lawful, pipelineIn } from './pipeline.ts';
import { Stall, type StallPoint } from './Stall.ts';
import { Outside, World } from './World.ts';

type StorageOf = (world: World) => LogStorage;

/** What came out of a story: what was wrong, and whether the first process was refused when it went on. */
interface Told {
  readonly found: readonly string[];
  readonly isRefused: boolean;
}

/** What an overtaken process cannot help: the outputs and commits of the batch it was at come once more, and late. */
const LATE = /repeated although|committed \d+ after/;

function begin(world: World, stall: Stall, storageOf: StorageOf): { error?: unknown; isOver: boolean } {
  const outcome: { error?: unknown; isOver: boolean } = { isOver: false };
  const checkpoint = (): ReturnType<typeof loggedIn> => loggedIn(world, () => stall.storage(storageOf(world), world));
  pipelineIn(world, { ...lawful, checkpoint }).subscribe({
    error: (error) => Object.assign(outcome, { error, isOver: true }),
    complete: () => Object.assign(outcome, { isOver: true }),
  });
  return outcome;
}

/** The first process stalls; the second takes over, stalls on its part while the first one goes on, then lives to the end. */
async function story(first: StallPoint, second: StallPoint, storageOf: StorageOf = storageIn): Promise<Told> {
  const outside = new Outside(first.call);
  const [overtaken, owner] = [new Stall(first), new Stall(second)];
  const stalled = new World(outside, 0, {});
  const zombie = begin(stalled, overtaken, storageOf);
  await stalled.live();
  outside.log.owner = undefined;
  const world = new World(outside, stalled.now + 25, {});
  const heir = begin(world, owner, storageOf);
  await world.live();
  const before = outside.effects.length;
  await overtaken.goOn();
  const late = new Set(outside.effects.slice(before).map(({ time }) => time));
  await owner.goOn();

  const found = violations(outside).filter((violation) => !LATE.test(violation));
  if (late.size > 1) found.push(`went on for the batches of ${[...late].join()}`);
  if (zombie.error !== undefined && !isStreamError(zombie.error, 'CHECKPOINT_TAKEN')) found.push(`${zombie.error}`);
  if (heir.error !== undefined) found.push(`the new owner: ${heir.error}`);
  if (!heir.isOver) found.push('did not end');
  return { found, isRefused: isStreamError(zombie.error, 'CHECKPOINT_TAKEN') };
}

async function search(
  storageOf: StorageOf = storageIn,
  most = Number.POSITIVE_INFINITY,
): Promise<{ failures: string[]; stories: number; refused: number }> {
  const whole = new Stall();
  const world = new World(new Outside(), 0, {});
  begin(world, whole, storageIn);
  await world.live();
  const failures: string[] = [];
  let [stories, refused] = [0, 0];
  for (let call = 0; call < whole.calls && failures.length < most; call++) {
    for (const isDone of [false, true]) {
      const second = { call: (call * 5) % whole.calls, isDone: call % 2 === 0 };
      const { found, isRefused } = await story({ call, isDone }, second, storageOf);
      stories++;
      if (isRefused) refused++;
      if (found.length > 0) failures.push(`stalled ${isDone ? 'after' : 'before'} write ${call}: ${found[0]}`);
    }
  }
  return { failures, stories, refused };
}

/** A place that does not look at who writes. */
function unfenced(world: World): LogStorage {
  const storage = storageIn(world);
  const place: MemoryPlace = world.outside.log;
  let me: object | undefined;
  const asOwner = async (write: () => unknown): Promise<void> => {
    const { owner } = place;
    place.owner = me;
    try {
      await write();
    } finally {
      place.owner = owner;
    }
  };
  return {
    ...storage,
    own: async () => {
      await promised(() => storage.own());
      me = place.owner;
    },
    append: (segment, bytes, isLasting) => asOwner(() => storage.append(segment, bytes, isLasting)),
    publish: (head) => asOwner(() => storage.publish(head)),
    remove: (segments) => asOwner(() => storage.remove(segments)),
  };
}

describe('a process that goes on when another has taken its place', () => {
  it('is refused with its next write and changes nothing of what the other one does, wherever it had stalled', async () => {
    const { failures, stories, refused } = await search();
    expect(failures).toEqual([]);
    // All but those that had nothing more to write.
    expect(refused).toBeGreaterThan(0.9 * stories);
  });

  it('is found out where the storage does not look at who writes', async () => {
    expect((await search(unfenced, 1)).failures.length).toBeGreaterThan(0);
  });
});
