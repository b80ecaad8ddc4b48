/** What the types of the contract suites say. Checked by `npm run types`. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CheckpointStore } from '../../src/index.ts';
import {
  CHECKPOINT_LAWS,
  type CheckpointLaw,
  type CheckpointStoreUnderTest,
  checkpointContract,
} from '../../src/testing/index.ts';

type Skip = NonNullable<CheckpointStoreUnderTest['skip']>;

export function aCheckpointStoreIsTestedByItsLaws(make: () => CheckpointStore): readonly Skip[] {
  expectTypeOf(CHECKPOINT_LAWS).toHaveProperty('anyHistory');
  expectTypeOf<keyof typeof CHECKPOINT_LAWS>().toEqualTypeOf<CheckpointLaw>();
  // Vitest's own functions fit.
  checkpointContract({ describe, it, expect }, { name: 'mine', make, skip: { savepointIsACopy: 'it keeps none' } });
  checkpointContract({ describe, it, expect }, { name: 'mine', make: async () => make(), durable: false });
  // @ts-expect-error there is no such law
  const typo: Skip = { savepointIsACopie: 'it keeps none' };
  // @ts-expect-error a reason is needed
  const reasonless: Skip = { savepointIsACopy: true };
  return [typo, reasonless];
}
