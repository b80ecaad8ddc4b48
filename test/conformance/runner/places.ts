import { join } from 'node:path';
import { type CheckpointStore, memoryCheckpoint } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';

/** Where the checkpoint of a case lies. `at` a folder gives what opens it, for each life of the context. */
export interface CheckpointPlace {
  readonly name: string;
  at(folder: string): () => CheckpointStore;
}

/** In memory, as it is and as copies, which another process would read; and in a folder, opened anew by each life. */
export const PLACES: readonly CheckpointPlace[] = [
  { name: 'memory', at: () => always(memoryCheckpoint({ durable: true })) },
  { name: 'copies', at: () => always(clonedCheckpoint()) },
  { name: 'folder', at: (folder) => () => fileCheckpoint(join(folder, 'checkpoint'), { sync: false }) },
];

function always(store: CheckpointStore): () => CheckpointStore {
  return () => store;
}
