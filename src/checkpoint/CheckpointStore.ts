import type { Answer } from '../core/Answer.ts';
import type { StateChanges } from '../core/state/KeyedState.ts';
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
}

/** One consistent whole: what a new run begins with. */
export interface CheckpointContents {
  /** The last planned time; `undefined` before the first batch. */
  readonly lastTime: number | undefined;
  /** Planned and not settled, in time order: run again first, with the same cuts. */
  readonly unsettled: readonly PlannedBatch[];
  readonly positions: ReadonlyMap<string, unknown>;
  readonly states: ReadonlyMap<string, Iterable<readonly [unknown, unknown]>>;
}

/**
 * Where a context keeps what the next run needs: the cuts of unsettled batches, the positions of every source, the state of
 * every stateful operator, the last time.
 *
 * - One `plan` before a batch runs, one `settle` after it, each atomic: after a crash `load` gives the whole of it or nothing.
 * - Calls are strictly sequential in time order; `settle` comes for planned times only.
 * - What was answered is there after a crash, if `durable`.
 * - Keys are plain data, told apart by their contents and never by reference: the same key comes as another object after a restart.
 *   A key may be a text, a number, another primitive, a tuple, an object; `0` and `-0` are one, texts and numbers never.
 * - Deletes of a settlement come before its puts; `load` gives the entries of a state in the order of their insertion.
 * - The values of a settlement are never changed in place by anybody; a memory store may keep the references.
 */
export interface CheckpointStore {
  /** For messages and progress. */
  readonly name: string;
  /** Whether it survives the process: then stateful operators need names. */
  readonly durable: boolean;
  load(): Answer<CheckpointContents>;
  plan(batch: PlannedBatch): Answer<void>;
  settle(settlement: Settlement): Answer<void>;
  close(): Answer<void>;
}
