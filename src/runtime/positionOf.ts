import type { CheckpointContents } from '../checkpoint/CheckpointStore.ts';

/** The position after the last planned cut of the source, else after its last settled one. */
export function positionOf(source: string, { unsettled, positions }: CheckpointContents): unknown {
  for (const { cuts } of [...unsettled].reverse()) {
    const planned = cuts.find((cut) => cut.source === source);
    if (planned?.cut.position !== undefined) return planned.cut.position;
  }
  return positions.get(source);
}
