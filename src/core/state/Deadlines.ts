/** When a key was touched last: the batch time, and the position of the record that did it first in that batch. */
export interface Touch {
  readonly time: number;
  readonly at: number;
}

/** The first of the positions of keys that were there before the first record of a batch: an initial state, say. */
export const BEFORE_RECORDS: number = -(2 ** 30);

/** The places of keys that were touched in one batch, in order; some may have been touched again since, or have gone. */
interface Bucket {
  places: number[];
  ats: number[];
  /** How many have been touched again or have gone. */
  left: number;
  isSorted: boolean;
}

/** Whether a key that was touched then has not been touched since. */
export type IsStill = (place: number, time: number, at: number) => boolean;

/**
 * Which keys were touched when, in order of time: finds those that were not touched for long without looking at the others.
 * A touch costs the same however many keys there are, and what lies here is never more than three times the keys.
 * Not kept in a checkpoint: made anew from the touches that are.
 */
export class Deadlines {
  readonly #buckets: Map<number, Bucket> = new Map();
  /** The times of the buckets, rising; some of them may have none any more. */
  readonly #times: number[] = [];
  readonly #isStill: IsStill;

  constructor(isStill: IsStill) {
    this.#isStill = isStill;
  }

  /** Takes in keys in any order. */
  restore(keys: Iterable<readonly [place: number, touch: Touch]>): void {
    for (const [place, { time, at }] of keys) {
      const bucket = this.#buckets.get(time) ?? this.#create(time);
      bucket.isSorted &&= at > (bucket.ats.at(-1) ?? Number.NEGATIVE_INFINITY);
      put(bucket, place, at);
    }
    for (const time of [...this.#buckets.keys()].sort((a, b) => a - b)) this.#times.push(time);
  }

  /** A key is touched, for the first time in the batch of this `time`, the latest so far. */
  add(place: number, time: number, at: number): void {
    let bucket = this.#buckets.get(time);
    if (bucket === undefined) {
      bucket = this.#create(time);
      if (this.#times.at(-1) !== time) this.#times.push(time);
    }
    put(bucket, place, at);
  }

  /** A key that was touched at `time` has been touched again, or has gone. */
  leave(time: number): void {
    const bucket = this.#buckets.get(time);
    if (bucket === undefined) return;
    bucket.left++;
    if (bucket.left === bucket.places.length) this.#buckets.delete(time);
    else if (bucket.left * 3 > bucket.places.length * 2) this.#compact(bucket, time);
  }

  /** Takes out all keys that were touched before `limit` and not since, in the order of their touches. */
  takeBefore(limit: number, take: (place: number) => void): void {
    for (let time = this.#times[0]; time !== undefined && time < limit; time = this.#times[0]) {
      this.#times.shift();
      const bucket = this.#buckets.get(time);
      if (bucket === undefined) continue;
      this.#buckets.delete(time);
      for (const [place, at] of entriesOf(bucket)) if (this.#isStill(place, time, at)) take(place);
    }
  }

  #create(time: number): Bucket {
    const bucket: Bucket = { places: [], ats: [], left: 0, isSorted: true };
    this.#buckets.set(time, bucket);
    return bucket;
  }

  #compact(bucket: Bucket, time: number): void {
    const { places, ats } = bucket;
    bucket.places = [];
    bucket.ats = [];
    bucket.left = 0;
    for (let i = 0; i < places.length; i++) {
      const at = ats[i] as number;
      const place = places[i] as number;
      if (this.#isStill(place, time, at)) put(bucket, place, at);
    }
  }
}

function put(bucket: Bucket, place: number, at: number): void {
  bucket.places.push(place);
  bucket.ats.push(at);
}

function entriesOf({ places, ats, isSorted }: Bucket): readonly (readonly [number, number])[] {
  const entries = places.map((place, i) => [place, ats[i] as number] as const);
  return isSorted ? entries : entries.sort(([, a], [, b]) => a - b);
}
