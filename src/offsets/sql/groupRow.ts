import { randomUUID } from 'node:crypto';
import { StreamError } from '../../core/errors.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { committedBefore, type HeldOffsets, lostCommit, lostError } from '../commitPlan.ts';
import type { OffsetCommit, TransactionBatch } from '../OffsetStore.ts';

/** What the row of a group says; as text, because drivers differ in what they make of big numbers. */
export interface GroupRow {
  readonly owner: string | null;
  readonly batch_time: string | null;
}

/** A row of an offset. */
export interface OffsetRow {
  readonly topic: string;
  readonly partition: string;
  readonly until: string;
}

/** Who this store object is among those that own the group one after another. */
export class Ownership {
  readonly id: string = randomUUID();
  readonly #store: string;
  #hasOwned = false;

  constructor(store: string) {
    this.#store = store;
  }

  /** Whether the group has to be taken over: it is ours already, or never was. */
  needsTaking(row: GroupRow): boolean {
    // A row without an owner is to be had: by whoever begins anew after it was deleted, too.
    if (row.owner !== null) this.check(row);
    return row.owner !== this.id;
  }

  taken(): void {
    this.#hasOwned = true;
  }

  /**
   * Throws `OFFSET_STORE_TAKEN` where somebody else has taken over since, `OFFSET_STORE_FAILED` where the row is no longer there. A store object that
   * never owned is not fenced.
   */
  check({ owner }: GroupRow): void {
    if (!this.#hasOwned || owner === this.id) return;
    if (owner === null) {
      throw new StreamError(
        'OFFSET_STORE_FAILED',
        `${this.#store}: expected to own its group, got that the row of the group was deleted, or its owner, while the pipeline runs. ` +
          'Nothing of the batch was committed. Correct the offsets if they were deleted too, and start again: it goes on from what is stored.',
      );
    }
    throw new StreamError(
      'OFFSET_STORE_TAKEN',
      `${this.#store}: expected to own its group, got that another pipeline has taken it over. ` +
        'This one can commit no more; end it, and start it again where it is to go on in place of the other.',
      { details: { owner } },
    );
  }
}

/** Whether the batch is in already: a batch that runs again has the time of the last one that was committed. */
export function isCommitted({ time, repeated }: TransactionBatch, row: GroupRow): boolean {
  return repeated && row.batch_time === String(time);
}

/** What is held, read. */
export function heldOffsets(store: string, rows: readonly OffsetRow[]): HeldOffsets {
  return new Map(rows.map((row) => offsetOf(store, row)).map((offset) => [partitionKey(offset), offset]));
}

function offsetOf(store: string, { topic, partition, until }: OffsetRow): CommittedOffset {
  const offset = { topic, partition: Number(partition), until: Number(until) };
  if (isWhole(offset.partition) && isWhole(offset.until)) return offset;
  throw new StreamError(
    'OFFSET_STORE_FAILED',
    `${store}: expected whole numbers from 0 for a partition and its offset, got ${partition} and ${until} of topic ${topic}. ` +
      'Correct or delete that row by hand.',
    { details: { topic, partition, until } },
  );
}

function isWhole(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

/** Throws `OFFSET_STORE_FAILED` where records of the batch have been committed by another one, or those before it are no longer. */
export function refuseGaps(store: string, held: HeldOffsets, wanted: readonly OffsetCommit[]): void {
  const lost = lostCommit(held, wanted);
  if (lost !== undefined) throw lostError(store, lost, held.get(partitionKey(lost))?.until);
  const found = committedBefore(held, wanted);
  if (found === undefined) return;
  const { topic, partition, until } = found;
  throw new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} commit: expected the records of ${topic} ${partition} to begin at the stored offset ${until} or above it, got a batch that begins ` +
      'below: records of it have been committed before. Begin at the offsets of this store, or from a checkpoint that belongs to it.',
    { details: { topic, partition, until } },
  );
}
