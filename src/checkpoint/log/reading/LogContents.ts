import type { CheckpointContents, PlannedBatch, Settlement } from '../../CheckpointStore.ts';
import { decodeIds } from '../format/blocks.ts';
import { cloned } from '../format/cloned.ts';
import { FRAME } from '../format/frames.ts';
import type { ScannedFrame } from '../format/SegmentScanner.ts';
import { type BlockPlace, LoggedState, type OpenSegment } from './LoggedState.ts';

/** What the first frame of a base says. */
export interface BaseMeta {
  readonly lastTime: number | undefined;
  readonly unsettled: readonly PlannedBatch[];
  readonly positions: readonly (readonly [string, unknown])[];
}

/** What stands before the blocks of a state. */
export interface StateMeta {
  readonly state: string;
  readonly version: number;
  readonly replaces: boolean;
}

/** What the last frame of a settlement says. */
export type SettlementMeta = Omit<Settlement, 'states'>;

/** What the last frame of a base says: how many keys each state has. */
export type BaseEnd = readonly (readonly [state: string, keys: number])[];

type Work = () => string | undefined;

/** What the frames of base and log make, frame by frame. A settlement counts when it is whole. */
export class LogContents implements CheckpointContents {
  lastTime: number | undefined;
  unsettled: readonly PlannedBatch[] = [];
  readonly positions: Map<string, unknown> = new Map();
  readonly states: Map<string, LoggedState> = new Map();
  /** The first sequence number of the group that has begun and is not whole. */
  openGroup: number | undefined;
  #inBase = false;
  #state: LoggedState | undefined;
  #waiting: Work[] = [];

  /** Takes a frame in; what is wrong with it, if anything. Its checksums are right: what is wrong was written so. */
  take(frame: ScannedFrame, segment: OpenSegment): string | undefined {
    if (frame.group !== (this.openGroup ?? frame.sequence)) return `it belongs to group ${frame.group}`;
    this.openGroup = frame.group;
    try {
      return this.#take(frame, segment);
    } catch (error) {
      return (error as Error).message;
    }
  }

  #take(frame: ScannedFrame, segment: OpenSegment): string | undefined {
    const { type, payload, from, to, crc } = frame;
    const place: BlockPlace = { segment, from, to, crc };
    switch (type) {
      case FRAME.begin:
        return this.#closed();
      case FRAME.plan:
        return this.#plan(cloned(payload) as PlannedBatch);
      case FRAME.base:
        return this.#base(cloned(payload) as BaseMeta);
      case FRAME.end:
        return this.#end(cloned(payload) as BaseEnd);
      case FRAME.settled:
        return this.#settle(cloned(payload) as SettlementMeta);
      case FRAME.state: {
        const meta = cloned(payload) as StateMeta;
        return this.#do(() => this.#begin(meta));
      }
      case FRAME.deleted:
      case FRAME.changed:
      case FRAME.added: {
        const ids = decodeIds(payload);
        return this.#do(() => this.#block(type, place, ids));
      }
      default:
        return `it is of an unknown type ${type}`;
    }
  }

  /** At once in a base, which is there as a whole; in the log when the settlement is whole. */
  #do(work: Work): string | undefined {
    if (this.#inBase) return work();
    this.#waiting.push(work);
    return undefined;
  }

  #begin({ state, version, replaces }: StateMeta): undefined {
    const known = replaces ? undefined : this.states.get(state);
    this.#state = known ?? new LoggedState(version);
    this.#state.version = version;
    this.states.set(state, this.#state);
  }

  #block(type: number, place: BlockPlace, ids: ReturnType<typeof decodeIds>): string | undefined {
    if (this.#state === undefined) return 'it belongs to no state';
    if (type === FRAME.deleted) return this.#state.delete(ids);
    return type === FRAME.changed ? this.#state.change(place, ids) : this.#state.add(place, ids);
  }

  #plan(batch: PlannedBatch): undefined {
    this.lastTime = batch.time;
    this.unsettled = [...this.unsettled, batch];
    return this.#closed();
  }

  #settle(settlement: SettlementMeta): string | undefined {
    for (const work of this.#waiting) {
      const wrong = work();
      if (wrong !== undefined) return wrong;
    }
    for (const state of settlement.dropped ?? []) this.states.delete(state);
    this.unsettled = unsettledAfter(this.unsettled, settlement);
    for (const [source, position] of settlement.positions) this.positions.set(source, position);
    return this.#closed();
  }

  #base({ lastTime, unsettled, positions }: BaseMeta): undefined {
    this.#inBase = true;
    this.lastTime = lastTime;
    this.unsettled = unsettled;
    for (const [source, position] of positions) this.positions.set(source, position);
  }

  #end(states: BaseEnd): string | undefined {
    const counted = [...this.states].map(([name, { live }]) => `${name} ${live.size}`);
    if (counted.join() !== states.map((state) => state.join(' ')).join()) return 'it has other states than it says';
    this.#inBase = false;
    return this.#closed();
  }

  #closed(): undefined {
    this.openGroup = undefined;
    this.#state = undefined;
    this.#waiting = [];
  }
}

/** The planned batches of later times, without the cuts of sources that were left. */
function unsettledAfter(
  planned: readonly PlannedBatch[],
  { time, left = [] }: SettlementMeta,
): readonly PlannedBatch[] {
  const later = planned.filter((batch) => batch.time > time);
  if (left.length === 0) return later;
  return later
    .map((batch) => ({ ...batch, cuts: batch.cuts.filter(({ source }) => !left.includes(source)) }))
    .filter(({ cuts }) => cuts.length > 0);
}
