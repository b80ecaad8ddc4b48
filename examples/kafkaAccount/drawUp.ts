/** One life of the pipeline: from its start to its kill, or to its end. */
export interface Life {
  /** What it wrote, in order: `partition offset value`. */
  readonly written: readonly string[];
  /** What was committed when it was gone, by partition: batches up to there had settled. */
  readonly committed: ReadonlyMap<number, number>;
}

/** What came of the records that were produced. */
export interface Account {
  readonly produced: number;
  /** Records written, repeated ones included. */
  readonly processed: number;
  readonly distinct: number;
  readonly missing: number;
  readonly repeated: number;
  /** Records whose offsets are committed. */
  readonly committed: number;
  /** What is wrong, in words; empty if all is right. */
  readonly wrong: readonly string[];
}

/**
 * Draws up the account: every produced record was written at least once, and one that was written again belongs to a batch
 * that had not settled when the life before ended.
 */
export function drawUp(produced: ReadonlySet<string>, lives: readonly Life[]): Account {
  const wrong: string[] = [];
  const seen = new Set<string>();
  let processed = 0;
  let settled: ReadonlyMap<number, number> = new Map();
  for (const [i, { written, committed }] of lives.entries()) {
    for (const line of written) {
      const [partition, offset, value] = line.split(' ') as [string, string, string];
      processed++;
      seen.add(value);
      if (!produced.has(value)) wrong.push(`life ${i + 1} wrote ${value}, which nobody has produced`);
      const done = settled.get(Number(partition)) ?? 0;
      if (Number(offset) < done) {
        wrong.push(`life ${i + 1} wrote offset ${offset} of partition ${partition}, which had settled (up to ${done})`);
      }
    }
    for (const [partition, until] of settled) {
      if ((committed.get(partition) ?? 0) < until)
        wrong.push(`the offset of partition ${partition} went down in life ${i + 1}`);
    }
    settled = committed;
  }
  const missing = [...produced].filter((value) => !seen.has(value)).length;
  const total = [...settled.values()].reduce((sum, until) => sum + until, 0);
  if (missing > 0) wrong.push(`${missing} records were produced and never written`);
  if (total !== produced.size) wrong.push(`${total} offsets are committed, ${produced.size} records were produced`);
  return {
    produced: produced.size,
    processed,
    distinct: seen.size,
    missing,
    repeated: processed - seen.size,
    committed: total,
    wrong,
  };
}

/** The account in one line. */
export function accountLine({ produced, processed, distinct, missing, repeated, committed }: Account): string {
  return `account: produced=${produced} processed=${processed} distinct=${distinct} missing=${missing} repeated=${repeated} committed=${committed}`;
}
