import { partitionKey } from '../../core/OffsetRange.ts';
import type { SourceReport } from '../Source.ts';

interface Gap {
  count: number;
  told: number;
}

/** Counts offsets that had no record, and tells of them at first and each time their number has doubled. */
export class GapCounts {
  readonly #name: string;
  readonly #report: (report: SourceReport) => void;
  readonly #gaps = new Map<string, Gap>();

  constructor(name: string, report: (report: SourceReport) => void) {
    this.#name = name;
    this.#report = report;
  }

  count(
    at: { readonly topic: string; readonly partition: number; readonly from: number; readonly until: number },
    missing: number,
  ): void {
    const { topic, partition, from, until } = at;
    const gap = this.#gaps.get(partitionKey(at)) ?? { count: 0, told: 0 };
    this.#gaps.set(partitionKey(at), gap);
    gap.count += missing;
    if (gap.count < 2 * gap.told) return;
    gap.told = gap.count;
    this.#report({
      code: 'OFFSET_GAP',
      message:
        `${this.#name}: ${gap.count} offsets of ${topic}[${partition}] had no record so far, lately between ${from} and ${until - 1}. ` +
        'In a compacted topic that is as it should be; in any other, records have been removed.',
      count: gap.count,
      details: { topic, partition, from, until, missing },
    });
  }
}
