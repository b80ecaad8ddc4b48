import { serialize } from 'node:v8';
import { StreamError } from '../../../core/errors.ts';
import { reasonOf } from '../../../core/reasonOf.ts';
import { isPlainData } from '../../../core/state/plainData.ts';
import type { NamedChanges, PlannedBatch, Settlement } from '../../CheckpointStore.ts';
import { misused, unreadableCut } from '../checkpointErrors.ts';
import { FrameWriter } from '../format/FrameWriter.ts';
import { FRAME } from '../format/frames.ts';
import type { NamedSegment } from '../format/head.ts';
import { IdSet } from '../ids/IdSet.ts';
import type { LogStorage } from '../LogStorage.ts';
import type { SettlementMeta } from '../reading/LogContents.ts';
import { turn } from '../turn.ts';
import { StateWriter } from './StateWriter.ts';

/** After how many ids that are looked at, or entries that are written, the event loop gets a turn. */
const SLICE_IDS = 1 << 16;
const SLICE_ENTRIES = 4096;

/** What the writer knows of a state: what a caller may change, delete and add. */
export interface WrittenState {
  version: number;
  live: IdSet;
}

/** Writes plans and settlements to the segments of the log, each in one piece, and holds the caller to the contract. */
export class LogWriter {
  readonly #storage: LogStorage;
  readonly #states: Map<string, WrittenState>;
  readonly #frames: FrameWriter;
  #named: NamedSegment;

  /** Goes on after what `states` is, in a segment that has been begun with {@link LogWriter.begin}. */
  constructor(storage: LogStorage, states: Map<string, WrittenState>, named: NamedSegment) {
    this.#storage = storage;
    this.#states = states;
    this.#named = named;
    this.#frames = new FrameWriter(named.segment, named.first + 1);
  }

  /** Begins a segment of the log; it counts once a head names it. */
  static async begin(storage: LogStorage, segment: string, first: number): Promise<NamedSegment> {
    const frames = new FrameWriter(segment, first);
    frames.frame(FRAME.begin);
    const bytes = frames.take();
    await storage.append(segment, bytes, true);
    return { segment, first, length: bytes.length };
  }

  /** The segment that is written to, with what of it was answered for. */
  get named(): NamedSegment {
    return this.#named;
  }

  /** Nothing but the beginning of the segment was written. */
  get isEmpty(): boolean {
    return this.#frames.sequence === this.#named.first + 1;
  }

  /** The same in another segment, which has been begun at {@link next}. */
  goOn(begun: NamedSegment): LogWriter {
    return new LogWriter(this.#storage, this.#states, begun);
  }

  /** The sequence number of the next frame. */
  get next(): number {
    return this.#frames.sequence;
  }

  async plan(batch: PlannedBatch): Promise<void> {
    for (const { source, cut } of batch.cuts) {
      if (!isPlainData(cut.data)) throw unreadableCut(source);
    }
    this.#frames.frame(FRAME.plan, this.#plain('the plan', batch));
    this.#frames.closeGroup();
    await this.#append(true);
  }

  async settle(settlement: Settlement): Promise<void> {
    const { states, ...meta } = settlement;
    const writer = new StateWriter(this.#frames, SLICE_ENTRIES, async () => {
      await this.#append(false);
      await turn();
    });
    for (const changes of states) await this.#state(changes, writer);
    this.#frames.frame(FRAME.settled, this.#plain('the settlement', meta satisfies SettlementMeta));
    this.#frames.closeGroup();
    await this.#append(true);
    for (const state of settlement.dropped ?? []) this.#states.delete(state);
  }

  async #state(changes: NamedChanges, writer: StateWriter): Promise<void> {
    const { state, version, replaces = false, deleted, changed, added } = changes;
    const known = replaces ? undefined : this.#states.get(state);
    const isSame = known?.version === version && deleted.length + changed.ids.length + added.ids.length === 0;
    if (isSame) return;
    const written = known ?? { version, live: new IdSet() };
    written.version = version;
    this.#states.set(state, written);
    writer.begin({ state, version, replaces });
    await this.#check(state, written.live, { deleted, changed: changed.ids, added: added.ids });
    await writer.changes({ state, version, deleted, changed, added });
  }

  /** Keeps what is there in mind, and refuses what cannot be. */
  async #check(state: string, live: IdSet, { deleted, changed, added }: TouchedIds): Promise<void> {
    await eachId(
      deleted,
      (id) => live.delete(id) || this.#refuse(state, `deletes the entry ${id}, which is not there`),
    );
    await eachId(changed, (id) => live.has(id) || this.#refuse(state, `changes the entry ${id}, which is not there`));
    await eachId(
      added,
      (id) => live.add(id) || this.#refuse(state, `adds the entry ${id}, which is not above all others`),
    );
  }

  #refuse(state: string, what: string): never {
    throw misused(this.#storage.name, `the state '${state}' ${what}`);
  }

  #plain(what: string, value: unknown): Uint8Array {
    try {
      return serialize(value);
    } catch (cause) {
      const message = `${what} holds something that cannot be written to ${this.#storage.name}: ${reasonOf(cause)}. Cuts and positions are plain data.`;
      throw new StreamError('CHECKPOINT_FAILED', message, { cause });
    }
  }

  async #append(isLasting: boolean): Promise<void> {
    const bytes = this.#frames.take();
    const { segment } = this.#named;
    await this.#storage.append(segment, bytes, isLasting);
    this.#named = { ...this.#named, length: this.#named.length + bytes.length };
  }
}

interface TouchedIds {
  readonly deleted: readonly number[];
  readonly changed: readonly number[];
  readonly added: readonly number[];
}

/** Looks at every id, in slices. */
async function eachId(ids: readonly number[], look: (id: number) => boolean): Promise<void> {
  for (let n = 0; n < ids.length; n++) {
    look(ids[n] as number);
    if (n % SLICE_IDS === SLICE_IDS - 1) await turn();
  }
}
