import { optionsArgument, textArgument } from '../../core/arguments.ts';
import { type CommittedOffset, partitionKey } from '../../core/OffsetRange.ts';
import { checkedCommit, foreignOffsets, OwnAttempts, queried, raisedOffsets } from '../commitPlan.ts';
import type { CommitOutcome, OffsetCommit, OffsetQuery, OffsetStore } from '../OffsetStore.ts';

/** Options of {@link memoryOffsets}. */
export interface MemoryOffsetsOptions {
  /** For messages and progress. Default `memory`. */
  readonly name?: string;
}

/** An {@link OffsetStore} that answers with plain values. */
export interface MemoryOffsets extends OffsetStore {
  load(query: OffsetQuery): readonly CommittedOffset[];
  commit(offsets: readonly OffsetCommit[]): CommitOutcome;
  close(): void;
}

/**
 * An offset store that lives as long as the object: for tests, and for pipelines that begin afresh with each process.
 *
 * - Answers every call at once with a plain value, so that a pipeline with synchronous parts stays synchronous.
 * - Keeps one number for each partition ever committed; nothing survives the process.
 * - Throws `INVALID_ARGUMENT` for an offset that is not a safe integer from 0, before anything of the commit is kept.
 */
export function memoryOffsets(options: MemoryOffsetsOptions = {}): MemoryOffsets {
  optionsArgument('memoryOffsets', options, '{ name }');
  const name = options.name === undefined ? 'memory' : textArgument('memoryOffsets(name)', options.name);
  const held = new Map<string, CommittedOffset>();
  const attempts = new OwnAttempts();
  return {
    name,
    load: (query) => queried(held.values(), query),
    commit(offsets) {
      const wanted = checkedCommit('memoryOffsets', offsets);
      const foreign = foreignOffsets(held, wanted, attempts.note(wanted));
      for (const offset of raisedOffsets(held, wanted)) held.set(partitionKey(offset), offset);
      return { foreign };
    },
    close() {},
  };
}
