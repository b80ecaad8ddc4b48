import type { Observable } from 'rxjs';
import type { Answer } from '../core/Answer.ts';
import type { Scope } from '../core/batch/Scope.ts';
import { isStreamError, StreamError } from '../core/errors.ts';
import { type CommittedOffset, type OffsetRange, partitionKey } from '../core/OffsetRange.ts';
import { reasonOf } from '../core/reasonOf.ts';
import type {
  CommitOutcome,
  OffsetCommit,
  OffsetStore,
  OffsetTransaction,
  TransactionalOffsetStore,
} from '../offsets/OffsetStore.ts';
import { Transactions } from './Transactions.ts';

/** How a run asks and waits; see `Run`. */
export interface Asking {
  ask<T>(call: () => Answer<T>, then: (value: T) => void, failed?: (error: unknown) => void): void;
  wait(ms: number, then: () => void): void;
}

/** How often and how long a commit to an unreachable store is repeated. */
export interface CommitRetry {
  /** Repeats after the first try. Default `Infinity`: the stream waits for its store. */
  readonly maxRetries: number;
  /** Wait before the first repeat in milliseconds; doubles each time. Default 100. */
  readonly firstDelayMs: number;
  /** Longest wait in milliseconds. Default 10 000. */
  readonly maxDelayMs: number;
}

/** What commits tell the progress events. */
export interface CommitReports {
  retried(store: OffsetStore, attempt: number, error: unknown): void;
  foreign(store: OffsetStore, found: readonly CommittedOffset[]): void;
  behind(store: OffsetStore, gaps: readonly OffsetRange[]): void;
  notRolledBack(store: OffsetStore, error: unknown): void;
}

/** How far a partition has been processed in this run, and where that began. */
interface Reached extends CommittedOffset {
  readonly from: number;
}

/** What this run has given to one store, by {@link partitionKey}. */
type Given = Map<string, number>;

/** What a store is believed to hold of the topics it was asked for. */
interface KnownOffsets {
  readonly topics: Set<string>;
  readonly offsets: Map<string, number>;
}

/**
 * The positions reached by each source, and what each store was given of them. Belongs to a context, so that a store's
 * offsets never go down across runs. A run that fails between two stores commits both again with the same batch.
 */
export class Commits {
  readonly #reached = new Map<string, Map<string, Reached>>();
  /** The stores this run has taken over, with what it has given them. */
  readonly #owned = new Map<OffsetStore, Given>();
  /** The stores that any run has taken over. */
  readonly #everOwned = new WeakSet<OffsetStore>();
  readonly #transactions: Transactions;
  readonly #known = new WeakMap<OffsetStore, KnownOffsets>();
  readonly #retry: CommitRetry;
  readonly #reports: CommitReports;

  constructor(retry: CommitRetry, reports: CommitReports) {
    this.#retry = retry;
    this.#reports = reports;
    this.#transactions = new Transactions((store, error) => reports.notRolledBack(store, error));
  }

  /** A batch of this source was processed, seen or unseen; its ranges are committed by the next declared commit. */
  reached(source: string, offsets: readonly OffsetRange[]): void {
    const partitions = this.#reached.get(source) ?? new Map<string, Reached>();
    for (const { topic, partition, from, until } of offsets) {
      const key = partitionKey({ topic, partition });
      const before = partitions.get(key);
      if (until >= (before?.until ?? 0)) partitions.set(key, { topic, partition, from: before?.from ?? from, until });
    }
    this.#reached.set(source, partitions);
  }

  /**
   * A new run starts from what has settled: positions of batches it will run again are forgotten. It takes over the stores it knows of before
   * its sources ask them where to begin, so that nobody else commits in between. One that was never reached fails the run, as it would fail
   * a source that asks it: nothing has begun that could wait. One that was is waited for.
   */
  runBegins(stores: readonly OffsetStore[], asking: Asking, then: () => void): void {
    this.#reached.clear();
    this.#owned.clear();
    const left = [...stores];
    const next = (): void => {
      const store = left.shift();
      if (store === undefined) return then();
      if (this.#everOwned.has(store)) return this.#own(store, asking, next);
      const failed = (error: unknown): never => {
        throw isStreamError(error) ? error : storeFailed(store, error, 1);
      };
      this.#takeOver(store, next, (owned) => asking.ask(() => store.own?.(), owned, failed));
    };
    next();
  }

  /** The transaction of the scope at `store`, begun as soon as the store can be reached. */
  transaction(
    store: TransactionalOffsetStore<unknown>,
    scope: Scope,
    asking: Asking,
  ): Observable<OffsetTransaction<unknown>> {
    return this.#transactions.of(store, scope, (begin, then) =>
      this.#own(store, asking, () => this.#repeatedly(store, begin, asking, then)),
    );
  }

  /**
   * Commits what the scope declares, store by store; `then` is called when all have it. Transactions first: offsets that are committed
   * elsewhere say that the results are there. Of several transactions that of a store which a source starts from comes last: a process that dies in between
   * begins with this batch again, which the others refuse, and not behind it, where they would miss it.
   */
  commit(scope: Scope, startedFrom: ReadonlySet<object>, asking: Asking, then: () => void): void {
    const declared = [...scope.commits] as (readonly [OffsetStore, Set<string>])[];
    const rank = ([store]: readonly [OffsetStore, unknown]): number =>
      this.#transactions.at(store) === undefined ? 2 : startedFrom.has(store) ? 1 : 0;
    const stores = declared.sort((one, other) => rank(one) - rank(other));
    const next = (): void => {
      const declared = stores.shift();
      if (declared === undefined) return then();
      this.#commitTo(declared[0], [...declared[1]], asking, next);
    };
    next();
  }

  #commitTo(store: OffsetStore, sources: readonly string[], asking: Asking, then: () => void): void {
    const isTransaction = this.#transactions.at(store) !== undefined;
    const reached = sources.flatMap((source) => [...(this.#reached.get(source)?.values() ?? [])]);
    this.#own(store, asking, (given) => {
      this.#loadKnown(store, reached, asking, (known) => {
        const offsets = reached
          .map((offset): OffsetCommit => {
            const key = partitionKey(offset);
            return { ...offset, from: given.get(key) ?? offset.from, expected: known.get(key) };
          })
          // What a transaction would commit a second time is for the store to refuse; a plain commit leaves it out.
          .filter(({ until, expected }) => isTransaction || expected === undefined || until >= expected);
        this.#give(store, offsets, asking, (outcome) => {
          for (const offset of offsets) {
            known.set(partitionKey(offset), offset.until);
            given.set(partitionKey(offset), offset.until);
          }
          if (outcome.foreign.length > 0) this.#reports.foreign(store, outcome.foreign);
          then();
        });
      });
    });
  }

  #give(
    store: OffsetStore,
    offsets: readonly OffsetCommit[],
    asking: Asking,
    then: (outcome: CommitOutcome) => void,
  ): void {
    const transaction = this.#transactions.at(store);
    // Not repeated: what was written through it is gone with it, or is there although the answer was lost. The next run finds out.
    if (transaction !== undefined) {
      return asking.ask(
        () => transaction.commit(offsets),
        then,
        (error) => {
          throw isStreamError(error) ? error : storeFailed(store, error, 1);
        },
      );
    }
    if (offsets.length === 0) return then({ foreign: [] });
    this.#repeatedly(store, () => store.commit(offsets), asking, then);
  }

  /** Takes the store's group over if that is not done yet: a chain behind a `merge` of shared streams tells of its store with its first batch. */
  #own(store: OffsetStore, asking: Asking, then: (given: Given) => void): void {
    this.#takeOver(store, then, (owned) => this.#repeatedly(store, () => store.own?.(), asking, owned));
  }

  /** Once in each run. */
  #takeOver(store: OffsetStore, then: (given: Given) => void, ask: (owned: () => void) => void): void {
    const given = this.#owned.get(store);
    if (given !== undefined) return then(given);
    const owned = (): void => {
      const begun: Given = new Map();
      this.#owned.set(store, begun);
      this.#everOwned.add(store);
      then(begun);
    };
    if (store.own === undefined) owned();
    else ask(owned);
  }

  /** What the store holds, asked once for each topic: from then on a difference means a second writer. */
  #loadKnown(
    store: OffsetStore,
    of: readonly Reached[],
    asking: Asking,
    then: (known: Map<string, number>) => void,
  ): void {
    const known: KnownOffsets = this.#known.get(store) ?? { topics: new Set(), offsets: new Map() };
    this.#known.set(store, known);
    const topics = [...new Set(of.map(({ topic }) => topic))].filter((topic) => !known.topics.has(topic));
    if (topics.length === 0) return then(known.offsets);
    this.#repeatedly(
      store,
      () => store.load({ topics }),
      asking,
      (offsets: readonly CommittedOffset[]) => {
        for (const topic of topics) known.topics.add(topic);
        for (const offset of offsets) known.offsets.set(partitionKey(offset), offset.until);
        const gaps = gapsBetween(
          known.offsets,
          of.filter(({ topic }) => topics.includes(topic)),
        );
        if (gaps.length > 0) this.#reports.behind(store, gaps);
        then(known.offsets);
      },
    );
  }

  /** Asks until it works: a store that is away for a while holds the batch, it does not lose it. */
  #repeatedly<T>(
    store: OffsetStore,
    call: () => Answer<T>,
    asking: Asking,
    then: (value: T) => void,
    attempt: number = 1,
  ): void {
    asking.ask(call, then, (error) => {
      const mayPass = isStreamError(error) && error.retriable;
      if (!mayPass || attempt > this.#retry.maxRetries) throw storeFailed(store, error, attempt);
      this.#reports.retried(store, attempt, error);
      const delay = Math.min(this.#retry.firstDelayMs * 2 ** (attempt - 1), this.#retry.maxDelayMs);
      asking.wait(delay, () => this.#repeatedly(store, call, asking, then, attempt + 1));
    });
  }
}

/** What lies between what a store holds and where this process has begun to read: nobody who asks the store knows it as processed. */
function gapsBetween(held: ReadonlyMap<string, number>, reached: readonly Reached[]): OffsetRange[] {
  return reached.flatMap(({ topic, partition, from: until }) => {
    const from = held.get(partitionKey({ topic, partition }));
    return from === undefined || from >= until ? [] : [{ topic, partition, from, until }];
  });
}

function storeFailed(store: OffsetStore, cause: unknown, attempts: number): unknown {
  if (isStreamError(cause) && !cause.retriable) return cause;
  const reason = reasonOf(cause);
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `Offset store ${store.name}: failed after ${attempts} ${attempts === 1 ? 'try' : 'tries'}: ${reason}`,
    { cause },
  );
}
