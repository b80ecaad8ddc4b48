/** What a version tells the process that started it. */
export interface Told {
  /** The time of a batch, with all words and how often they have come so far. */
  readonly time?: number;
  readonly totals?: readonly (readonly [word: string, count: number])[];
  /** It has told its totals, and its output will not come to an end: the batch cannot settle. */
  readonly hangs?: boolean;
  readonly frequent?: string;
  readonly warning?: string;
}

/** So many batches after the start the output hangs. */
let batchesLeft = Number(process.argv[4] ?? Number.POSITIVE_INFINITY);

export function tell(told: Told): void {
  process.send?.(told);
}

/** The output of both versions; it hangs where a process is to be killed in the middle of a batch. */
export function tellTotals(time: number, totals: readonly (readonly [string, number])[]): Promise<void> | undefined {
  const hangs = --batchesLeft === 0;
  tell({ time, totals, hangs });
  return hangs ? new Promise(() => {}) : undefined;
}
