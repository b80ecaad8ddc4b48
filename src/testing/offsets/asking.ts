import { promised } from '../../core/Answer.ts';
import type { CommittedOffset } from '../../core/OffsetRange.ts';
import type {
  CommitOutcome,
  OffsetCommit,
  OffsetStore,
  OffsetTransaction,
  TransactionalOffsetStore,
  TransactionBatch,
} from '../../offsets/OffsetStore.ts';

/** One partition's part of a commit. */
export function at(topic: string, partition: number, until: number, expected?: number): OffsetCommit {
  return { topic, partition, until, expected };
}

/** The same, of records that begin at `from`, where this run believes the store to be. */
export function range(topic: string, partition: number, from: number, until: number): OffsetCommit {
  return { topic, partition, from, until, expected: from === 0 ? undefined : from };
}

export function held(topic: string, partition: number, until: number): CommittedOffset {
  return { topic, partition, until };
}

export function commit(store: OffsetStore, offsets: readonly OffsetCommit[]): Promise<CommitOutcome> {
  return promised(() => store.commit(offsets));
}

/** Takes the group over. */
export function own(store: OffsetStore): Promise<void> {
  if (store.own === undefined) throw new Error('this law needs own; leave owns out');
  const owning = store.own.bind(store);
  return promised(owning);
}

/** Which store a transaction is of. */
const stores = new WeakMap<OffsetTransaction<unknown>, OffsetStore>();

export function storeOf(transaction: OffsetTransaction<unknown>): OffsetStore {
  return stores.get(transaction) as OffsetStore;
}

/** Begins the transaction of a batch; `repeated` is false when left out. */
export async function begin(
  store: OffsetStore,
  batch: Partial<TransactionBatch> & Pick<TransactionBatch, 'time'>,
): Promise<OffsetTransaction<unknown>> {
  const { begin } = store as Partial<TransactionalOffsetStore<unknown>>;
  if (begin === undefined) throw new Error('this law needs begin; leave results out');
  const transaction = await promised(() => begin.call(store, { repeated: false, ...batch }));
  stores.set(transaction, store);
  return transaction;
}

/** Ends a transaction with its commit. */
export function ended(
  transaction: OffsetTransaction<unknown>,
  offsets: readonly OffsetCommit[],
): Promise<CommitOutcome> {
  return promised(() => transaction.commit(offsets));
}

export function rolledBack(transaction: OffsetTransaction<unknown>): Promise<void> {
  return promised(() => transaction.rollback());
}

export async function failureOf(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure, got an answer');
}

/** The code a call is refused with; `no failure` where it answers. */
export async function refusal(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    const { code, retriable } = error as { readonly code?: unknown; readonly retriable?: unknown };
    return retriable === true ? `${code}, retriable` : (code ?? error);
  }
  return 'no failure';
}
