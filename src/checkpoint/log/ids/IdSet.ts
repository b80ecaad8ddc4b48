import { CHUNK, type IdChunk } from './IdChunk.ts';
import { IdRanks } from './IdRanks.ts';

/** The ids that are there: a bit each, in chunks that vanish when they are empty. Ids that lie near each other cost next to nothing. */
export class IdSet {
  size = 0;
  /** No id that is there is higher. */
  highest = -1;
  readonly #chunks = new Map<number, IdChunk>();
  #near: IdChunk | undefined;
  #nearAt = -1;

  has(id: number): boolean {
    const bits = this.#chunkOf(id)?.bits;
    return bits !== undefined && ((bits[(id % CHUNK) >>> 5] as number) & (1 << (id & 31))) !== 0;
  }

  /** Adds an id that is higher than all that are there, or says that it is not. */
  add(id: number): boolean {
    if (id <= this.highest) this.highest = this.#highestThere();
    if (!(id > this.highest && Number.isSafeInteger(id))) return false;
    this.highest = id;
    let chunk = this.#chunkOf(id);
    if (chunk === undefined) {
      chunk = { bits: new Uint32Array(CHUNK / 32), count: 0 };
      this.#chunks.set(Math.floor(id / CHUNK), chunk);
      this.#near = chunk;
    }
    const word = (id % CHUNK) >>> 5;
    chunk.bits[word] = (chunk.bits[word] as number) | (1 << (id & 31));
    chunk.count++;
    this.size++;
    return true;
  }

  /** Takes an id out, or says that it is not there. */
  delete(id: number): boolean {
    if (!this.has(id)) return false;
    const chunk = this.#near as IdChunk;
    const word = (id % CHUNK) >>> 5;
    chunk.bits[word] = (chunk.bits[word] as number) & ~(1 << (id & 31));
    this.size--;
    if (--chunk.count === 0) {
      this.#chunks.delete(this.#nearAt);
      this.#near = undefined;
    }
    return true;
  }

  /** The ids that are there in their order. Good until one comes or goes. */
  ranks(): IdRanks {
    return new IdRanks(this.#chunks);
  }

  #highestThere(): number {
    let last = -1;
    for (const at of this.#chunks.keys()) if (at > last) last = at;
    for (let id = (last + 1) * CHUNK - 1; id >= 0; id--) if (this.has(id)) return id;
    return -1;
  }

  #chunkOf(id: number): IdChunk | undefined {
    const at = Math.floor(id / CHUNK);
    if (at !== this.#nearAt) {
      this.#nearAt = at;
      this.#near = this.#chunks.get(at);
    }
    return this.#near;
  }
}
