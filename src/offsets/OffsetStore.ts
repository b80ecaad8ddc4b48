import type { Answer } from '../core/Answer.ts';
import type { CommittedOffset } from '../core/OffsetRange.ts';

/** One partition's part of a commit. */
export interface OffsetCommit extends CommittedOffset {
  /**
   * What this run believes the store holds (its last load or commit), `undefined` where nothing was stored.
   * A store that finds something else there has met a second writer: it reports it in {@link CommitOutcome.foreign}.
   */
  readonly expected: number | undefined;
  /**
   * Where the records that this commit is about begin. A transaction refuses a commit that begins below what is stored: its
   * records have been committed before.
   */
  readonly from?: number;
}

/** What a commit answers. */
export interface CommitOutcome {
  /**
   * What somebody else has committed to the same group: partitions that the store held neither at `expected` nor at what
   * this store object asked for lately, so that its own commits are not suspected when only the answer was lost. `until`
   * is what was held before this commit. A report, not a refusal: the commit has taken effect, except where the stored
   * offset was higher.
   */
  readonly foreign: readonly CommittedOffset[];
}

/** What a source tells the store of itself when it loads. */
export interface OffsetQuery {
  /** Topics to load; all that the store knows when left out. */
  readonly topics?: readonly string[];
}

/**
 * Where committed offsets live. The contract, each law of it tested by `offsetStoreContract` (`rx-dstream/testing`):
 *
 * - `load` after `commit` gives what was committed, also in another process; the newest wins.
 * - `commit` takes effect whole or not at all, and is idempotent: the same commit again changes nothing.
 *   An offset that is no safe integer from 0 is `INVALID_ARGUMENT`, and then nothing of the commit is stored.
 * - A stored offset never goes down: a lower `until` leaves the stored one as it is.
 * - An offset is a safe integer; it is kept as decimal text where the store has no 64-bit integers.
 * - A failure that may pass (connection, timeout) is a `StreamError` with `retriable: true`, and the call may be repeated
 *   even if it had taken effect. It settles within the store's own timeout, never later.
 * - Everything may answer with a value, a promise or an Observable; memory stores answer with values.
 */
export interface OffsetStore {
  /** For messages and progress: kind and place, e.g. `redis wordcount`. */
  readonly name: string;
  load(query: OffsetQuery): Answer<readonly CommittedOffset[]>;
  commit(offsets: readonly OffsetCommit[]): Answer<CommitOutcome>;
  /**
   * Takes the group over: every store object that owned it before can commit no more (`OFFSET_STORE_TAKEN`, for good). Called
   * as each run begins, before its sources open: the store's first call, it may be; later, but before the first commit, for a store that a run learns of
   * with a batch. Again by the owner it changes nothing, and one that was overtaken is refused with
   * `OFFSET_STORE_TAKEN` here too. A store object that never owned is not fenced. Left out by stores that cannot tell writers
   * apart: they report a second one in {@link CommitOutcome.foreign}.
   */
  own?(): Answer<void>;
  /** Lets go of connections that the store opened itself. Called by whoever made the store, not by the runtime. */
  close(): Answer<void>;
}

/** The batch a transaction is for. */
export interface TransactionBatch {
  readonly time: number;
  /** An earlier run had planned it, and may have committed it. */
  readonly repeated: boolean;
}

/** Results and offsets of one batch, which take effect together or not at all. */
export interface OffsetTransaction<H> {
  /**
   * An earlier run has committed this very batch and ended before it could settle: its results are there, and nothing is to be
   * written again.
   */
  readonly committed: boolean;
  /** What outputs write their results through. */
  readonly handle: H;
  /**
   * Ends it, whether it answers or fails: results, offsets and the batch time take effect together. Refused with
   * `OFFSET_STORE_TAKEN` where another writer has taken over, with `OFFSET_STORE_FAILED` where an offset is stored above the `from` of
   * its commit, or below both its `from` and what was `expected`: then the server has lost results that it had acknowledged. After a retriable failure it may have taken effect or not: the batch has to run again, and `committed` of the
   * next transaction tells. With `committed` it keeps nothing of the batch.
   */
  commit(offsets: readonly OffsetCommit[]): Answer<CommitOutcome>;
  /** Ends it without effect. Harmless after `commit`. */
  rollback(): Answer<void>;
}

/** A store that takes results and offsets in one transaction. */
export interface TransactionalOffsetStore<H> extends OffsetStore {
  own(): Answer<void>;
  /**
   * Begins the transaction of a batch. One is open at a time: a second one is `OFFSET_STORE_FAILED`. The store remembers the time of the last
   * batch it committed: a `repeated` batch of that time is `committed`. One that wrote nothing and raised no offset may be left out.
   */
  begin(batch: TransactionBatch): Answer<OffsetTransaction<H>>;
}
