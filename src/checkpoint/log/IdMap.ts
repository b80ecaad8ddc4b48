/** Values of one chunk, by the last bits of their ids. */
const CHUNK = 64;

const ABSENT: unique symbol = Symbol('absent');

/** Values by ids, in small chunks: ids that lie near each other are looked up much faster than in a `Map`. */
export class IdMap {
  size = 0;
  readonly #chunks = new Map<number, unknown[]>();
  #near: unknown[] | undefined;
  #nearAt = -1;

  has(id: number): boolean {
    const chunk = this.#chunkOf(id);
    return chunk !== undefined && chunk[id % CHUNK] !== ABSENT;
  }

  /** The value of an id, or `otherwise` if there is none. */
  get(id: number, otherwise: unknown): unknown {
    const chunk = this.#chunkOf(id);
    if (chunk === undefined) return otherwise;
    const value = chunk[id % CHUNK];
    return value === ABSENT ? otherwise : value;
  }

  set(id: number, value: unknown): void {
    let chunk = this.#chunkOf(id);
    if (chunk === undefined) {
      chunk = new Array<unknown>(CHUNK).fill(ABSENT);
      this.#chunks.set(Math.floor(id / CHUNK), chunk);
      this.#near = chunk;
    }
    if (chunk[id % CHUNK] === ABSENT) this.size++;
    chunk[id % CHUNK] = value;
  }

  #chunkOf(id: number): unknown[] | undefined {
    const at = Math.floor(id / CHUNK);
    if (at !== this.#nearAt) {
      this.#nearAt = at;
      this.#near = this.#chunks.get(at);
    }
    return this.#near;
  }
}
