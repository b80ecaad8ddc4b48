import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { loggedCheckpoint } from '../../../src/checkpoint/log/loggedCheckpoint.ts';
import { checkpointContract } from '../../../src/testing/checkpointContract.ts';
import { MemoryPlace, memoryLog } from './memoryLog.ts';

const places = new Map<CheckpointStore, MemoryPlace>();

/** The same laws when everything is merged all the time. */
for (const compactAfterBytes of [undefined, 1]) {
  const over = (place: MemoryPlace): CheckpointStore => {
    const store = loggedCheckpoint(memoryLog(place), compactAfterBytes === undefined ? {} : { compactAfterBytes });
    places.set(store, place);
    return store;
  };
  const placeOf = (store: CheckpointStore): MemoryPlace => places.get(store) as MemoryPlace;

  checkpointContract(
    { describe, it, expect },
    {
      name: `loggedCheckpoint${compactAfterBytes === undefined ? '' : ', merged all the time'}`,
      make: () => over(new MemoryPlace()),
      reopen: (store) => over(placeOf(store)),
      abandon(store) {
        placeOf(store).owner = undefined;
      },
    },
  );
}
