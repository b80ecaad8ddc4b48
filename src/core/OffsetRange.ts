/** The records of one partition from `from` (inclusive) to `until` (exclusive): the positions that replay exactly them. */
export interface OffsetRange {
  /** Kafka topic, file path, or whatever else the source numbers its records within. */
  readonly topic: string;
  readonly partition: number;
  /** First position of the range. */
  readonly from: number;
  /** Position after the last one: what is committed, and where reading goes on. */
  readonly until: number;
}

/** Where reading of one partition goes on: what an offset store keeps. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next position to read. */
  readonly until: number;
}

/** A key for maps by topic and partition; topics may hold any character. */
export function partitionKey(at: { readonly topic: string; readonly partition: number }): string {
  return `${at.partition}/${at.topic}`;
}

/** How many positions the range spans; records may be fewer (compaction, transactions). */
export function offsetCount(range: OffsetRange): number {
  return range.until - range.from;
}
