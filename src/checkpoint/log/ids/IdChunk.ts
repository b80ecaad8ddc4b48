/** Ids of one chunk. */
export const CHUNK = 1024;

/** Which ids of one chunk are there: a bit each. */
export interface IdChunk {
  readonly bits: Uint32Array;
  count: number;
}
