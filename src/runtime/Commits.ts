import type { Answer } from '../core/Answer.ts';
import type { Scope } from '../core/batch/Scope.ts';
import { isStreamError, StreamError } from '../core/errors.ts';
import { type CommittedOffset, type OffsetRange, partitionKey } from '../core/OffsetRange.ts';
import { reasonOf } from '../core/reasonOf.ts';
import type { CommitOutcome, OffsetCommit, OffsetStore } from '../offsets/OffsetStore.ts';

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
}

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
  readonly #reached = new Map<string, Map<string, CommittedOffset>>();
  readonly #known = new WeakMap<OffsetStore, KnownOffsets>();
  readonly #retry: CommitRetry;
  readonly #reports: CommitReports;

  constructor(retry: CommitRetry, reports: CommitReports) {
    this.#retry = retry;
    this.#reports = reports;
  }

  /** A batch of this source was processed, seen or unseen; its ranges are committed by the next declared commit. */
  reached(source: string, offsets: readonly OffsetRange[]): void {
    const partitions = this.#reached.get(source) ?? new Map<string, CommittedOffset>();
    for (const { topic, partition, until } of offsets) {
      const key = partitionKey({ topic, partition });
      if (until >= (partitions.get(key)?.until ?? 0)) partitions.set(key, { topic, partition, until });
    }
    this.#reached.set(source, partitions);
  }

  /** A new run starts from what has settled: positions of batches it will run again are forgotten. */
  forgetReached(): void {
    this.#reached.clear();
  }

  /** Commits what the scope declares, store by store; `then` is called when all have it. */
  commit(scope: Scope, asking: Asking, then: () => void): void {
    const stores = [...scope.commits] as (readonly [OffsetStore, Set<string>])[];
    const next = (): void => {
      const declared = stores.shift();
      if (declared === undefined) return then();
      this.#commitTo(declared[0], [...declared[1]], asking, next);
    };
    next();
  }

  #commitTo(store: OffsetStore, sources: readonly string[], asking: Asking, then: () => void): void {
    const reached = sources.flatMap((source) => [...(this.#reached.get(source)?.values() ?? [])]);
    this.#loadKnown(store, reached, asking, (known) => {
      const offsets = reached
        .map((offset): OffsetCommit => ({ ...offset, expected: known.get(partitionKey(offset)) }))
        .filter(({ until, expected }) => expected === undefined || until >= expected);
      if (offsets.length === 0) return then();
      this.#repeatedly(
        store,
        () => store.commit(offsets),
        asking,
        (outcome: CommitOutcome) => {
          for (const offset of offsets) known.set(partitionKey(offset), offset.until);
          if (outcome.foreign.length > 0) this.#reports.foreign(store, outcome.foreign);
          then();
        },
      );
    });
  }

  /** What the store holds, asked once for each topic: from then on a difference means a second writer. */
  #loadKnown(
    store: OffsetStore,
    of: readonly CommittedOffset[],
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
    attempt = 1,
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

function storeFailed(store: OffsetStore, cause: unknown, attempts: number): unknown {
  if (isStreamError(cause) && !cause.retriable) return cause;
  const reason = reasonOf(cause);
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `Offset store ${store.name}: failed after ${attempts} tries: ${reason}`,
    { cause },
  );
}
