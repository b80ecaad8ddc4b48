import { describe, expect, it } from 'vitest';
import { memoryCheckpoint } from '../../../src/checkpoint/memory/memoryCheckpoint.ts';
import { checkpointContract } from '../../../src/testing/checkpointContract.ts';

const noSavepoints = 'what is in memory alone is not kept under a name';

checkpointContract(
  { describe, it, expect },
  {
    name: 'memoryCheckpoint',
    durable: false,
    make: () => memoryCheckpoint(),
    skip: { savepointIsACopy: noSavepoints, savepointsByName: noSavepoints },
  },
);
