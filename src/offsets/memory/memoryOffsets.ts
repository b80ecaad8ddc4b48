import { textArgument } from '../../core/arguments.ts';
import { StreamError } from '../../core/errors.ts';
import { type KnownOptions, knownOptions } from '../../core/knownOptions.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import {
  checkedCommit,
  committedBefore,
  foreignOffsets,
  lostCommit,
  lostError,
  OwnAttempts,
  queried,
  raisedOffsets,
} from '../commitPlan.ts';
import type {
  CommitOutcome,
  OffsetCommit,
  OffsetQuery,
  OffsetTransaction,
  TransactionalOffsetStore,
  TransactionBatch,
} from '../OffsetStore.ts';
import { TransactionTurns } from '../TransactionTurns.ts';
import { StagedMap } from './StagedMap.ts';

/** Options of {@link memoryOffsets}. */
export interface MemoryOffsetsOptions {
  /** For messages and progress. Default `memory`. */
  readonly name?: string;
}

const OPTIONS: KnownOptions<MemoryOffsetsOptions> = { name: true };

/** What outputs write results to: a map whose changes take effect when the batch is committed, and are seen here before. */
export interface MemoryTransaction<K = unknown, V = unknown> {
  get(key: K): V | undefined;
  has(key: K): boolean;
  set(key: K, value: V): this;
  delete(key: K): boolean;
}

/** A {@link TransactionalOffsetStore} that answers with plain values. */
export interface MemoryOffsets<K = unknown, V = unknown> extends TransactionalOffsetStore<MemoryTransaction<K, V>> {
  /** What transactions have committed. */
  readonly results: ReadonlyMap<K, V>;
  load(query: OffsetQuery): readonly CommittedOffset[];
  commit(offsets: readonly OffsetCommit[]): CommitOutcome;
  own(): void;
  begin(batch: TransactionBatch): MemoryOffsetsTransaction<K, V>;
  /** Another store object on the same offsets and results, as another process would open it. */
  reopen(): MemoryOffsets<K, V>;
  close(): void;
}

/** An {@link OffsetTransaction} that answers with plain values. */
export interface MemoryOffsetsTransaction<K = unknown, V = unknown> extends OffsetTransaction<MemoryTransaction<K, V>> {
  commit(offsets: readonly OffsetCommit[]): CommitOutcome;
  rollback(): void;
}

/**
 * An offset store that lives as long as the object: for tests, and for pipelines that begin afresh with each process.
 *
 * - Answers every call at once with a plain value, so that a pipeline with synchronous parts stays synchronous.
 * - Keeps one number for each partition ever committed; nothing survives the process.
 * - The handle of its transactions is a map: what is set there is in `results` once the batch has been committed.
 * - Throws `INVALID_ARGUMENT` for an offset that is not a safe integer from 0, before anything of the commit is kept;
 *   `OFFSET_STORE_TAKEN` where another one made by `reopen` owns it; `OFFSET_STORE_FAILED` for what a transaction refuses.
 */
export function memoryOffsets<K = unknown, V = unknown>(options: MemoryOffsetsOptions = {}): MemoryOffsets<K, V> {
  knownOptions('memoryOffsets', options, OPTIONS);
  const name = options.name === undefined ? 'memory' : textArgument('memoryOffsets(name)', options.name);
  return storeOn({ held: new Map(), results: new Map(), epoch: 0, lastTime: undefined }, name);
}

/** What stores on the same offsets share. */
interface Place<K, V> {
  readonly held: Map<string, CommittedOffset>;
  readonly results: Map<K, V>;
  /** Rises when somebody takes it over. */
  epoch: number;
  /** Of the batch that was committed last. */
  lastTime: number | undefined;
}

function storeOn<K, V>(place: Place<K, V>, name: string): MemoryOffsets<K, V> {
  const attempts = new OwnAttempts();
  const turns = new TransactionTurns('memoryOffsets');
  let epoch: number | undefined;

  function fence(): void {
    if (epoch !== undefined && epoch !== place.epoch) {
      const what = 'expected to own its offsets, but another store object has taken them over';
      throw new StreamError('OFFSET_STORE_TAKEN', `memoryOffsets: ${what}. Let only one of them run.`);
    }
  }

  function raise(wanted: readonly OffsetCommit[]): CommitOutcome {
    const foreign = foreignOffsets(place.held, wanted, attempts.note(wanted));
    for (const offset of raisedOffsets(place.held, wanted)) place.held.set(partitionKey(offset), offset);
    return { foreign };
  }

  return {
    name,
    results: place.results,
    load: (query) => queried(place.held.values(), query),
    commit(offsets) {
      const wanted = checkedCommit('memoryOffsets', offsets);
      if (wanted.length === 0) return { foreign: [] };
      fence();
      return raise(wanted);
    },
    own() {
      fence();
      epoch ??= ++place.epoch;
    },
    begin({ time, repeated }) {
      fence();
      const committed = repeated && place.lastTime === time;
      const handle = new StagedMap(place.results, (act) => turns.check(transaction, act));
      const transaction: MemoryOffsetsTransaction<K, V> = {
        committed,
        handle,
        commit(offsets) {
          turns.check(transaction, 'commit(...)');
          turns.end(transaction);
          const wanted = checkedCommit('memoryOffsets', offsets);
          fence();
          if (committed) return { foreign: [] };
          const before = committedBefore(place.held, wanted);
          if (before !== undefined) throw twice(before);
          const lost = lostCommit(place.held, wanted);
          if (lost !== undefined) throw lostError('memoryOffsets', lost, place.held.get(partitionKey(lost))?.until);
          handle.apply();
          place.lastTime = time;
          return raise(wanted);
        },
        rollback: () => void turns.end(transaction),
      };
      turns.begin(transaction);
      return transaction;
    },
    reopen: () => storeOn(place, name),
    close() {},
  };
}

function twice({ topic, partition, until }: CommittedOffset): StreamError {
  return new StreamError(
    'OFFSET_STORE_FAILED',
    `memoryOffsets commit: expected the records of ${topic} ${partition} to begin at the stored offset ${until} or above it, got a batch that begins ` +
      'below: its records have been committed before. Nothing of the transaction was kept.',
  );
}
