import { describe, expect, it } from 'vitest';
import { type PartitionBacklog, planRanges } from '../../../src/sources/kafka/planRanges.ts';

const backlog = (lag: number, cap = Number.POSITIVE_INFINITY, bytesPerOffset = 1): PartitionBacklog => ({
  lag,
  cap,
  bytesPerOffset,
});
const all = Number.POSITIVE_INFINITY;

describe('a cut takes', () => {
  it('everything, where nothing limits it', () => {
    expect(planRanges([backlog(5), backlog(0), backlog(7)], all, all, 0)).toEqual([5, 0, 7]);
    expect(planRanges([], all, all, 0)).toEqual([]);
  });

  it('no more of a partition than its rate allows', () => {
    expect(planRanges([backlog(50, 10), backlog(3, 10)], all, all, 0)).toEqual([10, 3]);
  });

  it('no more records than it may, in proportion to the backlogs', () => {
    expect(planRanges([backlog(300), backlog(100)], 40, all, 0)).toEqual([30, 10]);
    expect(planRanges([backlog(300, 100), backlog(100)], 40, all, 0)).toEqual([20, 20]);
  });

  it('exactly as many as it may: what proportions leave over goes round', () => {
    expect(planRanges([backlog(10), backlog(10), backlog(10)], 10, all, 0)).toEqual([4, 3, 3]);
    expect(planRanges([backlog(10), backlog(10), backlog(10)], 10, all, 1)).toEqual([3, 4, 3]);
    expect(planRanges([backlog(10), backlog(10), backlog(10)], 10, all, 2)).toEqual([3, 3, 4]);
  });

  it('from a small backlog too, in its turn, beside a huge one', () => {
    const backlogs = [backlog(1_000_000_000), backlog(1)];
    const taken = [0, 1].map((turn) => planRanges(backlogs, 10, all, turn));
    expect(taken).toEqual([
      [10, 0],
      [9, 1],
    ]);
  });

  it('no more bytes than it may, as far as their number is known, and at least one record', () => {
    expect(planRanges([backlog(100, all, 10), backlog(100, all, 30)], all, 1000, 0)).toEqual([25, 25]);
    expect(planRanges([backlog(100, all, 5000)], all, 1000, 0)).toEqual([1]);
  });

  it('never more than there is, whatever the limits', () => {
    for (let seed = 1; seed < 500; seed++) {
      const number = (n: number, most: number) => (seed * 7919 + n * 104_729) % most;
      const backlogs = Array.from({ length: 1 + number(1, 6) }, (_, i) =>
        backlog(number(i + 2, 50), 1 + number(i + 9, 60), 1 + number(i + 5, 9)),
      );
      const maxRecords = 1 + number(3, 120);
      const taken = planRanges(backlogs, maxRecords, 1 + number(4, 500), number(5, 11));
      const sum = taken.reduce((a, b) => a + b, 0);
      expect(sum).toBeLessThanOrEqual(maxRecords);
      for (const [i, share] of taken.entries()) {
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(Math.min(backlogs[i]?.lag ?? 0, backlogs[i]?.cap ?? 0));
      }
      if (backlogs.some(({ lag }) => lag > 0)) expect(sum).toBeGreaterThan(0);
    }
  });
});
