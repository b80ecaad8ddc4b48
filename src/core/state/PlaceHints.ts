import { NOWHERE } from './PlaceIndex.ts';

/** Below so many keys a `Map` is near enough. */
const WORTH_IT = 8192;
/**
 * The most buckets there are: two to four slots for each of a million keys. More keys share them, and are looked up in the `Map` a
 * little more often. Memory that doubled beyond this in one go made V8 collect all garbage at once, for half a second.
 */
const MOST_BUCKETS = 2 ** 20;
/** Slots of one bucket, which lie in one line of a cache. */
const WAYS = 4;
/** A slot is 0, or a place and one more, with eight bits of the hash above, the topmost of which is set. */
const PLACE_BITS = 24;
const PLACE = (1 << PLACE_BITS) - 1;
/** Places beyond are not remembered. */
const LAST_PLACE = PLACE - 1;

/**
 * Where keys probably are: who looks there and finds the key has spared the `Map`, which is met far from the caches three times
 * over, and can look for many keys at a time. Nothing depends on what is in here: a key that is not found is looked up in the `Map`,
 * and so is one that others, by chance or on purpose, have pushed out.
 *
 * Grows by beginning anew; what was in it is put back little by little, as keys are met.
 */
export class PlaceHints {
  #slots: Int32Array = new Int32Array(WAYS);
  /** How far a hash is shifted to be a bucket's number. */
  #shift = 32;
  /** Of no use, but looking at slots for nothing would be optimised away. */
  seen = 0;

  /** Makes room for so many keys, two to four slots for each; answers whether all that was known is forgotten. */
  grow(keys: number): boolean {
    const slots = this.#slots.length;
    if (keys < WORTH_IT || keys * 2 <= slots || slots === MOST_BUCKETS * WAYS) return false;
    const buckets = Math.min(MOST_BUCKETS, 2 ** (Math.ceil(Math.log2(keys)) - 1));
    this.#slots = new Int32Array(buckets * WAYS);
    this.#shift = 32 - Math.log2(buckets);
    return true;
  }

  /** Where the key of this hash probably is, or `NOWHERE`. */
  guess(hash: number): number {
    const slots = this.#slots;
    const at = (hash >>> this.#shift) << 2;
    const mark = markOf(hash);
    for (let way = at; way < at + WAYS; way++) {
      const slot = slots[way] as number;
      if (slot >>> PLACE_BITS === mark) return (slot & PLACE) - 1;
    }
    return NOWHERE;
  }

  /** Looks at the buckets of these hashes, so that they are near. */
  glance(hashes: Int32Array, to: number): void {
    const slots = this.#slots;
    const shift = this.#shift;
    let seen = 0;
    for (let n = 0; n < to; n++) seen ^= slots[((hashes[n] as number) >>> shift) << 2] as number;
    this.seen = seen;
  }

  /** The key of this hash is at this place. */
  remember(hash: number, place: number): void {
    if (place > LAST_PLACE) return;
    const slots = this.#slots;
    const at = (hash >>> this.#shift) << 2;
    let chosen = at + (hash & (WAYS - 1));
    for (let way = at; way < at + WAYS; way++) {
      const known = slots[way] as number;
      if ((known & PLACE) === place + 1) return;
      if (known === 0) chosen = way;
    }
    slots[chosen] = (markOf(hash) << PLACE_BITS) | (place + 1);
  }

  /** The key of this hash is not at this place any more. */
  forget(hash: number, place: number): void {
    const slots = this.#slots;
    const at = (hash >>> this.#shift) << 2;
    for (let way = at; way < at + WAYS; way++) if (((slots[way] as number) & PLACE) === place + 1) slots[way] = 0;
  }
}

function markOf(hash: number): number {
  return (hash & 0x7f) | 0x80;
}
