import type { Answer } from '../core/Answer.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { StateChanges, StateEntries } from '../core/state/StateChanges.ts';
import type { Cut } from '../sources/Source.ts';

/** A batch that was planned: its time and what each source put into it. */
export interface PlannedBatch {
  readonly time: number;
  readonly cuts: readonly PlannedCut[];
}

/** One source's part of a planned batch. */
export interface PlannedCut {
  /** The source's name. */
  readonly source: string;
  readonly cut: Cut;
}

/** The changes of one named state collection. */
export interface NamedChanges extends StateChanges {
  /** `<operator name>/<collection>`. */
  readonly state: string;
  /** The version of the shape of its values that the operator declares; 0 where it declares none. */
  readonly version: number;
  /** What was kept under this name before is gone: the values have another shape, all of them come anew in `added`. */
  readonly replaces?: boolean;
}

/** What is written, in one piece, when a batch has settled. */
export interface Settlement {
  /** The batch time; every planned batch up to it is settled too. */
  readonly time: number;
  /** Where each source goes on after this batch, by source name; a source that is not named keeps its position. */
  readonly positions: readonly (readonly [source: string, position: unknown])[];
  /** What changed since the settlement before. */
  readonly states: readonly NamedChanges[];
  /**
   * Sources whose subscriber has left while others went on. What is planned of them for later times was processed by nobody
   * and is forgotten: they go on at their settled position.
   */
  readonly left?: readonly string[];
  /** State collections that are dropped on purpose. */
  readonly dropped?: readonly string[];
}

/** One named state collection as it is kept. */
export interface StoredState {
  /** The version of the shape of its values, as it was declared when they were written. */
  readonly version: number;
  /** How much it takes where it is kept; `undefined` where that is not known. */
  readonly bytes: number | undefined;
  /** How many entries there are, where that is known without going through them. */
  readonly keys?: number;
  /**
   * What there is, in groups; ids rise from the first to the last. Can be gone through again and again, until changes of this state settle or
   * the store is closed.
   */
  readonly entries: Iterable<StateEntries>;
}

/** One consistent whole: what a new run begins with. */
export interface CheckpointContents {
  /** The last planned time; `undefined` before the first batch. */
  readonly lastTime: number | undefined;
  /** Planned and not settled, in time order: run again first, with the same cuts. */
  readonly unsettled: readonly PlannedBatch[];
  readonly positions: ReadonlyMap<string, unknown>;
  /** By `<operator name>/<collection>`. */
  readonly states: ReadonlyMap<string, StoredState>;
}

/** Something that happened in a checkpoint and did not end the run. */
export interface CheckpointReport {
  /**
   * - `CHECKPOINT_TORN`: what a crash had cut off in the middle of a write, never answered for, was dropped.
   * - `CHECKPOINT_UNMERGED`: what is kept could not be put in order; it grows until that works.
   * - `CHECKPOINT_SET_ASIDE`: what could not be read was moved out of the way, and the checkpoint begins empty.
   * - `CHECKPOINT_AWAITED`: it waits for an owner that has not given it back.
   * - `CHECKPOINT_AT_RISK`: where it is kept it can be lost.
   */
  readonly code:
    | ErrorCode
    | 'CHECKPOINT_TORN'
    | 'CHECKPOINT_UNMERGED'
    | 'CHECKPOINT_SET_ASIDE'
    | 'CHECKPOINT_AWAITED'
    | 'CHECKPOINT_AT_RISK';
  readonly message: string;
  readonly cause?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Where a context keeps what the next run needs: the cuts of unsettled batches, the positions of every source, the state of
 * every stateful operator, the last time.
 *
 * - `load` makes the caller its owner: a second owner is refused with `CHECKPOINT_OWNED` while the first one lives, a dead one's place is
 *   taken. Whoever was overtaken can write no more: `CHECKPOINT_TAKEN`. `close` gives it back, or does nothing where there is nothing to give back, as for one that was overtaken;
 *   `load` may come again after it.
 * - From `load` to `close` its `report`, if there is one, is told what does not end the run and deserves a look: it becomes a report
 *   of `progress$`.
 * - One `plan` before a batch runs, one `settle` after it, each atomic: after a crash `load` gives the whole of it or nothing.
 * - Calls are strictly sequential in time order; `settle` comes for planned times only.
 * - What was answered is there after a crash, if `durable`. After a call that failed nothing more is written until the next `load`.
 * - What cannot be read is refused (`CHECKPOINT_CORRUPT`, `CHECKPOINT_NEWER`) and left as it is.
 * - Entries of a state are known by their ids. Those of `deleted` go first, then `changed` ones get their values, then `added` ones come. An
 *   added id is higher than all that are there; keys are never compared by a store. `load` gives the entries in order of their ids, which is the
 *   order of their insertion. A state of which empty changes have settled is there too, with its version and without entries.
 * - The values of a settlement are never changed in place by anybody; a memory store may keep the references. They are to be read
 *   before the answer.
 */
export interface CheckpointStore {
  /** For messages and progress. */
  readonly name: string;
  /** Whether it survives the process: then stateful operators need names. */
  readonly durable: boolean;
  load(report?: (report: CheckpointReport) => void): Answer<CheckpointContents>;
  plan(batch: PlannedBatch): Answer<void>;
  settle(settlement: Settlement): Answer<void>;
  close(): Answer<void>;
  /** Keeps a consistent copy of what is there now under a name, also while a run goes on. */
  savepoint?(name: string): Answer<void>;
  /**
   * Lets `use` look at what is there, or at a savepoint, without owning it: a run elsewhere goes on meanwhile. What it is given is good
   * until its answer. A savepoint that is not there is a `StreamError` that names it.
   */
  inspect?<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Answer<T>;
}

/** A checkpoint that can be looked at without being owned: for `describeCheckpoint` and `savepointOf`. */
export interface InspectableCheckpoint extends CheckpointStore {
  inspect<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Answer<T>;
}

/** A checkpoint that outlives its process, as `fileCheckpoint` and `redisCheckpoint` give it: with savepoints, and with promises as answers. */
export interface DurableCheckpoint extends InspectableCheckpoint {
  readonly durable: true;
  load(report?: (report: CheckpointReport) => void): Promise<CheckpointContents>;
  plan(batch: PlannedBatch): Promise<void>;
  settle(settlement: Settlement): Promise<void>;
  close(): Promise<void>;
  savepoint(name: string): Promise<void>;
  inspect<T>(use: (contents: CheckpointContents) => Answer<T>, savepoint?: string): Promise<T>;
}
