import type { SchedulerLike } from 'rxjs';
import { isObservable, type Observable } from 'rxjs';
import type { Answer } from '../core/Answer.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { OffsetRange } from '../core/OffsetRange.ts';

/**
 * What a source decides, at the tick, that a batch contains. `data` is small plain data (it goes into the checkpoint),
 * planned before the batch runs: the same `data` always gives the same records.
 */
export interface Cut {
  /** Plain structured-clonable data, meaningful to the source alone. */
  readonly data: unknown;
  /** The positions of this cut, one range for each partition the source has, empty ones (`from === until`) included. */
  readonly offsets?: readonly OffsetRange[];
  /** How many records the cut holds, as far as the source knows; for rate control and progress. */
  readonly records?: number;
  /**
   * Where the source goes on after this cut: plain data that {@link Source.open} gets back as `position`.
   * Left out by sources that cannot replay.
   */
  readonly position?: unknown;
}

/** What {@link Source.cut} answers. */
export interface CutAnswer {
  readonly cut: Cut;
  /** More has arrived than the limit let in: a drain trigger cuts again at once, after a cut that is empty in a while. */
  readonly more?: boolean;
  /** Nothing will come after this cut; the stream completes once it has settled. */
  readonly last?: boolean;
  /** With `last`: the source ended with this error, which is raised after the cut has settled. */
  readonly error?: unknown;
  /** The cut holds nothing; an interval still gives an empty batch, a drain trigger gives none. */
  readonly empty: boolean;
}

/** How much one cut may take in. */
export interface CutLimit {
  /** Records; `Infinity` where nobody set a limit. */
  readonly maxRecords: number;
  /** The span the batch covers, in milliseconds: what rates per second are multiplied with. 0 for a drain trigger. */
  readonly intervalMs: number;
}

/** The services the runtime lends a source for one run. */
export interface SourceOpening {
  /** The `position` of the last planned cut, else of the last settled one; `undefined`: the source's own start. */
  readonly position: unknown;
  /** For every wait and every look at the time. */
  readonly scheduler: SchedulerLike;
  /** Aborted when the run ends, however it ends. */
  readonly signal: AbortSignal;
  /** Tells a drain trigger that something has arrived. Calling it too often is harmless. */
  wake(): void;
  /** Puts something noteworthy into the progress events: reconnects, resets, drops, re-reads. */
  report(report: SourceReport): void;
}

/** Something that happened at a source and did not end it. */
export interface SourceReport {
  readonly code:
    | ErrorCode
    | 'RECONNECTING'
    | 'RECONNECTED'
    | 'RECORDS_DROPPED'
    | 'POSITION_RESET'
    | 'POSITION_KEPT'
    | 'PARTITIONS_CHANGED'
    | 'OFFSET_GAP'
    | 'FILE_SKIPPED'
    | 'RESUMED'
    | 'BLOCK_REFUSED'
    | 'PEER_REFUSED'
    | 'DUPLICATES_DROPPED'
    | 'LOG_TORN'
    | 'LOG_SLOW';
  readonly message: string;
  readonly cause?: unknown;
  /** How many records (or bytes, where `message` says so) are concerned. */
  readonly count?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The contract between a source and the runtime. Calls are strictly sequential: `open`, then `cut` and `read` and
 * `settled` in any mixture (never two at once of the same kind), then `close`, once for each `open`.
 *
 * - `cut` decides at once what the batch contains, from what is known to be there; where the outside cannot be reached it
 *   answers an empty cut and reports. Cuts follow each other without gap or overlap.
 * - `read` gives exactly the records of a cut, every time it is called, also in a later process if `replayable`.
 * - `drain`, where there is one, comes once before the last cuts of a graceful stop: nothing more is taken in from outside, and what was
 *   is in the cuts that follow, until one answers without `more`.
 * - `settled` tells that this cut and all before it will not be asked for again. It is cumulative and idempotent.
 * - A rejected or thrown call fails the run, unless the error is retriable and the call is `read`: then it is repeated.
 */
export interface Source<T> {
  /** Unique among the live sources of a context; the default is made from what it reads: `kafka:lines`. */
  readonly name: string;
  /** Whether a cut can be read again by another process. */
  readonly replayable: boolean;
  /** Whether {@link SourceOpening.wake} is called when something arrives; otherwise a drain trigger has to ask. */
  readonly wakes: boolean;
  /** The offset store the source starts from; the runtime warns once if nobody commits to it. */
  readonly startsFrom?: { readonly name: string };
  open(opening: SourceOpening): Answer<void>;
  cut(time: number, limit: CutLimit): Answer<CutAnswer>;
  /** The records of a cut, as an array, or as a re-iterable that decodes them on the way. */
  read(cut: Cut): Answer<Iterable<T> | RecordRun<T>>;
  settled(cut: Cut): Answer<void>;
  drain?(): Answer<void>;
  close(): Answer<void>;
}

/**
 * Records that are handed out by pushing, the fastest way from a decoder into a fused chain. `visit` answers `false` to
 * stop early. It can be called more than once, each time with the same records.
 */
export interface RecordRun<T> {
  run(visit: (record: T) => unknown): void;
}

/** Where an Observable carries its {@link Source}: what `batchInterval` looks for. */
export const SOURCE: unique symbol = Symbol.for('rx-dstream.source') as never;

/** An Observable of records that also knows its positions. Subscribed directly it is a plain stream of records. */
export interface SourceObservable<T> extends Observable<T> {
  /** Makes the contract's side: once for each context, opened anew for each of its runs. */
  readonly [SOURCE]: () => Source<T>;
}

/** Whether an Observable is one of our sources. */
export function isSourceObservable<T>(value: Observable<T>): value is SourceObservable<T> {
  return isObservable(value) && typeof (value as Partial<SourceObservable<T>>)[SOURCE] === 'function';
}
