import { refuse, wholeNumber } from '../core/arguments.ts';
import { StreamError } from '../core/errors.ts';
import { type CommittedOffset, partitionKey } from '../core/OffsetRange.ts';
import type { OffsetCommit, OffsetQuery } from './OffsetStore.ts';

/**
 * The commit, checked before anything is written: safe integers from 0, topics that are texts. A partition named twice
 * counts once, with its highest `until` and its lowest `from`.
 */
export function checkedCommit(store: string, offsets: readonly OffsetCommit[]): readonly OffsetCommit[] {
  const byPartition = new Map<string, OffsetCommit>();
  for (const offset of offsets) {
    if (typeof offset.topic !== 'string') refuse(`${store} commit(topic)`, 'a text', offset.topic);
    wholeNumber(`${store} commit(partition of ${offset.topic})`, offset.partition, 0);
    wholeNumber(`${store} commit(until of ${offset.topic} ${offset.partition})`, offset.until, 0);
    if (offset.from !== undefined) {
      wholeNumber(`${store} commit(from of ${offset.topic} ${offset.partition})`, offset.from, 0);
    }
    const key = partitionKey(offset);
    const other = byPartition.get(key);
    byPartition.set(key, other === undefined ? offset : joined(other, offset));
  }
  return [...byPartition.values()];
}

function joined(one: OffsetCommit, other: OffsetCommit): OffsetCommit {
  const highest = other.until > one.until ? other : one;
  const from = Math.min(one.from ?? Number.POSITIVE_INFINITY, other.from ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(from) ? { ...highest, from } : highest;
}

/** What a store holds of each partition, by {@link partitionKey}. */
export type HeldOffsets = ReadonlyMap<string, CommittedOffset>;

/** The parts of the commit that raise what is held; the rest changes nothing. */
export function raisedOffsets(held: HeldOffsets, offsets: readonly OffsetCommit[]): readonly CommittedOffset[] {
  return offsets
    .filter((offset) => offset.until > (held.get(partitionKey(offset))?.until ?? -1))
    .map(({ topic, partition, until }) => ({ topic, partition, until }));
}

/** What is held above where the records of a commit begin: they have been committed before. `undefined` where none was. */
export function committedBefore(held: HeldOffsets, offsets: readonly OffsetCommit[]): CommittedOffset | undefined {
  for (const offset of offsets) {
    const found = held.get(partitionKey(offset));
    if (found !== undefined && offset.from !== undefined && found.until > offset.from) return found;
  }
  return undefined;
}

/**
 * How far a store has to hold an offset, as it has acknowledged to this run: up to where the records of the commit begin. 0 where nothing is
 * known.
 */
export function acknowledged({ expected = 0, from = 0 }: OffsetCommit): number {
  return Math.min(expected, from);
}

/**
 * What is held below what the store has acknowledged: it has lost commits, and the results of those batches with them. `undefined` where nothing
 * is.
 */
export function lostCommit(held: HeldOffsets, offsets: readonly OffsetCommit[]): OffsetCommit | undefined {
  return offsets.find((offset) => (held.get(partitionKey(offset))?.until ?? 0) < acknowledged(offset));
}

/** What a transaction says that finds this; to be said in the words of a `store`. */
export function lostError(store: string, lost: OffsetCommit, found: number | undefined): StreamError {
  const { topic, partition } = lost;
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `${store} commit: expected ${topic} ${partition} to be stored at ${acknowledged(lost)}, as was acknowledged to this pipeline, got ` +
      `${found ?? 'nothing'}: the server has lost its last commits (a fail-over, a restart, a restored copy), or somebody has lowered the offset. Results that were ` +
      'committed with them are lost too. Nothing of this batch was kept. End the process and start it again: from the offsets of this store the lost batches come again.',
    { details: { topic, partition, acknowledged: acknowledged(lost), found } },
  );
}

/**
 * What somebody else has committed: partitions held at neither `expected` nor what this store object asked for lately
 * (`own`). Two pipelines in lockstep are found out too: the second finds its own `until` there without having asked for it.
 */
export function foreignOffsets(
  held: HeldOffsets,
  offsets: readonly OffsetCommit[],
  own: OwnCommits,
): readonly CommittedOffset[] {
  const foreign: CommittedOffset[] = [];
  for (const offset of offsets) {
    const key = partitionKey(offset);
    const found = held.get(key);
    if (found !== undefined && found.until !== offset.expected && !own.get(key)?.includes(found.until))
      foreign.push(found);
  }
  return foreign;
}

/** What one store object asked for lately, by {@link partitionKey}. */
export type OwnCommits = ReadonlyMap<string, readonly number[]>;

/** A commit that timed out may take effect while the next ones are already tried; so many are remembered. */
const REMEMBERED = 4;

/**
 * Remembers what one store object has asked for, so that its own commits, those whose answer was lost included, are not
 * taken for somebody else's.
 */
export class OwnAttempts {
  readonly #lately = new Map<string, readonly number[]>();

  /** Notes this commit and answers what was asked for before. */
  note(offsets: readonly OffsetCommit[]): OwnCommits {
    const earlier = new Map<string, readonly number[]>();
    for (const offset of offsets) {
      const key = partitionKey(offset);
      const asked = this.#lately.get(key) ?? [];
      earlier.set(key, asked);
      if (!asked.includes(offset.until)) this.#lately.set(key, [offset.until, ...asked].slice(0, REMEMBERED));
    }
    return earlier;
  }
}

/** The offsets of the topics that are asked for. */
export function queried(offsets: Iterable<CommittedOffset>, query: OffsetQuery): readonly CommittedOffset[] {
  if (query.topics === undefined) return [...offsets];
  const topics = new Set(query.topics);
  return [...offsets].filter((offset) => topics.has(offset.topic));
}
