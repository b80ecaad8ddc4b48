import { join } from 'node:path';
import type { CheckpointContents, CheckpointStore, PlannedBatch } from '../../../src/checkpoint/CheckpointStore.ts';
import { folderLog } from '../../../src/checkpoint/file/folderLog.ts';
import type { LogStorage } from '../../../src/checkpoint/log/LogStorage.ts';
import { loggedCheckpoint } from '../../../src/checkpoint/log/loggedCheckpoint.ts';
import { promised } from '../../../src/core/Answer.ts';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';
import { type CrashPoint, MemoryPlace, memoryLog } from '../../checkpoint/log/memoryLog.ts';
import { mortalLog } from '../../support/mortalLog.ts';
import type { Life, Outside } from './Outside.ts';

/** Where the checkpoint of the lives is kept; each process opens it anew. */
export interface Place {
  open(life: Life): CheckpointStore;
  /** The process is gone, in peace or not. */
  left(life: Life): Promise<void>;
}

/** In memory, as copies: every call may take its time, fail, or be done and not answered. */
export function clonedPlace(): Place {
  const checkpoint = clonedCheckpoint();
  return {
    open: (life) => ({
      ...checkpoint,
      load: () => life.troubled(() => checkpoint.load() as never),
      plan: (batch) =>
        life.troubled(() => {
          void checkpoint.plan(batch);
          planned(life.outside, batch);
        }),
      settle: (settlement) => life.troubled(() => void checkpoint.settle(settlement)),
    }),
    left: async () => {},
  };
}

/** A log in memory: the process may crash at every call of the storage, and what was not yet safe be lost in part. */
export function loggedPlace(): Place {
  const place = new MemoryPlace();
  return placeOver(
    (life) => memoryLog(place, { fate: () => fateOf(life), random: () => life.outside.random.int(0, 999) / 1000 }),
    ({ outside, isTroubled }) => {
      if (!isTroubled && place.owner !== undefined) outside.violations.push('the checkpoint was not given back');
      place.lose(() => outside.random.int(0, 999) / 1000);
    },
  );
}

/** A real folder. */
export function folderPlace(folder: string): Place {
  return placeOver(
    (life) => {
      const log = folderLog({ folder: join(folder, 'checkpoint'), takeOver: true, sync: false });
      const append: LogStorage['append'] = async (...args) => {
        const fated = fateOf(life);
        if (fated instanceof Error) throw fated;
        if (fated !== 'before') await log.append(...args);
      };
      return { ...mortalLog(log, () => life.isGone), append };
    },
    () => {},
  );
}

/** Small enough that base and log are merged all the time. */
const COMPACT_AFTER = 1;

function placeOver(storageOf: (life: Life) => LogStorage, lost: (life: Life) => void): Place {
  const stores = new WeakMap<Life, CheckpointStore>();
  return {
    open(life) {
      const storage = mortalLog(storageOf(life), () => life.isGone);
      const store = loggedCheckpoint(storage, { compactAfterBytes: COMPACT_AFTER });
      stores.set(life, store);
      const answer = <T>(ask: () => unknown): Promise<T> => life.answers.wait(promised(ask) as Promise<T>);
      return {
        ...store,
        load: async () => {
          const contents = await answer<CheckpointContents>(() => store.load());
          // What was planned and not answered for is told by the next one.
          for (const batch of contents.unsettled) planned(life.outside, batch);
          return contents;
        },
        plan: async (batch) => {
          await answer<void>(() => store.plan(batch));
          planned(life.outside, batch);
        },
        settle: (settlement) => answer<void>(() => store.settle(settlement)),
        close: () => answer<void>(() => store.close()),
      };
    },
    async left(life) {
      if (!life.isGone) await life.answers.all();
      life.isGone = true;
      lost(life);
      // What was under way ends, without effect, before another process begins.
      await promised(() => stores.get(life)?.close()).catch(() => {});
    },
  };
}

function planned({ history }: Outside, batch: PlannedBatch): void {
  if (!history.some(({ time }) => time === batch.time)) history.push(batch);
}

/** A call of the storage fails now and then, or is the last thing that the process does. */
function fateOf(life: Life): CrashPoint | Error | undefined {
  if (life.happens(4)) return new Error('trouble');
  if (!life.happens(4)) return undefined;
  life.isGone = true;
  return life.outside.random.pick(['before', 'amid', 'after'] as const);
}
