import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import { fileCheckpoint } from '../../../src/checkpoint/file/fileCheckpoint.ts';
import { checkpointContract } from '../../../src/testing/checkpointContract.ts';
import { pretendDead } from '../../support/pretendOwner.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const root = temporaryFolder();
let count = 0;
const folders = new WeakMap<CheckpointStore, string>();

checkpointContract(
  { describe, it, expect },
  {
    name: 'fileCheckpoint',
    make: () => of(join(root, `${count++}`)),
    reopen: (store) => of(folderOf(store)),
    abandon: (store) => pretendDead(folderOf(store)),
  },
);

function of(folder: string): CheckpointStore {
  const store = fileCheckpoint(folder);
  folders.set(store, folder);
  return store;
}

function folderOf(store: CheckpointStore): string {
  return folders.get(store) as string;
}
