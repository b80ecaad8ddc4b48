import { keyHash } from './keyHash.ts';

/** What {@link PlaceIndex.get} gives for a key that is not there. */
export const NOWHERE = -1;

/** Up to so many keys one `Map` doubles within ten milliseconds, and is faster than many. */
const ONE_MAP = 262_144;
const SHARDS = 64;
/** Slices of the hash's range that are dealt out to the shards. */
const SLICES = 4096;
/** Keys that move from the one map to the many when a key is added: a batch of new keys then takes twice as long, for a while. */
const MOVED = 1;

/**
 * Finds where a key is kept. A `Map` doubles its table in one go, which takes a third of a second at 4 million keys, and ends at
 * 16 million: many keys are spread over many maps by a cheap hash, unevenly, so that they do not all double at the same time.
 * They move there little by little.
 */
export class PlaceIndex {
  /** All keys, then those that were there when the shards began; not needed any more when all have moved. */
  #one: Map<unknown, number> | undefined = new Map();
  #shards: readonly Map<unknown, number>[] | undefined;
  #moving: Iterator<[unknown, number]> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(identity: unknown): number {
    if (this.#shards === undefined) return this.#one?.get(identity) ?? NOWHERE;
    return this.#shardOf(identity).get(identity) ?? this.#one?.get(identity) ?? NOWHERE;
  }

  /** Adds a key that is not there. */
  add(identity: unknown, place: number): void {
    this.#size++;
    if (this.#shards === undefined && this.#size > ONE_MAP) this.#beginToMove();
    if (this.#shards === undefined) {
      this.#one?.set(identity, place);
      return;
    }
    if (this.#moving !== undefined) this.#move(this.#moving);
    this.#shardOf(identity).set(identity, place);
  }

  /**
   * Adds the first keys, all at once: the n-th one at the place n, unless it is there already. Many go to one shard after another, which is
   * much cheaper than meeting each of them far away.
   */
  fill(identities: readonly unknown[], isThere: (place: number, known: number) => void): void {
    const count = identities.length;
    if (count > ONE_MAP) {
      this.#one = undefined;
      this.#shards = newShards();
    }
    const order = count > ONE_MAP ? inShards(identities) : undefined;
    for (let n = 0; n < count; n++) {
      const place = order === undefined ? n : (order[n] as number);
      const identity = identities[place];
      const map = this.#one ?? this.#shardOf(identity);
      const known = map.get(identity);
      if (known === undefined) map.set(identity, place);
      else isThere(place, known);
    }
    this.#size = this.#shards?.reduce((sum, { size }) => sum + size, 0) ?? this.#one?.size ?? 0;
  }

  /** Takes out a key that is there. */
  delete(identity: unknown): void {
    this.#size--;
    this.#one?.delete(identity);
    if (this.#shards !== undefined) this.#shardOf(identity).delete(identity);
  }

  #shardOf(identity: unknown): Map<unknown, number> {
    return this.#shards?.[shardOf(identity)] as Map<unknown, number>;
  }

  #beginToMove(): void {
    this.#shards = newShards();
    this.#moving = this.#one?.entries();
  }

  #move(moving: Iterator<[unknown, number]>): void {
    for (let n = 0; n < MOVED; n++) {
      const { done, value } = moving.next();
      if (done) {
        this.#one = undefined;
        this.#moving = undefined;
        return;
      }
      this.#shardOf(value[0]).set(value[0], value[1]);
    }
  }
}

function newShards(): readonly Map<unknown, number>[] {
  return Array.from({ length: SHARDS }, () => new Map());
}

/** The numbers of these identities, those of one shard after those of another, in their order. */
function inShards(identities: readonly unknown[]): Int32Array {
  const shards = new Uint8Array(identities.length);
  for (let n = 0; n < shards.length; n++) shards[n] = shardOf(identities[n]);
  const next = new Int32Array(SHARDS + 1);
  for (const shard of shards) next[shard + 1] = (next[shard + 1] as number) + 1;
  for (let shard = 0; shard < SHARDS; shard++) next[shard + 1] = (next[shard + 1] as number) + (next[shard] as number);
  const order = new Int32Array(identities.length);
  for (let n = 0; n < order.length; n++) {
    const shard = shards[n] as number;
    order[next[shard] as number] = n;
    next[shard] = (next[shard] as number) + 1;
  }
  return order;
}

/** The shard of each slice: the last shard has twice as many as the first, the others lie between. */
const SHARD_OF_SLICE: Uint8Array = Uint8Array.from({ length: SLICES }, (_, slice) =>
  Math.floor(Math.log2(1 + slice / SLICES) * SHARDS),
);

function shardOf(identity: unknown): number {
  return SHARD_OF_SLICE[keyHash(identity) >>> 20] as number;
}
