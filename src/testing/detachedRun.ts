import { asyncScheduler, concat, of, type SchedulerLike, tap } from 'rxjs';
import { answered } from '../core/Answer.ts';
import { schedulerArgument } from '../core/arguments.ts';
import type { Scope } from '../core/batch/Scope.ts';
import { StreamError } from '../core/errors.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import type { CollectionOptions, RunServices } from '../core/RunServices.ts';
import { KeyedState } from '../core/state/KeyedState.ts';
import type { OffsetTransaction, TransactionalOffsetStore } from '../offsets/OffsetStore.ts';

/** Options of {@link detachedRun}. */
export interface DetachedRunOptions {
  /** Times what scopes and operators wait for. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}

const OPTIONS: KnownOptions<DetachedRunOptions> = { scheduler: true };

/** A run without a context. */
export interface DetachedRun extends RunServices {
  /** The first error the run was failed with, if any. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Ends the run as a stop would: what is open is abandoned, the signal is aborted. */
  end(): void;
}

/**
 * The life that batches of a test belong to when there is no `StreamingContext`: settles a scope as soon as all its holds are
 * back, gives each operator an empty state of frozen values, and keeps the first failure. Offsets are not committed and state is not
 * kept; transactions are committed when their batch settles.
 *
 * Settling is loud: a second batch time that begins while another is open is `BATCH_ORDER`, because no context does that.
 */
export function detachedRun(options: DetachedRunOptions = {}): DetachedRun {
  knownOptions('detachedRun', options, OPTIONS);
  const scheduler = schedulerArgument('detachedRun({ scheduler })', options.scheduler ?? asyncScheduler);
  const abort = new AbortController();
  let failure: { readonly error: unknown } | undefined;
  let claims = 0;
  const transactions = new Map<object, OffsetTransaction<unknown>>();
  const context = {};
  const end = (reason: unknown): void => abort.abort(reason);
  return {
    context,
    scheduler,
    signal: abort.signal,
    get alive() {
      return !abort.signal.aborted;
    },
    get failure() {
      return failure;
    },
    fail(error) {
      if (abort.signal.aborted) return;
      failure = { error };
      end(error);
    },
    end: () => end(new StreamError('CONTEXT_STOPPED', 'The detached run has ended.')),
    scopeReleased(scope: Scope) {
      const committed = [...transactions.values()].map((transaction) => answered(() => transaction.commit([])));
      transactions.clear();
      concat(...committed).subscribe({ error: (error) => this.fail(error), complete: () => scope.end('settled') });
    },
    track: () => () => {},
    transaction({ time, repeated }, store) {
      const open = transactions.get(store);
      if (open !== undefined) return of(open);
      const begun = answered(() => (store as TransactionalOffsetStore<unknown>).begin({ time, repeated }));
      return begun.pipe(tap((transaction) => transactions.set(store, transaction)));
    },
    report: () => {},
    claimState({ operator, name }) {
      return {
        name: name ?? `${operator}#${++claims}`,
        collection: <K, V>(_part: string, { identify }: CollectionOptions<K, V> = {}): KeyedState<K, V> =>
          new KeyedState<K, V>([], { freeze: true, ...(identify === undefined ? {} : { identify }) }),
        forget: () => {},
        complete: () => {},
      };
    },
  };
}
