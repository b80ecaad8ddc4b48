/** What {@link PlaceIndex.get} gives for a key that is not there. */
export const NOWHERE = -1;

/** Up to so many keys are in one `Map`. */
const ONE_MAP = 32_768;
const SHARDS = 256;
/** Slices of the hash's range that are dealt out to the shards. */
const SLICES = 4096;

/**
 * Finds where a key is kept. A `Map` doubles its table in one go, which takes a third of a second at 4 million keys, and ends at
 * 16 million: many keys are spread over many maps by a cheap hash, unevenly, so that they do not all double at the same time.
 */
export class PlaceIndex {
  #one: Map<unknown, number> | undefined = new Map();
  #shards: readonly Map<unknown, number>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(identity: unknown): number {
    return this.#mapOf(identity).get(identity) ?? NOWHERE;
  }

  /** Adds a key that is not there. */
  add(identity: unknown, place: number): void {
    if (this.#one !== undefined && this.#size === ONE_MAP) this.#spread(this.#one);
    this.#mapOf(identity).set(identity, place);
    this.#size++;
  }

  delete(identity: unknown): void {
    if (this.#mapOf(identity).delete(identity)) this.#size--;
  }

  #mapOf(identity: unknown): Map<unknown, number> {
    return this.#one ?? (this.#shards[shardOf(identity)] as Map<unknown, number>);
  }

  #spread(one: ReadonlyMap<unknown, number>): void {
    this.#shards = Array.from({ length: SHARDS }, () => new Map());
    this.#one = undefined;
    for (const [identity, place] of one) this.#mapOf(identity).set(identity, place);
  }
}

/** The shard of each slice: the last shard has twice as many as the first, the others lie between. */
const SHARD_OF_SLICE: Uint8Array = Uint8Array.from({ length: SLICES }, (_, slice) =>
  Math.floor(Math.log2(1 + slice / SLICES) * SHARDS),
);

function shardOf(identity: unknown): number {
  return SHARD_OF_SLICE[Math.imul(sampled(identity), 0x9e3779b1) >>> 20] as number;
}

/** A hash that looks at little: where keys are told apart is the map's business, this only spreads them. */
function sampled(identity: unknown): number {
  if (typeof identity === 'string') return sampledText(identity);
  if (typeof identity === 'number') return (identity | 0) ^ Math.imul((identity * 1_048_583) | 0, 0x85ebca6b);
  return typeof identity === 'bigint' ? Number(BigInt.asIntN(32, identity)) : 0;
}

/** Short texts whole, of longer ones the last eight characters, where numbered keys differ, and some before. */
function sampledText(text: string): number {
  const { length } = text;
  let hash = length;
  for (let at = length > 8 ? length - 8 : 0; at < length; at++)
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995);
  if (length > 8) {
    const step = length >>> 3;
    for (let at = 0; at < length - 8; at += step) hash = Math.imul(hash ^ text.charCodeAt(at), 0x5bd1e995);
  }
  return hash ^ (hash >>> 15);
}
