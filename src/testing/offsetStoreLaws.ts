import type { OffsetStoreTrial } from './offsetStoreContract.ts';
import { KEEPING_LAWS, type KeepingLaw } from './offsets/keepingLaws.ts';
import { MEETING_LAWS, type MeetingLaw } from './offsets/meetingLaws.ts';
import { OWNER_LAWS, type OwnerLaw } from './offsets/ownerLaws.ts';
import { REPEAT_LAWS, type RepeatLaw } from './offsets/repeatLaws.ts';
import { TRANSACTION_LAWS, type TransactionLaw } from './offsets/transactionLaws.ts';

/** One law of offset stores: what it says, and how it is tried. */
export interface OffsetStoreRule {
  readonly rule: string;
  readonly check: (trial: OffsetStoreTrial) => Promise<void>;
  /** The method that a store may be without; then the law does not apply to it. */
  readonly needs?: 'own' | 'begin';
}

/** The name of a law; a store's author can skip it with a reason. */
export type OffsetStoreLaw = KeepingLaw | MeetingLaw | OwnerLaw | TransactionLaw | RepeatLaw;

/** The laws every offset store keeps, those of owning and of transactions where it has `own` and `begin`. */
export const OFFSET_STORE_LAWS: Readonly<Record<OffsetStoreLaw, OffsetStoreRule>> = {
  ...KEEPING_LAWS,
  ...MEETING_LAWS,
  ...OWNER_LAWS,
  ...TRANSACTION_LAWS,
  ...REPEAT_LAWS,
};
