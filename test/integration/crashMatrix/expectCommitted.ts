import { expect } from 'vitest';
import type { CheckpointContents } from '../../../src/checkpoint/CheckpointStore.ts';
import { type CommittedOffset, partitionKey } from '../../../src/core/OffsetRange.ts';

/** What a killed life leaves behind: all that has settled is committed, and of the rest at most the first batch. */
export function expectCommitted({ unsettled }: CheckpointContents, committed: readonly CommittedOffset[]): void {
  const reached = new Map(committed.map((offset) => [partitionKey(offset), offset.until]));
  for (const { topic, partition, from, until } of unsettled[0]?.cuts.flatMap(({ cut }) => cut.offsets ?? []) ?? []) {
    const offset = reached.get(partitionKey({ topic, partition })) ?? 0;
    expect(offset).toBeGreaterThanOrEqual(from);
    expect(offset).toBeLessThanOrEqual(until);
  }
}
