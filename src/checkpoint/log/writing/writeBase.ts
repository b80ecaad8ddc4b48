import { serialize } from 'node:v8';
import type { StateEntries } from '../../../core/state/StateChanges.ts';
import type { CheckpointContents, StoredState } from '../../CheckpointStore.ts';
import { FrameWriter } from '../format/FrameWriter.ts';
import { FRAME } from '../format/frames.ts';
import type { NamedSegment } from '../format/head.ts';
import type { LogStorage } from '../LogStorage.ts';
import type { BaseEnd, BaseMeta } from '../reading/LogContents.ts';
import { LoggedState, type StatePiece } from '../reading/LoggedState.ts';
import { turn } from '../turn.ts';
import { StateWriter } from './StateWriter.ts';

/** Small groups of entries are gathered up to so many. */
const BLOCK_ENTRIES = 1024;

/** After so many entries that are written, or blocks that are read, the event loop gets a turn. */
const SLICE_ENTRIES = 2048;
const SLICE_PIECES = 2;

/** What was written is made lasting after so many bytes: one big wait at the end would hold up the writes of the run. */
const LASTING_BYTES = 4 << 20;

/** How many bytes of changed values are held in memory at a time. */
const WINDOW_BYTES = 32 << 20;

/** Writes all contents as a new base, in slices. `mayGoOn` is asked after each; what was written when it throws is of no use. */
export async function writeBase(
  storage: LogStorage,
  segment: string,
  contents: CheckpointContents,
  mayGoOn: () => void,
): Promise<NamedSegment> {
  const base = new BaseWriting(storage, segment, mayGoOn);
  return base.write(contents);
}

class BaseWriting {
  readonly #storage: LogStorage;
  readonly #frames: FrameWriter;
  readonly #states: StateWriter;
  readonly #mayGoOn: () => void;
  #length = 0;
  #notLasting = 0;
  /** Blocks read in this slice. */
  #pieces = 0;
  /** Entries that do not fill a block yet. */
  #ids: number[] = [];
  #keys: unknown[] = [];
  #values: unknown[] = [];

  constructor(storage: LogStorage, segment: string, mayGoOn: () => void) {
    this.#storage = storage;
    this.#frames = new FrameWriter(segment, 0);
    this.#states = new StateWriter(this.#frames, SLICE_ENTRIES, () => this.#endSlice());
    this.#mayGoOn = mayGoOn;
  }

  async write({ lastTime, unsettled, positions, states }: CheckpointContents): Promise<NamedSegment> {
    this.#frames.frame(FRAME.base, serialize({ lastTime, unsettled, positions: [...positions] } satisfies BaseMeta));
    const counts: [string, number][] = [];
    for (const [name, state] of states) counts.push([name, await this.#state(name, state)]);
    this.#frames.frame(FRAME.end, serialize(counts satisfies BaseEnd));
    await this.#append(true);
    return { segment: this.#frames.segment, first: 0, length: this.#length };
  }

  /** Writes one state; how many keys it has. */
  async #state(name: string, state: StoredState): Promise<number> {
    this.#states.begin({ state: name, version: state.version, replaces: false });
    let keys = 0;
    for (const piece of piecesOf(state)) {
      if (piece === undefined) await this.#pause();
      else keys += 'payload' in piece ? await this.#copy(name, piece) : await this.#take(name, piece);
    }
    await this.#flush(name);
    return keys;
  }

  async #copy(name: string, { payload, crc, count }: Extract<StatePiece, { payload: Uint8Array }>): Promise<number> {
    await this.#flush(name);
    await this.#states.copied(payload, crc);
    return count;
  }

  async #take(name: string, { ids, keys, values }: StateEntries): Promise<number> {
    if (ids.length >= BLOCK_ENTRIES / 2) {
      await this.#flush(name);
      await this.#states.columns(FRAME.added, name, { ids, keys, values });
    } else {
      this.#ids.push(...ids);
      this.#keys.push(...keys);
      this.#values.push(...values);
      if (this.#ids.length >= BLOCK_ENTRIES) await this.#flush(name);
    }
    if (++this.#pieces >= SLICE_PIECES) await this.#pause();
    return ids.length;
  }

  async #flush(name: string): Promise<void> {
    const columns = { ids: this.#ids, keys: this.#keys, values: this.#values };
    this.#ids = [];
    this.#keys = [];
    this.#values = [];
    await this.#states.columns(FRAME.added, name, columns);
  }

  async #endSlice(): Promise<void> {
    await this.#append(this.#notLasting >= LASTING_BYTES);
    await this.#pause();
  }

  async #pause(): Promise<void> {
    this.#pieces = 0;
    await turn();
    this.#mayGoOn();
  }

  async #append(isLasting: boolean): Promise<void> {
    const bytes = this.#frames.take();
    await this.#storage.append(this.#frames.segment, bytes, isLasting);
    this.#length += bytes.length;
    this.#notLasting = isLasting ? 0 : this.#notLasting + bytes.length;
  }
}

function piecesOf(state: StoredState): Iterable<StatePiece | undefined> {
  return state instanceof LoggedState ? state.pieces(WINDOW_BYTES) : state.entries;
}
