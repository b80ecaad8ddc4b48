import type { CheckpointContents, CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { loggedCheckpoint } from '../../../src/checkpoint/log/loggedCheckpoint.ts';
import { type CrashPoint, memoryLog } from '../../checkpoint/log/memoryLog.ts';
import { mortalLog } from '../../support/mortalLog.ts';
import type { World } from './World.ts';

/** Base and log are merged all the time. */
const COMPACT_AFTER = 1;

/**
 * A checkpoint that is a log, in the memory of the outside: the process can crash before, amid and after each of the storage's
 * calls. What was planned and what has settled is told from what was answered and from what the next life is given.
 */
export function loggedIn(world: World, storageOf: (world: World) => LogStorage = storageIn): CheckpointStore {
  const { outside } = world;
  const store = loggedCheckpoint(
    mortalLog(storageOf(world), () => world.dead),
    { compactAfterBytes: COMPACT_AFTER },
  );
  const promised = <T>(answer: unknown): Promise<T> => world.answers.wait(answer as Promise<T>);

  function planned({ time, cuts }: CheckpointContents['unsettled'][number]): void {
    if (outside.plans.some((plan) => plan.time === time)) return;
    const ranges = new Map(cuts.map(({ source, cut }) => [source, cut.data as readonly [number, number]]));
    outside.plans.push({ time, ranges });
  }

  return {
    ...store,
    load: () =>
      promised<CheckpointContents>(store.load()).then((contents) => {
        for (const batch of contents.unsettled) planned(batch);
        const open = new Set(contents.unsettled.map(({ time }) => time));
        const settled = outside.plans.map(({ time }) => time).filter((time) => !open.has(time));
        outside.settledTime = Math.max(0, ...settled);
        return contents;
      }),
    plan: (batch) => promised<void>(store.plan(batch)).then(() => planned(batch)),
    settle: (settlement) =>
      promised<void>(store.settle(settlement)).then(() => {
        outside.settledTime = settlement.time;
      }),
    close: () => promised<void>(store.close()),
  };
}

export function storageIn(world: World): LogStorage {
  const { log, random } = world.outside;
  return memoryLog(log, {
    random: () => random.int(0, 999) / 1000,
    fate: (_, name) => fateOf(world, name),
  });
}

/** The process may crash before a call, amid it and after it; or the call fails. */
function fateOf(world: World, name: string): CrashPoint | Error | undefined {
  try {
    return (['before', 'amid', 'after'] as const).find((point) => world.step(`${point} ${name}`));
  } catch (error) {
    return error as Error;
  }
}
