import { CHUNK, type IdChunk } from './IdChunk.ts';

/** Words of 32 bits in one chunk. */
const WORDS: number = CHUNK / 32;

interface RankedChunk {
  readonly bits: Uint32Array;
  /** Of each word, how many ids lie before it. */
  readonly before: Float64Array;
}

/** The how manieth of the ids that are there each of them is. Good until one comes or goes. */
export class IdRanks {
  readonly #chunks = new Map<number, RankedChunk>();
  #near: RankedChunk | undefined;
  #nearAt = -1;

  constructor(chunks: ReadonlyMap<number, IdChunk>) {
    let rank = 0;
    for (const at of [...chunks.keys()].sort((a, b) => a - b)) {
      const { bits } = chunks.get(at) as IdChunk;
      const before = new Float64Array(WORDS);
      for (let word = 0; word < WORDS; word++) {
        before[word] = rank;
        rank += bitsIn(bits[word] as number);
      }
      this.#chunks.set(at, { bits, before });
    }
  }

  /** 0 for the lowest id, -1 for one that is not there. */
  of(id: number): number {
    const chunk = this.#chunkOf(id);
    if (chunk === undefined) return -1;
    const word = (id % CHUNK) >>> 5;
    const bits = chunk.bits[word] as number;
    const bit = 1 << (id & 31);
    return (bits & bit) === 0 ? -1 : (chunk.before[word] as number) + bitsIn(bits & (bit - 1));
  }

  #chunkOf(id: number): RankedChunk | undefined {
    const at = Math.floor(id / CHUNK);
    if (at !== this.#nearAt) {
      this.#nearAt = at;
      this.#near = this.#chunks.get(at);
    }
    return this.#near;
  }
}

/** How many bits of a word are set: counted in twos, fours and eights, which are added up. */
function bitsIn(word: number): number {
  const twos = word - ((word >>> 1) & 0x55555555);
  const fours = (twos & 0x33333333) + ((twos >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
