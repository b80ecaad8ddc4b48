import { type CheckpointStore, memoryCheckpoint } from 'rx-dstream';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';

/** Where the checkpoint of a case lies. `at` a folder gives what opens it, for each life of the context. */
export interface CheckpointPlace {
  readonly name: string;
  at(folder: string): () => CheckpointStore;
}

/** In memory, as it is and as copies, which another process would read. */
export const PLACES: readonly CheckpointPlace[] = [
  { name: 'memory', at: () => always(memoryCheckpoint({ durable: true })) },
  { name: 'copies', at: () => always(clonedCheckpoint()) },
];

function always(store: CheckpointStore): () => CheckpointStore {
  return () => store;
}
