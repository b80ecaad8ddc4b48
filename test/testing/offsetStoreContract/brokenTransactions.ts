import { StreamError } from '../../../src/core/errors.ts';
import type { OffsetCommit } from '../../../src/offsets/OffsetStore.ts';
import type { RepeatLaw } from '../../../src/testing/offsets/repeatLaws.ts';
import type { TransactionLaw } from '../../../src/testing/offsets/transactionLaws.ts';
import { owned } from './brokenStores.ts';
import { beginning, type CountersTransaction, type Otherwise, taken, transacting } from './otherStores.ts';

type Offsets = readonly OffsetCommit[];

/** Stores that break each law of one transaction. */
export const brokenTransactions: Readonly<Record<TransactionLaw, Otherwise>> = {
  nothingBeforeCommit: transacting((_, store) => ({ handle: store.results })),
  togetherAtCommit: transacting(() => ({ handle: new Map() })),
  manyTransactions: (store) => {
    let count = 0;
    const begin = (batch: Parameters<typeof store.begin>[0]): object =>
      count++ === 0 ? store.begin(batch) : { ...store.begin(batch), handle: new Map() };
    return { begin };
  },
  withoutOffsets: transacting(({ commit, rollback }) => ({
    commit: (offsets: Offsets) => {
      if (offsets.length > 0) return commit(offsets);
      rollback();
      return { foreign: [] };
    },
  })),
  withoutResults: transacting(({ commit, rollback, handle }, store) => ({
    commit: (offsets: Offsets) => {
      if (handle.has('a')) return commit(offsets);
      rollback();
      return store.commit(offsets);
    },
  })),
  rollbackLeavesNothing: transacting(({ commit }) => ({ rollback: () => void commit([]) })),
  rollbackAfterCommit: (store) => {
    let last: CountersTransaction | undefined;
    return {
      begin: (batch: Parameters<typeof store.begin>[0]) => {
        last = store.begin(batch);
        return { ...last, rollback: () => last?.rollback() };
      },
    };
  },
  oneAtATime: beginning((batch, store) => store.reopen().begin(batch)),
  endsOnce: transacting(({ commit, rollback }) => {
    let ended = false;
    return {
      commit: (offsets: Offsets) => {
        if (ended) return { foreign: [] };
        ended = true;
        return commit(offsets);
      },
      rollback: () => {
        ended = true;
        rollback();
      },
    };
  }),
  refusesWhatWasCommitted: transacting(({ commit }) => ({
    commit: (offsets: Offsets) => commit(offsets.map(({ from: _, ...offset }) => offset)),
  })),
  refusesWhatWasLost: transacting(({ commit }) => ({
    commit: (offsets: Offsets) => commit(offsets.map((offset) => ({ ...offset, expected: undefined }))),
  })),
  transactionRefusesWhole: transacting(({ commit }) => ({
    commit: (offsets: Offsets) => {
      commit(offsets.filter(({ until }) => Number.isSafeInteger(until) && until >= 0));
      throw new StreamError('INVALID_ARGUMENT', 'wrong');
    },
  })),
  transactionNeverGoesDown: transacting(({ commit }, store) => ({
    commit: (offsets: Offsets) => {
      const held = new Map(store.load({}).map(({ partition, until }) => [partition, until]));
      return commit(
        offsets.map((offset) => ({ ...offset, from: Math.min(offset.until, held.get(offset.partition) ?? 0) })),
      );
    },
  })),
};

/** Stores that break each law of repeated batches and of overtaken transactions. */
export const brokenRepeats: Readonly<Record<RepeatLaw, Otherwise>> = {
  recognisesRepeated: beginning((batch, store) => store.begin({ ...batch, repeated: false })),
  keepsNothingTwice: beginning((batch, store, shared) => {
    const committed = batch.repeated && shared.time === batch.time;
    shared.time = batch.time;
    const { commit, ...transaction } = store.begin({ ...batch, repeated: false });
    const withoutFrom = (offsets: Offsets): Offsets => offsets.map(({ from: _, ...offset }) => offset);
    return { ...transaction, commit: (offsets: Offsets) => commit(withoutFrom(offsets)), committed };
  }),
  recognisedByTheNext: (store) => {
    const mine = new Set<number>();
    return {
      begin: ({ time, repeated }: Parameters<typeof store.begin>[0]) => {
        const transaction = store.begin({ time, repeated: repeated && mine.has(time) });
        mine.add(time);
        return transaction;
      },
    };
  },
  newBatchOfEqualTime: beginning((batch, store) => store.begin({ ...batch, repeated: true })),
  onlyTheLastBatch: beginning((batch, store, shared) => {
    const last = (shared.last as number | undefined) ?? -1;
    if (!batch.repeated) shared.last = batch.time;
    return { ...store.begin(batch), committed: batch.repeated && batch.time <= last };
  }),
  plainCommitsAreNoBatches: (store, shared) => ({
    commit: (offsets: Offsets) => {
      shared.forgets = true;
      return store.commit(offsets);
    },
    begin: ({ time, repeated }: Parameters<typeof store.begin>[0]) =>
      store.begin({ time, repeated: repeated && shared.forgets !== true }),
  }),
  overtakenTransaction: beginning((batch, store) => store.reopen().begin(batch)),
  overtakenCannotBegin: beginning((batch, store) => {
    try {
      return store.begin(batch);
    } catch {
      return { committed: false, handle: new Map(), commit: () => ({ foreign: [] }), rollback: () => {} };
    }
  }),
  neverOwnedTransaction: owned((store, shared) => ({
    begin: (batch: Parameters<typeof store.begin>[0]) => {
      if (shared.owner !== undefined && shared.owner !== store) throw taken();
      return store.begin(batch);
    },
  })),
};
