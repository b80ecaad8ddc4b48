import type { Answer } from '../core/Answer.ts';
import { refuse } from '../core/arguments.ts';
import type { CheckpointContents, InspectableCheckpoint } from './CheckpointStore.ts';

/** Where a checkpoint begins that holds nothing yet: made by {@link savepointOf}. */
export interface Savepoint {
  /** For messages: the store and the name of the savepoint. */
  readonly name: string;
  /** Lets `use` look at it; what it is given is good until its answer. */
  inspect<T>(use: (contents: CheckpointContents) => Answer<T>): Answer<T>;
}

/**
 * What a store kept under `name` with `savepoint(name)`, or without a name what is there now, for the option `startFrom` of
 * another store: state moves to another place, or to another kind of store.
 *
 * **Errors**: `INVALID_ARGUMENT` for a store without `inspect`. When a context starts from it: `CHECKPOINT_FAILED` if there is
 * no savepoint of this name, `CHECKPOINT_CORRUPT` and the others if it cannot be read.
 */
export function savepointOf(store: InspectableCheckpoint, name?: string): Savepoint {
  if (typeof store?.inspect !== 'function') {
    refuse(
      'savepointOf',
      'a checkpoint store that can be looked at without being owned',
      store,
      'This one has no inspect.',
    );
  }
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    refuse('savepointOf', 'the name of a savepoint, or none', name);
  }
  return {
    name: name === undefined ? store.name : `${store.name}, savepoint ${name}`,
    inspect: (use) => store.inspect(use, name),
  };
}
