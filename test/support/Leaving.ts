import { getEventListeners } from 'node:events';
import {
  finalize,
  isObservable,
  type MonoTypeOperatorFunction,
  type Observable,
  type Subscription,
  tap,
  timer,
} from 'rxjs';
import { expect } from 'vitest';
import { type Batch, batchInterval, foreachBatch, mapRecords, StreamingContext } from '../../src/index.ts';
import { type ManualClock, manualClock } from '../../src/testing/manualClock.ts';
import { testSource } from '../../src/testing/testSource.ts';

/** Makes the operator in the middle of the chain; it may use the chain's clock. */
export type MakeOperator<T> = (leaving: Leaving<T>) => (source: Observable<Batch<T>>) => Observable<Batch<unknown>>;

/** A chain of batches that somebody leaves, and what it has taken hold of meanwhile. */
export class Leaving<T> {
  readonly clock: ManualClock = manualClock();
  readonly context: StreamingContext = new StreamingContext({ interval: 1000, scheduler: this.clock, onWarning() {} });
  readonly signals: Set<AbortSignal> = new Set();
  /** Chains of batches that were subscribed and not yet left. */
  open = 0;
  outputs = 0;
  readonly errors: unknown[] = [];
  #subscription: Subscription | undefined;
  readonly #source: Observable<T>;
  readonly #make: MakeOperator<T>;

  /** `from`: the source, or the records of each batch of one. */
  constructor(from: Observable<T> | readonly T[], make: MakeOperator<T>) {
    this.#source = isObservable(from) ? from : testSource(Array.from({ length: 5 }, () => from));
    this.#make = make;
  }

  /**
   * Subscribes: the source, the operator, and an output that takes 400 ms. `onRead` is called when a record is read of the source,
   * `onOutput` when the output begins.
   */
  begin({ onRead = () => {}, onOutput = () => {} }: { onRead?: () => void; onOutput?: () => void } = {}): void {
    this.#subscription = this.#source
      .pipe(
        batchInterval<T>(this.context),
        this.#counted(),
        mapRecords((record) => {
          onRead();
          return record;
        }),
        this.#make(this),
        this.#counted(),
        foreachBatch((batch, signal) => {
          this.signals.add(signal);
          this.outputs++;
          batch.forEach(() => {});
          onOutput();
          return timer(400, this.clock);
        }),
      )
      .subscribe({ error: (error: unknown) => this.errors.push(error) });
  }

  leave(): void {
    this.#subscription?.unsubscribe();
  }

  /** Nothing is left: no action of the scheduler, no listener of a signal, no chain; and nothing comes any more. */
  expectNothingLeft(): void {
    this.clock.advanceBy(0); // an unsubscription is decided one turn later
    const { outputs } = this;
    expect(this.open).toBe(0);
    expect(this.clock.actions).toEqual([]);
    for (const signal of this.signals) expect(getEventListeners(signal, 'abort')).toEqual([]);
    this.clock.advanceBy(20_000);
    expect(this.outputs).toBe(outputs);
    expect(this.errors).toEqual([]);
  }

  #counted<U>(): MonoTypeOperatorFunction<U> {
    return (source) => {
      return source.pipe(
        tap({ subscribe: () => this.open++ }),
        finalize(() => this.open--),
      );
    };
  }
}
