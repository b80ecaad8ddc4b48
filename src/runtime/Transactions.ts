import { AsyncSubject, catchError, concat, EMPTY, ignoreElements, type Observable, of, switchMap } from 'rxjs';
import { type Answer, answered } from '../core/Answer.ts';
import type { Scope } from '../core/batch/Scope.ts';
import type { OffsetTransaction, TransactionalOffsetStore } from '../offsets/OffsetStore.ts';

type Store = TransactionalOffsetStore<unknown>;
type Transaction = OffsetTransaction<unknown>;

/** Asks a store as its run does: again and again while it is away. */
type Ask = (call: () => Answer<Transaction>, then: (transaction: Transaction) => void) => void;

/**
 * The transactions of the open batch, one at each store that its outputs write through. Each is begun by the first of these outputs,
 * committed with the positions, and rolled back where the batch ends otherwise; the next run waits for that.
 */
export class Transactions {
  readonly #begun = new Map<object, Observable<Transaction>>();
  readonly #open = new Map<object, Transaction>();
  readonly #notRolledBack: (store: Store, error: unknown) => void;

  constructor(notRolledBack: (store: Store, error: unknown) => void) {
    this.#notRolledBack = notRolledBack;
  }

  /** The transaction of this scope at `store`: begun for who asks first, given to all. */
  of(store: Store, scope: Scope, ask: Ask): Observable<Transaction> {
    const known = this.#begun.get(store);
    if (known !== undefined) return known;
    const given = new AsyncSubject<Transaction>();
    this.#begun.set(store, given);
    scope.atEnd(() => this.#begun.delete(store));
    ask(
      () => this.#begin(store, scope),
      (transaction) => {
        this.#open.set(store, transaction);
        scope.atEnd(() => {
          this.#open.delete(store);
          this.#rolledBack(store, transaction).subscribe({ complete: scope.run.track() });
        });
        given.next(transaction);
        given.complete();
      },
    );
    return given;
  }

  at(store: object): Transaction | undefined {
    return this.#open.get(store);
  }

  /** A batch that ends before its transaction is there leaves none behind. */
  #begin(store: Store, scope: Scope): Answer<Transaction> {
    const { time, repeated } = scope;
    const begun = answered(() => store.begin({ time, repeated }));
    const kept = (transaction: Transaction): Observable<Transaction> =>
      scope.state === 'open' ? of(transaction) : concat(this.#rolledBack(store, transaction), of(transaction));
    return begun.pipe(switchMap(kept));
  }

  /** After a commit it changes nothing. */
  #rolledBack(store: Store, transaction: Transaction): Observable<never> {
    return answered(() => transaction.rollback()).pipe(
      ignoreElements(),
      catchError((error: unknown) => {
        this.#notRolledBack(store, error);
        return EMPTY;
      }),
    );
  }
}
