import { isStreamError } from '../../../core/errors.ts';
import type { MemberPlace } from '../../../drivers/kafka/KafkaGroupMember.ts';
import type { KafkaFault } from '../../../drivers/kafka/kafkaFault.ts';
import type { Waits } from '../../Waits.ts';
import { backOff } from '../backOff.ts';
import type { Outages } from '../Outages.ts';
import type { Claim } from './Claim.ts';
import type { DueOffset, GroupOffsets } from './GroupOffsets.ts';

/** What committing needs to know, and tells. */
export interface CommitEvents {
  place(): MemberPlace;
  claims(): Iterable<Claim>;
  /** The group does not take commits of this member any more. */
  refused(fault: KafkaFault): void;
  failed(error: unknown): void;
}

/** For messages: what could not be reached. */
const OFFSETS = 'what keeps the offsets of the group';

/** Commits what is safe, one request after the other, each with all there is; tries again while that may help. */
export class Commits {
  readonly #offsets: GroupOffsets;
  readonly #waits: Waits;
  readonly #outages: Outages;
  readonly #events: CommitEvents;
  #committing: Promise<void> | undefined;
  #again = false;

  constructor(offsets: GroupOffsets, waits: Waits, outages: Outages, events: CommitEvents) {
    this.#offsets = offsets;
    this.#waits = waits;
    this.#outages = outages;
    this.#events = events;
  }

  /** There is something to commit. */
  soon(): void {
    if (this.#committing === undefined) this.#committing = this.#commit();
    else this.#again = true;
  }

  /** Resolves when everything that is safe is committed, or cannot be any more. */
  async all(): Promise<void> {
    this.soon();
    await this.#committing;
  }

  async #commit(): Promise<void> {
    do {
      this.#again = false;
      await this.#commitAll();
    } while (this.#again);
    this.#committing = undefined;
  }

  async #commitAll(): Promise<void> {
    // What becomes due in this very turn is found by the look below.
    await undefined;
    for (let failures = 0; !this.#waits.over; ) {
      const claims = [...this.#events.claims()].filter((claim) => !claim.isBusy && claim.due !== undefined);
      if (claims.length === 0) return;
      const due = claims.map((claim): DueOffset => {
        const { topic, partition, safe, topicId, committed } = claim;
        return { topic, partition, until: safe, topicId, expected: committed };
      });
      try {
        const fault = await this.#offsets.commit(this.#events.place(), due);
        if (fault === undefined) {
          for (const [i, claim] of claims.entries()) claim.committed = (due[i] as DueOffset).until;
          failures = 0;
          this.#outages.ended(OFFSETS);
          continue;
        }
        if (!fault.retriable) return this.#events.refused(fault);
        this.#outages.began(OFFSETS, `it answers ${fault.name}.`);
      } catch (error) {
        if (this.#waits.over) return;
        if (!isStreamError(error) || !error.retriable) return this.#events.failed(error);
        this.#outages.began(OFFSETS, error.message, error);
      }
      await this.#waits.pause(backOff(++failures)).catch(() => undefined);
    }
  }
}
