/** One partition when a cut is planned. */
export interface PartitionBacklog {
  /** Offsets that could be taken. */
  readonly lag: number;
  /** The most that its rate allows; `Infinity` where there is none. */
  readonly cap: number;
  /** What an offset takes, as far as it is known. */
  readonly bytesPerOffset: number;
}

/**
 * How many offsets of each partition a cut takes: its backlog within its cap; where that is more than `maxRecords` or
 * `maxBytes` allow, in proportion to it. Whoever gets nothing by the proportion comes first next time: `turn` says who is
 * the first to be given what is left over.
 */
export function planRanges(
  backlogs: readonly PartitionBacklog[],
  maxRecords: number,
  maxBytes: number,
  turn: number,
): readonly number[] {
  const wants = backlogs.map(({ lag, cap }) => Math.min(lag, cap));
  const records = wants.reduce((sum, want) => sum + want, 0);
  if (records === 0) return wants;
  const bytes = wants.reduce((sum, want, i) => sum + want * (backlogs[i] as PartitionBacklog).bytesPerOffset, 0);
  const byBytes = bytes > maxBytes ? Math.floor((records * maxBytes) / bytes) : records;
  const total = Math.min(records, maxRecords, Math.max(byBytes, 1));
  if (total >= records) return wants;
  const shares = wants.map((want) => Math.floor((want / records) * total));
  let left = total - shares.reduce((sum, share) => sum + share, 0);
  for (let i = 0; left > 0; i = (i + 1) % shares.length) {
    const at = (turn + i) % shares.length;
    const room = (wants[at] as number) - (shares[at] as number);
    if (room <= 0) continue;
    shares[at] = (shares[at] as number) + 1;
    left--;
  }
  return shares;
}
