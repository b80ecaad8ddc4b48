/** A record: a key and what it adds. */
export type KeyedCount = readonly [key: string, count: number];

/** The shape of the work: batches of records over keys, a window of so many batches, slid by one. */
export interface WindowWork {
  readonly batches: number;
  readonly recordsPerBatch: number;
  readonly keys: number;
}

/** A window that goes on sliding. */
export interface SlidingWindow {
  /** Takes the next batch; answers how many milliseconds the slide took. */
  slide(): number;
  /** The sums of the window as it is now; keys with 0 left out. */
  sums(): ReadonlyMap<string, number>;
}
