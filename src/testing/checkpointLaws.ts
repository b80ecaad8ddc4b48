import { BATCH_LAWS, type BatchLaw } from './checkpoint/batchLaws.ts';
import { ENTRY_LAWS, type EntryLaw } from './checkpoint/entryLaws.ts';
import { OWNER_LAWS, type OwnerLaw } from './checkpoint/ownerLaws.ts';
import { SAVEPOINT_LAWS, type SavepointLaw } from './checkpoint/savepointLaws.ts';
import { STATE_LAWS, type StateLaw } from './checkpoint/stateLaws.ts';
import { VALUE_LAWS, type ValueLaw } from './checkpoint/valueLaws.ts';
import type { CheckpointTrial } from './checkpointContract.ts';

/** One law of checkpoint stores: what it says, and how it is tried. */
export interface CheckpointRule {
  readonly rule: string;
  readonly check: (trial: CheckpointTrial) => Promise<void>;
  /** Whether it holds for stores alone that survive their process. */
  readonly durable?: boolean;
}

/** The name of a law; a store's author can skip it with a reason. */
export type CheckpointLaw = BatchLaw | StateLaw | EntryLaw | ValueLaw | OwnerLaw | SavepointLaw;

/** The laws every checkpoint store keeps. */
export const CHECKPOINT_LAWS: Readonly<Record<CheckpointLaw, CheckpointRule>> = {
  ...BATCH_LAWS,
  ...STATE_LAWS,
  ...ENTRY_LAWS,
  ...VALUE_LAWS,
  ...OWNER_LAWS,
  ...SAVEPOINT_LAWS,
};
