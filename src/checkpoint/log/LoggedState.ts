import { crc32 } from 'node:zlib';
import type { StateEntries } from '../../core/state/StateChanges.ts';
import type { StoredState } from '../CheckpointStore.ts';
import { type BlockIds, decodeIds, decodeKeys, decodeValues } from './blocks.ts';
import { corrupt } from './checkpointErrors.ts';
import { IdMap } from './IdMap.ts';
import { IdSet } from './IdSet.ts';
import type { StoredSegment } from './LogStorage.ts';

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
    for (let at = 0; at < this.#blocks.length; at += size) {
      const blocks = this.#blocks.slice(at, at + size);
      const range = { from: blocks[0]?.lowest ?? 0, to: this.#blocks[at + size]?.lowest ?? Number.POSITIVE_INFINITY };
      const later = new IdMap();
      for (const block of this.#changes.toReversed()) {
        this.#takeLater(block, range, later);
        yield undefined;
      }
      for (const block of blocks) yield this.#piece(block, later);
    }
  }

  #piece(block: KeptBlock, later: IdMap): StatePiece | undefined {
    const { ids } = decoded(block, decodeIds);
    if (!ids.some((id) => this.#counts(block, id))) return undefined;
    if (block.count >= COPIED && ids.every((id) => this.#counts(block, id) && !later.has(id))) {
      return { payload: decoded(block, (payload) => payload), crc: block.crc, count: block.count };
    }
    return this.#merged(block, decoded(block, entriesOf), later);
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
    const later = new IdMap();
    for (const block of this.#changes.toReversed()) this.#takeLater(block, ALL, later);
    for (const block of this.#blocks) {
      const { ids } = decoded(block, decodeIds);
      if (ids.some((id) => this.#counts(block, id))) yield this.#merged(block, decoded(block, entriesOf), later);
    }
  }

  /** Takes the values of changed entries in this range from one block; blocks come from the last to the first. */
  #takeLater(block: KeptBlock, { from, to }: IdRange, later: IdMap): void {
    if (block.highest < from || block.lowest >= to) return;
    const { ids } = decoded(block, decodeIds);
    const end = Math.min(to, block.until);
    const wanted: number[] = [];
    for (let n = 0; n < ids.length; n++) {
      const id = ids[n] as number;
      if (id >= from && id < end && !later.has(id) && this.live.has(id)) wanted.push(n);
    }
    if (wanted.length === 0) return;
    const values = decoded(block, valuesOf);
    for (const n of wanted) later.set(ids[n] as number, values[n]);
  }

  #areAll(block: KeptBlock, ids: readonly number[]): boolean {
    if (block.until <= block.highest) return ids.every((id) => this.#counts(block, id));
    for (let n = 0; n < ids.length; n++) if (!this.live.has(ids[n] as number)) return false;
    return true;
  }

  #counts(block: KeptBlock, id: number): boolean {
    return id < block.until && this.live.has(id);
  }

  #merged(block: KeptBlock, entries: StateEntries, later: IdMap): StateEntries {
    if (!this.#areAll(block, entries.ids)) {
      const there = picked(entries, (id) => this.#counts(block, id));
      return this.#merged(block, there, later);
    }
    if (later.size === 0) return entries;
    const { ids, keys, values } = entries;
    return { ids, keys, values: values.map((value, n) => later.get(ids[n] as number, value)) };
  }
}

interface IdRange {
  readonly from: number;
  /** Not any more in the range. */
  readonly to: number;
}

const ALL: IdRange = { from: 0, to: Number.POSITIVE_INFINITY };

function picked({ ids, keys, values }: StateEntries, counts: (id: number) => boolean): StateEntries {
  const places = [...ids.keys()].filter((n) => counts(ids[n] as number));
  return {
    ids: places.map((n) => ids[n] as number),
    keys: places.map((n) => keys[n]),
    values: places.map((n) => values[n]),
  };
}

function entriesOf(block: Buffer): StateEntries {
  const keys = decodeKeys(block);
  const values = decodeValues(block);
  if (keys === undefined || values === undefined) throw new Error('it has no keys or no values');
  return { ids: decodeIds(block).ids, keys, values };
}

function valuesOf(block: Buffer): readonly unknown[] {
  const values = decodeValues(block);
  if (values === undefined) throw new Error('it has no values');
  return values;
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
