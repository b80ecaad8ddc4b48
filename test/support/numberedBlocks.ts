import { asyncScheduler } from 'rxjs';
import { expect } from 'vitest';
import { promised } from '../../src/core/Answer.ts';
import type { BlockLog, LogContents, LoggedBlock, LogReport, NewBlock } from '../../src/sources/receiver/BlockLog.ts';
import { numberedContent } from './numberedContent.ts';

/** A block whose bytes follow from where it lies and what it holds, in two parts, with a note that says how far it goes. */
export function numberedBlock(first: number, records: number, size: number): NewBlock {
  const bytes = numberedContent(first, records, size);
  const half = size >> 1;
  return { parts: [bytes.subarray(0, half), bytes.subarray(half)], records, note: { upTo: first + records } };
}

/** The blocks follow each other from `from` to `until`, and each is what {@link numberedBlock} made. */
export function expectNumbered(blocks: readonly LoggedBlock[], from: number, until: number): void {
  let next = blocks[0]?.first ?? until;
  expect(next).toBeLessThanOrEqual(from);
  for (const { first, records, bytes } of blocks) {
    expect(first).toBe(next);
    expect(Buffer.compare(bytes, numberedContent(first, records, bytes.length)), `block ${first}`).toBe(0);
    next += records;
  }
  expect(next).toBeGreaterThanOrEqual(until);
}

/** Opens a log; what it reports is added to `reports`. */
export function opened(log: BlockLog, reports: LogReport[] = []): Promise<LogContents> {
  return promised(() => log.open(asyncScheduler, (report) => reports.push(report)));
}

/** Appends a {@link numberedBlock} and gives the record behind it. */
export async function appended(log: BlockLog, first: number, records = 1, size = 20): Promise<number> {
  expect(await promised(() => log.append(numberedBlock(first, records, size)))).toBe(first);
  return first + records;
}

/** Everything that a log holds. */
export async function readAll(log: BlockLog, { first, next }: LogContents): Promise<readonly LoggedBlock[]> {
  return promised(() => log.read(first, next));
}
