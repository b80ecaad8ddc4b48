import { StreamError } from '../../../src/core/errors.ts';
import {
  type MemoryOffsets,
  type MemoryOffsetsTransaction,
  memoryOffsets,
} from '../../../src/offsets/memory/memoryOffsets.ts';
import type { CommitOutcome, OffsetCommit, OffsetStore, TransactionBatch } from '../../../src/offsets/OffsetStore.ts';
import type { OffsetStoreUnderTest } from '../../../src/testing/offsetStoreContract.ts';

export type Counters = MemoryOffsets<string, number>;
export type CountersTransaction = MemoryOffsetsTransaction<string, number>;

/** What the stores of one place share besides their offsets. */
export type Shared = Record<string, unknown>;

/** What a store does otherwise than it should; its answers may be promises. */
export type Otherwise = (store: Counters, shared: Shared) => Partial<Record<keyof Counters, unknown>>;

export const committing =
  (
    commit: (
      offsets: readonly OffsetCommit[],
      store: Counters,
      shared: Shared,
    ) => CommitOutcome | Promise<CommitOutcome>,
  ): Otherwise =>
  (store, shared) => ({ commit: (offsets: readonly OffsetCommit[]) => commit(offsets, store, shared) });

/** Begins otherwise, or with something else for its batch. */
export const beginning =
  (begin: (batch: TransactionBatch, store: Counters, shared: Shared) => object): Otherwise =>
  (store, shared) => ({ begin: (batch: TransactionBatch) => begin(batch, store, shared) });

/** Makes something else of each transaction. */
export const transacting = (change: (transaction: CountersTransaction, store: Counters) => object): Otherwise =>
  beginning((batch, store) => {
    const transaction = store.begin(batch);
    return { ...transaction, ...change(transaction, store) };
  });

export const taken = (): StreamError => new StreamError('OFFSET_STORE_TAKEN', 'taken');

/** Stores in memory that do something otherwise, for the suite. */
export function subject(otherwise: Otherwise = () => ({})): OffsetStoreUnderTest {
  const places = new WeakMap<OffsetStore, { readonly first: Counters; readonly shared: Shared }>();
  const opened = (first: Counters, shared: Shared): OffsetStore => {
    const inner = first.reopen();
    const store = { ...inner, ...otherwise(inner, shared) } as OffsetStore;
    places.set(store, { first, shared });
    return store;
  };
  const placeOf = (store: OffsetStore): { readonly first: Counters; readonly shared: Shared } =>
    places.get(store) as { first: Counters; shared: Shared };
  return {
    name: 'a store in memory with owners and transactions',
    make: () => opened(memoryOffsets<string, number>(), {}),
    reopen: (store) => opened(placeOf(store).first, placeOf(store).shared),
    owns: true,
    results: {
      add: (handle: CountersTransaction['handle'], name, amount) =>
        void handle.set(name, (handle.get(name) ?? 0) + amount),
      read: (store, name) => placeOf(store).first.results.get(name) ?? 0,
    },
  };
}
