import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { promised } from '../../../src/core/Answer.ts';
import type { BrokenRule } from './brokenRules.ts';
import { loggedIn, storageIn } from './loggedIn.ts';
import type { Parts } from './pipeline.ts';
import type { World } from './World.ts';

/** Rules of a checkpoint that is a log and of the storage under it, each switched off. */
export const brokenLogRules: readonly BrokenRule[] = [
  {
    rule: 'what was answered is safe from a crash of the machine',
    parts: stored((storage) => ({ append: (segment, bytes) => storage.append(segment, bytes, false) })),
  },
  {
    rule: 'a settlement is one piece in the log',
    parts: {
      checkpoint: (world) => {
        const store = loggedIn(world);
        const settle: CheckpointStore['settle'] = async (settlement) => {
          const { time: _, ...states } = { ...settlement, positions: [] };
          await promised(() => store.settle({ ...states, time: Number.NEGATIVE_INFINITY }));
          await promised(() => store.settle({ ...settlement, states: [] }));
        };
        return { ...store, settle: (settlement) => world.answers.wait(settle(settlement) as Promise<void>) };
      },
    },
  },
  {
    rule: 'the head that was published last is the one that is found',
    parts: stored((storage, world) => ({
      publish: async (head) => {
        if (world.steps.length % 5 !== 0) await storage.publish(head);
      },
    })),
  },
  {
    rule: 'a segment that the head names is not removed',
    parts: stored((storage) => ({
      remove: async (segments) => {
        const all = await promised(() => storage.segments());
        const named = all.find((segment) => !segments.includes(segment));
        await promised(() => storage.remove(named === undefined ? segments : [...segments, named]));
      },
    })),
  },
  {
    rule: 'bytes are appended in the order in which they are given',
    parts: stored((storage) => {
      let waiting: (() => unknown) | undefined;
      return {
        append: async (segment, bytes, isLasting) => {
          const before = waiting;
          waiting = before === undefined ? () => storage.append(segment, bytes, isLasting) : undefined;
          if (before === undefined) return;
          await storage.append(segment, bytes, isLasting);
          await before();
        },
      };
    }),
  },
];

function stored(change: (storage: LogStorage, world: World) => Partial<LogStorage>): Partial<Parts> {
  const storageOf = (world: World): LogStorage => {
    const storage = storageIn(world);
    return { ...storage, ...change(storage, world) };
  };
  return { checkpoint: (world) => loggedIn(world, storageOf) };
}
