import {
  type Answer,
  type CommitOutcome,
  memoryOffsets,
  type OffsetCommit,
  type OffsetTransaction,
  type TransactionalOffsetStore,
  type TransactionBatch,
} from '../../src/index.ts';

/** What a {@link ledgerStore} does besides; an answer is waited for, a throw is the call's failure. */
export interface LedgerFaults {
  onBegin?(batch: TransactionBatch): Answer<unknown>;
  /** Before anything of the commit takes effect. */
  onCommit?(offsets: readonly OffsetCommit[]): unknown;
  /** After it took effect: the answer is lost. */
  onCommitted?(): void;
  onRollback?(): Answer<void>;
}

/** A store with transactions in memory, whose results are lines; it writes down what it was asked. */
export interface LedgerStore extends TransactionalOffsetStore<string[]> {
  readonly lines: readonly string[];
  readonly calls: readonly string[];
  held(): string;
}

export function ledgerStore(faults: LedgerFaults = {}): LedgerStore {
  const offsets = memoryOffsets({ name: 'ledger' });
  const lines: string[] = [];
  const calls: string[] = [];
  let last: number | undefined;

  function transaction({ time, repeated }: TransactionBatch): OffsetTransaction<string[]> {
    const handle: string[] = [];
    const committed = repeated && time === last;
    return {
      committed,
      handle,
      commit(wanted): CommitOutcome {
        calls.push(`commit ${time} ${wanted.map(({ from, until }) => `${from}-${until}`).join(' ')}`.trimEnd());
        faults.onCommit?.(wanted);
        if (!committed) lines.push(...handle);
        last = time;
        const outcome = offsets.commit(wanted);
        faults.onCommitted?.();
        return outcome;
      },
      rollback() {
        calls.push(`rollback ${time}`);
        return faults.onRollback?.();
      },
    };
  }

  return {
    name: 'ledger',
    lines,
    calls,
    load: (query) => offsets.load(query),
    commit(wanted) {
      calls.push('commit without transaction');
      return offsets.commit(wanted);
    },
    own: () => void calls.push('own'),
    begin(batch) {
      calls.push(`begin ${batch.time}${batch.repeated ? ' repeated' : ''}`);
      const answer = faults.onBegin?.(batch);
      const waited = answer as PromiseLike<unknown> | undefined;
      return typeof waited?.then === 'function' ? waited.then(() => transaction(batch)) : transaction(batch);
    },
    close() {},
    held: () =>
      offsets
        .load({})
        .map(({ topic, partition, until }) => `${topic}[${partition}]=${until}`)
        .join(' '),
  };
}
