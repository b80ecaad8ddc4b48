import { refuse, wholeNumber } from '../core/arguments.ts';
import { type CommittedOffset, partitionKey } from '../core/OffsetRange.ts';
import type { OffsetCommit, OffsetQuery } from './OffsetStore.ts';

/**
 * The commit, checked before anything is written: safe integers from 0, topics that are texts. A partition named twice
 * counts once, with its highest `until`.
 */
export function checkedCommit(store: string, offsets: readonly OffsetCommit[]): readonly OffsetCommit[] {
  const byPartition = new Map<string, OffsetCommit>();
  for (const offset of offsets) {
    if (typeof offset.topic !== 'string') refuse(`${store} commit(topic)`, 'a text', offset.topic);
    wholeNumber(`${store} commit(partition of ${offset.topic})`, offset.partition, 0);
    wholeNumber(`${store} commit(until of ${offset.topic} ${offset.partition})`, offset.until, 0);
    const key = partitionKey(offset);
    const other = byPartition.get(key);
    if (other === undefined || other.until < offset.until) byPartition.set(key, offset);
  }
  return [...byPartition.values()];
}

/** What a store holds of each partition, by {@link partitionKey}. */
export type HeldOffsets = ReadonlyMap<string, CommittedOffset>;

/** The parts of the commit that raise what is held; the rest changes nothing. */
export function raisedOffsets(held: HeldOffsets, offsets: readonly OffsetCommit[]): readonly CommittedOffset[] {
  return offsets
    .filter((offset) => offset.until > (held.get(partitionKey(offset))?.until ?? -1))
    .map(({ topic, partition, until }) => ({ topic, partition, until }));
}

/**
 * What somebody else has committed: partitions held at neither `expected` nor `until`, and partitions held at `until`
 * although this store object never asked for that before (`repeated` says which it did ask for). The second kind is what
 * two pipelines in lockstep look like.
 */
export function foreignOffsets(
  held: HeldOffsets,
  offsets: readonly OffsetCommit[],
  repeated: ReadonlySet<string>,
): readonly CommittedOffset[] {
  const foreign: CommittedOffset[] = [];
  for (const offset of offsets) {
    const key = partitionKey(offset);
    const found = held.get(key);
    if (found === undefined || found.until === offset.expected) continue;
    if (found.until !== offset.until || !repeated.has(key)) foreign.push(found);
  }
  return foreign;
}

/** Remembers what one store object has asked for, so that its own repeats are not taken for somebody else's commits. */
export class OwnAttempts {
  readonly #last = new Map<string, number>();

  /** Notes this commit and answers which of its partitions were asked to go to the same offset before. */
  note(offsets: readonly OffsetCommit[]): ReadonlySet<string> {
    const repeated = new Set<string>();
    for (const offset of offsets) {
      const key = partitionKey(offset);
      if (this.#last.get(key) === offset.until) repeated.add(key);
      this.#last.set(key, offset.until);
    }
    return repeated;
  }
}

/** The offsets of the topics that are asked for. */
export function queried(offsets: Iterable<CommittedOffset>, query: OffsetQuery): readonly CommittedOffset[] {
  if (query.topics === undefined) return [...offsets];
  const topics = new Set(query.topics);
  return [...offsets].filter((offset) => topics.has(offset.topic));
}
