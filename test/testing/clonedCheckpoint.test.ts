import { describe, expect, it } from 'vitest';
import { checkpointContract } from '../../src/testing/checkpointContract.ts';
import { clonedCheckpoint } from '../../src/testing/clonedCheckpoint.ts';

const oneObject = 'one object stands for all processes, which come one after another';
const noSavepoints = 'what is in memory alone is not kept under a name';

checkpointContract(
  { describe, it, expect },
  {
    name: 'clonedCheckpoint',
    make: () => clonedCheckpoint(),
    reopen: (store) => store,
    abandon: () => {},
    skip: {
      oneOwner: oneObject,
      oneOfTwoAtOnce: oneObject,
      refusedDoesNoHarm: oneObject,
      closeGivesBack: oneObject,
      overtakenWritesNothing: oneObject,
      overtakenCannotGiveBack: oneObject,
      overtakenMayComeBack: oneObject,
      savepointIsACopy: noSavepoints,
      savepointsByName: noSavepoints,
    },
  },
);
