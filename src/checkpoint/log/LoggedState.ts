import { crc32 } from 'node:zlib';
import type { StateEntries } from '../../core/state/StateChanges.ts';
import type { StoredState } from '../CheckpointStore.ts';
import { type BlockIds, decodeIds, decodeKeys, decodeValues } from './blocks.ts';
import { corrupt } from './checkpointErrors.ts';
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
    const later = this.#laterValues();
    for (const block of this.#blocks) {
      const entries = decoded(block, entriesOf);
      const merged = this.#merged(block, entries, later);
      if (merged.ids.length > 0) yield merged;
    }
  }

  /** The last value of every entry that was changed after it had come. */
  #laterValues(): Map<number, unknown> {
    const later = new Map<number, unknown>();
    for (const block of this.#changes.toReversed()) {
      const { ids } = decoded(block, decodeIds);
      if (ids.every((id) => later.has(id))) continue;
      const values = decoded(block, valuesOf);
      for (const [n, id] of ids.entries()) {
        if (id < block.until && !later.has(id) && this.live.has(id)) later.set(id, values[n]);
      }
    }
    return later;
  }

  #merged(block: KeptBlock, entries: StateEntries, later: ReadonlyMap<number, unknown>): StateEntries {
    const counts = (id: number): boolean => id < block.until && this.live.has(id);
    if (!entries.ids.every(counts)) return this.#merged(block, picked(entries, counts), later);
    if (later.size === 0) return entries;
    return { ...entries, values: entries.values.map((value, n) => laterValue(later, entries.ids[n] as number, value)) };
  }
}

function laterValue(later: ReadonlyMap<number, unknown>, id: number, value: unknown): unknown {
  return later.has(id) ? later.get(id) : value;
}

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
