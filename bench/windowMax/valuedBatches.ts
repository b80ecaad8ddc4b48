import { randomFrom } from '../measure/random.ts';

/** A record: a key and a measured value. */
export type Measured = readonly [key: string, value: number];

/** The shape of the work: batches of records over keys, a window of so many batches, slid by one. */
export interface WindowWork {
  readonly batches: number;
  readonly recordsPerBatch: number;
  readonly keys: number;
}

/** A window that goes on sliding. */
export interface SlidingMax {
  /** Takes the next batch; answers how many milliseconds the slide took. */
  slide(): number;
  /** The largest value of each key in the window as it is after one more batch. */
  maxima(): ReadonlyMap<string, number>;
}

/** Makes batch after batch, the same ones for the same shape of work: every key alike. */
export function valuedBatches({ recordsPerBatch, keys }: WindowWork): () => readonly Measured[] {
  const random = randomFrom(11);
  const names = Array.from({ length: keys }, (_, key) => `key-${key}`);
  const record = (): Measured => [names[Math.floor(random() * keys)] ?? '', Math.floor(random() * 1_000_000)];
  return () => Array.from({ length: recordsPerBatch }, record);
}

/** Batches to run through before slides count: the window is full and has turned over, and the code is compiled. */
export function batchesBefore({ batches }: WindowWork): number {
  return Math.max(batches + 20, 120);
}
