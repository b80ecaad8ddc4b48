/** A record: a key and what it adds. */
export type KeyedCount = readonly [key: string, count: number];

/** What came of sliding a window over batches. */
export interface Slides {
  /** Milliseconds of each slide that counted. */
  readonly ms: readonly number[];
  /** The last window, by key; keys with 0 left out. */
  readonly last: ReadonlyMap<string, number>;
}

/** The shape of the work: batches of records over keys, a window of so many batches, slid by one. */
export interface WindowWork {
  readonly batches: number;
  readonly recordsPerBatch: number;
  readonly keys: number;
  /** Slides that count, after the window is full and every key has been seen. */
  readonly slides: number;
}
