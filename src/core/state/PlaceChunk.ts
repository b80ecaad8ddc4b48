import { doubled } from './doubled.ts';
import { NOWHERE } from './PlaceIndex.ts';

/** Places in one chunk. */
export const CHUNK = 4096;
export const BITS = 12;
/** The first chunk begins small: most states have few keys. */
export const SMALL = 8;

/** The order is looked at by those who go through all places. */
export const NEXT = 0;
export const PREVIOUS = 1;
/** In place of the next one: there is no key here any more. */
export const GONE = -2;

/** Some places side by side. */
export interface Chunk {
  /** Four of each place. */
  readonly entries: unknown[];
  /** Two of each place. */
  links: Int32Array;
  /** The id of each place, once ids are given. */
  ids: Float64Array | undefined;
  /** Places that are taken; a chunk without any vanishes. */
  taken: number;
  /** Head of the list of free places, linked by their `NEXT`. */
  free: number;
  /** Places that were taken once. */
  begun: number;
}

export function newChunk(places: number, hasIds: boolean): Chunk {
  return {
    entries: new Array(places << 2),
    links: new Int32Array(places << 1),
    ids: hasIds ? new Float64Array(places) : undefined,
    taken: 0,
    free: NOWHERE,
    begun: 0,
  };
}

/** Whether all places of a chunk are taken. */
export function isFull({ free, begun }: Chunk): boolean {
  return free === NOWHERE && begun === CHUNK;
}

/** Takes a free place of a chunk that is not full. */
export function takePlace(chunk: Chunk): number {
  chunk.taken++;
  const { free } = chunk;
  if (free !== NOWHERE) {
    chunk.free = chunk.links[(free << 1) + NEXT] as number;
    return free;
  }
  const at = chunk.begun++;
  if (at << 1 === chunk.links.length) {
    chunk.links = doubled(chunk.links);
    if (chunk.ids !== undefined) chunk.ids = doubled(chunk.ids);
  }
  return at;
}
