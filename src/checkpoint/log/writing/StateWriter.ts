import { serialize } from 'node:v8';
import { isPlainData, isPlainKind } from '../../../core/state/plainData.ts';
import type { NamedChanges } from '../../CheckpointStore.ts';
import { unreadableState } from '../checkpointErrors.ts';
import { encodeBlock } from '../format/blocks.ts';
import type { FrameWriter } from '../format/FrameWriter.ts';
import { FRAME } from '../format/frames.ts';
import type { StateMeta } from '../reading/LogContents.ts';

/** A block has at most this many entries, and about this many bytes. */
const BLOCK_ENTRIES = 1024;
const BLOCK_BYTES = 256 * 1024;

/** After so many bytes, or the entries that it is told, whoever writes makes a pause. */
const SLICE_BYTES = 1 << 20;

/** Columns that belong together. */
interface Columns {
  readonly ids: readonly number[];
  readonly keys?: readonly unknown[];
  readonly values?: readonly unknown[];
}

/** Says what to do with the frames made so far, at the end of each slice of work. */
export type EndSlice = () => Promise<void>;

/** Makes the frames of states, slice by slice. */
export class StateWriter {
  readonly #frames: FrameWriter;
  readonly #endSlice: EndSlice;
  readonly #sliceEntries: number;
  #entries = 0;

  constructor(frames: FrameWriter, sliceEntries: number, endSlice: EndSlice) {
    this.#frames = frames;
    this.#sliceEntries = sliceEntries;
    this.#endSlice = endSlice;
  }

  begin(meta: StateMeta): void {
    this.#frames.frame(FRAME.state, serialize(meta));
  }

  /** A block that was read from elsewhere. */
  async copied(payload: Uint8Array, crc: number): Promise<void> {
    this.#frames.copy(FRAME.added, payload, crc);
    if (this.#frames.size >= SLICE_BYTES) await this.endSlice();
  }

  /** All blocks of the changes of one state. */
  async changes({ state, deleted, changed, added }: NamedChanges): Promise<void> {
    await this.columns(FRAME.deleted, state, { ids: deleted });
    await this.columns(FRAME.changed, state, changed);
    await this.columns(FRAME.added, state, added);
  }

  async columns(type: number, state: string, columns: Columns): Promise<void> {
    const { length } = columns.ids;
    let size = length === 0 ? 0 : firstSize(state, columns);
    for (let from = 0; from < length; ) {
      const to = Math.min(from + size, length);
      const before = this.#frames.size;
      this.#frames.frame(type, ...encoded(state, columns, from, to));
      size = nextSize(size, this.#frames.size - before);
      this.#entries += to - from;
      from = to;
      if (this.#entries >= this.#sliceEntries || this.#frames.size >= SLICE_BYTES) await this.endSlice();
    }
  }

  async endSlice(): Promise<void> {
    this.#entries = 0;
    await this.#endSlice();
  }
}

/** How many entries the first block takes, judged by its first one. */
function firstSize(state: string, columns: Columns): number {
  const [head, ...parts] = encoded(state, columns, 0, 1);
  const bytes = parts.reduce((sum, part) => sum + part.length, head?.length ?? 0);
  return Math.min(BLOCK_ENTRIES, Math.ceil(BLOCK_BYTES / bytes));
}

/** Fewer entries after a block that became too big, more again after a small one. */
function nextSize(size: number, bytes: number): number {
  if (bytes > BLOCK_BYTES) return Math.max(1, Math.floor((size * BLOCK_BYTES) / bytes));
  return Math.min(BLOCK_ENTRIES, size * 2);
}

/** A block of these entries, or `STATE_UNREADABLE` naming the first that would not come back as what it is. */
function encoded(state: string, { ids, keys, values }: Columns, from: number, to: number): readonly Uint8Array[] {
  for (let n = from; n < to; n++) {
    if (keys !== undefined && !isPlainData(keys[n])) throw unreadableState(state, ids[n], { key: keys[n] });
    if (values !== undefined && !isPlainKind(values[n])) {
      throw unreadableState(state, ids[n], { ...keyAt(keys, n), value: values[n] });
    }
  }
  try {
    return encodeBlock(ids, keys, values, from, to);
  } catch (error) {
    for (let n = from; n < to; n++) {
      const key = keyAt(keys, n);
      const value = values === undefined ? {} : { value: values[n] };
      if (!isClonable(key.key)) throw unreadableState(state, ids[n], key, error);
      if (!isClonable(value.value)) throw unreadableState(state, ids[n], { ...key, ...value }, error);
    }
    throw error;
  }
}

function keyAt(keys: readonly unknown[] | undefined, n: number): { readonly key?: unknown } {
  return keys === undefined ? {} : { key: keys[n] };
}

function isClonable(value: unknown): boolean {
  try {
    serialize(value);
    return true;
  } catch {
    return false;
  }
}
