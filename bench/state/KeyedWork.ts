import { randomFrom } from '../measure/random.ts';

/** A record: its key, made anew for each record as keys from outside are, and what it adds. */
export type Added = readonly [key: string, n: number];

/** What is kept of a key. */
export interface Kept {
  readonly count: number;
  readonly last: number;
}

/** Something that keeps a state for each key. */
export interface KeyedWork {
  /** Takes the next batch; answers how many milliseconds it took. */
  take(batch: readonly Added[]): number;
  /** Of all batches so far: the counts of the keys after each record, or after each batch, added up. */
  readonly digest: number;
}

export const RECORDS = 10_000;

/** Records of so many keys that come for the first time, from this one on. */
export function newKeys(from: number, records: number = RECORDS): readonly Added[] {
  return Array.from({ length: records }, (_, n): Added => [nameOf(from + n), 1]);
}

/** Makes batches of records of keys that are known, every key alike; the same ones for the same number of keys. */
export function knownKeys(keys: number): () => readonly Added[] {
  const random = randomFrom(keys);
  return () => Array.from({ length: RECORDS }, (): Added => [nameOf(Math.floor(random() * keys)), 1]);
}

/** Twelve characters. */
function nameOf(key: number): string {
  return `key-${String(key).padStart(8, '0')}`;
}
