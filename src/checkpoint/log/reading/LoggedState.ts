import { crc32 } from 'node:zlib';
import type { StateEntries } from '../../../core/state/StateChanges.ts';
import type { StoredState } from '../../CheckpointStore.ts';
import { corrupt } from '../checkpointErrors.ts';
import { type BlockIds, decodeIds, decodeKeys, decodeValues } from '../format/blocks.ts';
import type { IdRanks } from '../ids/IdRanks.ts';
import { IdSet } from '../ids/IdSet.ts';
import type { StoredSegment } from '../LogStorage.ts';
import { LaterValues, UNCHANGED } from './LaterValues.ts';

/** A segment that is open, with what messages say of it. */
export interface OpenSegment {
  readonly storage: string;
  readonly name: string;
  readonly bytes: StoredSegment;
}

/** Where a block lies. */
export interface BlockPlace {
  readonly segment: OpenSegment;
  readonly from: number;
  readonly to: number;
  readonly crc: number;
}

/** A block of a state, and which of its entries count: those with ids that are there and below `until`. */
interface KeptBlock extends BlockPlace {
  readonly lowest: number;
  readonly highest: number;
  readonly count: number;
  until: number;
}

/** A block is copied as it is if nothing has touched it and it has at least so many entries; smaller ones grow together. */
const COPIED = 512;

/** A part of a state on its way into a new base: entries, or a whole block of them as the bytes it is. */
export type StatePiece = StateEntries | { readonly payload: Uint8Array; readonly crc: number; readonly count: number };

/**
 * One state as base and log have it: where its blocks lie, in order of their ids, and where later values of changed entries lie. Of
 * the entries only the ids are in memory, a bit each; keys and values are read when they are gone through.
 */
export class LoggedState implements StoredState {
  version: number;
  readonly live: IdSet = new IdSet();
  readonly #blocks: KeptBlock[] = [];
  readonly #changes: KeptBlock[] = [];
  #bytes = 0;

  constructor(version: number) {
    this.version = version;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get keys(): number {
    return this.live.size;
  }

  get entries(): Iterable<StateEntries> {
    return { [Symbol.iterator]: () => this.#entries() };
  }

  /**
   * The same for whoever writes it down again: blocks that nothing has changed as the bytes they are. `undefined` ends a slice of
   * work. Values of changed entries are in memory for about `windowBytes` of them at a time, which costs a look at all changes for each.
   */
  *pieces(windowBytes: number): Iterable<StatePiece | undefined> {
    const changeBytes = this.#changes.reduce((sum, { from, to }) => sum + to - from, 0);
    const windows = Math.max(1, Math.ceil(changeBytes / windowBytes));
    const size = Math.ceil(this.#blocks.length / windows);
    const ranks = this.live.ranks();
    for (let at = 0, rank = 0; at < this.#blocks.length; at += size) {
      const blocks = this.#blocks.slice(at, at + size);
      const later = this.#later(ranks, rank, blocks);
      const range = { from: blocks[0]?.lowest ?? 0, to: this.#blocks[at + size]?.lowest ?? Number.POSITIVE_INFINITY };
      for (const block of this.#changes.toReversed()) {
        takeLater(block, range, later);
        yield undefined;
      }
      for (const block of blocks) yield this.#piece(block, later);
      rank = later.next;
    }
  }

  #piece(block: KeptBlock, later: LaterValues): StatePiece | undefined {
    return decoded(block, (payload) => {
      const ids = decodeIds(payload).ids;
      const there = this.#there(block, ids);
      const values = later.give(there?.length ?? ids.length);
      const isUntouched = there === undefined && values === undefined;
      if (isUntouched && ids.length >= COPIED) return { payload, crc: block.crc, count: ids.length };
      return entriesOf(payload, ids, there, values);
    });
  }

  /** Applies a block of deleted ids; what is wrong with it, if anything. */
  delete({ ids }: BlockIds): string | undefined {
    for (const id of ids) if (!this.live.delete(id)) return `it deletes the entry ${id}, which is not there`;
    return undefined;
  }

  change(place: BlockPlace, block: BlockIds): string | undefined {
    for (const id of block.ids) if (!this.live.has(id)) return `it changes the entry ${id}, which is not there`;
    this.#changes.push(this.#kept(place, block));
    return undefined;
  }

  add(place: BlockPlace, block: BlockIds): string | undefined {
    if (block.lowest <= this.live.highest) this.#forgetFrom(block.lowest);
    for (const id of block.ids)
      if (!this.live.add(id)) return `it adds the entry ${id}, which does not come after all others`;
    this.#blocks.push(this.#kept(place, block));
    return undefined;
  }

  /** Ids from here on that are known were those of entries that are gone: they mean others from now on. */
  #forgetFrom(id: number): void {
    for (const blocks of [this.#blocks, this.#changes]) {
      for (const block of blocks) if (block.until > id) block.until = id;
    }
  }

  #kept(place: BlockPlace, { ids, lowest, highest }: BlockIds): KeptBlock {
    this.#bytes += place.to - place.from;
    return { ...place, lowest, highest, count: ids.length, until: Number.POSITIVE_INFINITY };
  }

  // ---- going through ---------------------------------------------------------------------------------------------

  *#entries(): Iterator<StateEntries> {
    const later = this.#later(this.live.ranks(), 0, this.#blocks);
    for (const block of this.#changes.toReversed()) takeLater(block, ALL, later);
    for (const block of this.#blocks) {
      const entries = decoded(block, (payload) => {
        const { ids } = decodeIds(payload);
        const there = this.#there(block, ids);
        return entriesOf(payload, ids, there, later.give(there?.length ?? ids.length));
      });
      if (entries !== undefined) yield entries;
    }
  }

  /** Room for the later values of the entries of these blocks. */
  #later(ranks: IdRanks, first: number, blocks: readonly KeptBlock[]): LaterValues {
    return new LaterValues(ranks, first, this.#changes.length === 0 ? 0 : countOf(blocks));
  }

  /** The places of the ids of a block that count; `undefined` if all of them do. */
  #there(block: KeptBlock, ids: readonly number[]): readonly number[] | undefined {
    const counts = (id: number): boolean => id < block.until && this.live.has(id);
    return ids.every(counts) ? undefined : [...ids.keys()].filter((n) => counts(ids[n] as number));
  }
}

interface IdRange {
  readonly from: number;
  /** Not any more in the range. */
  readonly to: number;
}

const ALL: IdRange = { from: 0, to: Number.POSITIVE_INFINITY };

/** Takes the values of changed entries from one block, if it has some in this range. */
function takeLater(block: KeptBlock, { from, to }: IdRange, later: LaterValues): void {
  if (block.highest < from || block.lowest >= to) return;
  decoded(block, (payload) => later.take(decodeIds(payload).ids, block.until, (places) => valuesOf(payload, places)));
}

/** The entries of a block at these places, with the values that came later; `undefined` if there are none. */
function entriesOf(
  payload: Buffer,
  ids: readonly number[],
  places: readonly number[] | undefined,
  later: readonly unknown[] | undefined,
): StateEntries | undefined {
  if (places?.length === 0) return undefined;
  const keys = decodeKeys(payload);
  if (keys === undefined) throw new Error('it has no keys');
  return {
    ids: places === undefined ? ids : places.map((n) => ids[n] as number),
    keys: places === undefined ? keys : places.map((n) => keys[n]),
    values: later === undefined ? valuesOf(payload, places) : withLater(payload, places, later),
  };
}

/** The later values, and those of the block for entries that were not changed. */
function withLater(
  payload: Buffer,
  places: readonly number[] | undefined,
  later: readonly unknown[],
): readonly unknown[] {
  const unchanged = [...later.keys()].filter((n) => later[n] === UNCHANGED);
  if (unchanged.length === 0) return later;
  const values = valuesOf(payload, places === undefined ? unchanged : unchanged.map((n) => places[n] as number));
  let taken = 0;
  return later.map((value) => (value === UNCHANGED ? values[taken++] : value));
}

function valuesOf(payload: Buffer, places?: readonly number[]): readonly unknown[] {
  const values = decodeValues(payload, places);
  if (values === undefined) throw new Error('it has no values');
  return values;
}

function countOf(blocks: readonly KeptBlock[]): number {
  return blocks.reduce((sum, { count }) => sum + count, 0);
}

/** What `decode` makes of a block, whose checksum is looked at again: it may lie there for long. */
function decoded<T>({ segment, from, to, crc }: BlockPlace, decode: (block: Buffer) => T): T {
  const read = segment.bytes.read(from, to);
  const block = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  try {
    if (block.length !== to - from || crc32(block) !== crc) throw new Error('its checksum does not fit its content');
    return decode(block);
  } catch (cause) {
    const where = { segment: segment.name, at: from, cause };
    throw corrupt(segment.storage, `the block at byte ${from} of ${segment.name}: ${(cause as Error).message}`, where);
  }
}
