import { StreamError } from '../core/errors.ts';

/** The transactions of one store object: one is open at a time, and each ends once. */
export class TransactionTurns {
  readonly #store: string;
  #open: object | undefined;

  constructor(store: string) {
    this.#store = store;
  }

  /** Whether one is open. */
  get isBusy(): boolean {
    return this.#open !== undefined;
  }

  /** Begins `transaction`, or refuses while another is open. */
  begin(transaction: object): void {
    if (this.#open !== undefined) {
      throw this.#failed(
        'expected no transaction to be open, got the one of another batch; commit it or roll it back first',
      );
    }
    this.#open = transaction;
  }

  /** Ends `transaction`; answers whether it was open. */
  end(transaction: object): boolean {
    if (this.#open !== transaction) return false;
    this.#open = undefined;
    return true;
  }

  /** Ends the one that is open; answers whether there was one. */
  endOpen(): boolean {
    return this.#open !== undefined && this.end(this.#open);
  }

  /** Refuses what is done with `transaction` after its end. */
  check(transaction: object, act: string): void {
    if (this.#open !== transaction) {
      throw this.#failed(`expected ${act} while the transaction is open, got it after its end; nothing of it is kept`);
    }
  }

  #failed(what: string): StreamError {
    return new StreamError('OFFSET_STORE_FAILED', `${this.#store}: ${what}.`);
  }
}
