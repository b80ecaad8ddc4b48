import type { Observable, SchedulerLike } from 'rxjs';
import type { Scope } from './batch/Scope.ts';
import type { Identify } from './keys/keyIdentity.ts';
import type { KeyedState } from './state/KeyedState.ts';
import type { StateShape } from './state/StateOptions.ts';
import type { StateValues } from './state/StateValues.ts';
import type { ValuesIn } from './state/ValuesIn.ts';

/**
 * What an operator reports: a table was not loaded again and the last one is still used; it has been loaded again; the results of a
 * batch that runs again are in the store already.
 */
export type OperatorReportCode = 'TABLE_STALE' | 'TABLE_RELOADED' | 'BATCH_COMMITTED_BEFORE';

/** What an operator's report may say besides its code and message. */
export interface OperatorReportDetails {
  readonly cause?: unknown;
  readonly count?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The transaction of one batch at one store: what outputs need of it. */
export interface BatchTransaction {
  /** An earlier run has committed this batch: nothing is to be written again. */
  readonly committed: boolean;
  /** What is written through. */
  readonly handle: unknown;
}

/** What one run of a context offers to scopes and operators. `core` knows this much of the runtime and no more. */
export interface RunServices {
  /** The context the run belongs to; only its identity matters here. */
  readonly context: object;
  readonly scheduler: SchedulerLike;
  /** Aborted when the run ends. Outputs get it. */
  readonly signal: AbortSignal;
  /** Whether the run is still going on. */
  readonly alive: boolean;
  /** Ends the run with this error; the first one counts. */
  fail(error: unknown): void;
  /** All holds of the scope are back. */
  scopeReleased(scope: Scope): void;
  /** Somebody's work outlives the call it began in: the next run waits until the returned function is called. */
  track(): () => void;
  /**
   * The transaction of this batch time at `store`, begun if it is not open yet, once the store can be reached. It is committed when the
   * batch settles, together with the positions, and rolled back if it does not.
   */
  transaction(scope: Scope, store: object): Observable<BatchTransaction>;
  /** Tells `progress$` of something noteworthy about `subject` that did not end the run. */
  report(code: OperatorReportCode, subject: string, message: string, more?: OperatorReportDetails): void;
  /** The states of one stateful operator, restored from the checkpoint; claimed once for each subscription and run. */
  claimState(claim: StateClaim): OperatorState;
}

/** Who asks for state. */
export interface StateClaim {
  /** The operator's name, for default names and messages. */
  readonly operator: string;
  /** The name the user chose, if any. */
  readonly name: string | undefined;
  /** The same object for every subscription of one operator call: how a retry finds its own state again. */
  readonly identity: object;
  /** Version, migration and codec of the user's values in it. Default: plain data that has never changed its shape. */
  readonly shape?: StateShape;
}

/** What a collection of state is like. */
export interface CollectionOptions<K, V> {
  /** How its keys are told apart. */
  readonly identify?: Identify<K>;
  /** Where the user's values are in what it keeps; left out where there are none: then no version or codec is about it. */
  readonly valuesIn?: ValuesIn<K, V>;
  /** Where they are in what the checkpoint had, if that is another form. */
  readonly restoredIn?: ValuesIn<K, never>;
  /** Makes what is kept of what the checkpoint had, if that is another form: all of it is written anew then. */
  readonly reform?: ((restored: never) => V) | undefined;
  /** Is told of each entry that the checkpoint had, while its value is at hand. */
  readonly onRestored?: ((place: number, value: V) => void) | undefined;
  /** Where what it keeps is while it is not in memory. Default: all of it is in memory. */
  readonly values?: StateValues | undefined;
}

/** The named keyed collections of one stateful operator. */
export interface OperatorState {
  readonly name: string;
  /** The collection `part` of this operator's state, as the checkpoint had it. */
  collection<K, V>(part: string, options?: CollectionOptions<K, V>): KeyedState<K, V>;
  /** What another form of the operator has kept as `part` is of no use any more: gone with the next settlement. */
  forget(part: string): void;
  /** All parts have been asked for, or forgotten: if others are kept under the name, they are of another kind of operator, and it throws. */
  complete(): void;
}
