import { StreamError } from '../../core/errors.ts';

/** Where a {@link Shelf} gets its elements from. */
export interface Supply<T> {
  /** Whether there is a next element now. */
  ready(): boolean;
  take(): Iterable<T>;
  /** What ended the supply, if it did not end by itself. */
  readonly failure: { readonly error: unknown } | undefined;
}

/** The elements of a supply by number: taken as late as possible, copied once, kept until they are forgotten. */
export class Shelf<T> {
  readonly #supply: Supply<T>;
  readonly #kept: (readonly T[])[] = [];
  #first = 0;

  constructor(supply: Supply<T>) {
    this.#supply = supply;
  }

  /** The number of the oldest element that is not forgotten. */
  get first(): number {
    return this.#first;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#supply.failure;
  }

  has(index: number): boolean {
    while (index >= this.#first + this.#kept.length) {
      if (!this.#supply.ready()) return false;
      if (index === this.#first + this.#kept.length) return true;
      this.#kept.push([...this.#supply.take()]);
    }
    return true;
  }

  at(index: number): readonly T[] {
    if (!this.has(index)) throw new StreamError('DATA_LOST', `queue: batch ${index} of the queue is not there.`);
    if (index === this.#first + this.#kept.length) this.#kept.push([...this.#supply.take()]);
    const batch = this.#kept[index - this.#first];
    if (batch === undefined)
      throw new StreamError('DATA_LOST', `queue: batch ${index} of the queue was settled before.`);
    return batch;
  }

  /** Lets go of everything before `index`. */
  forgetBefore(index: number): void {
    const count = Math.min(Math.max(0, index - this.#first), this.#kept.length);
    this.#kept.splice(0, count);
    this.#first += count;
  }
}

/** Takes the elements of an iterable, one ahead at most. */
export function iterated<T>(batches: Iterable<Iterable<T>>): Supply<T> {
  const iterator = batches[Symbol.iterator]();
  let ahead: IteratorResult<Iterable<T>> | undefined;
  let failure: { readonly error: unknown } | undefined;
  return {
    ready() {
      try {
        ahead ??= iterator.next();
      } catch (error) {
        failure = { error };
        ahead = { done: true, value: undefined };
      }
      return ahead.done !== true;
    },
    take() {
      const batch = ahead?.value as Iterable<T>;
      ahead = undefined;
      return batch;
    },
    get failure() {
      return failure;
    },
  };
}

/** Takes the elements out of an array that is filled elsewhere. */
export function dequeued<T>(queue: Iterable<T>[]): Supply<T> {
  return { ready: () => queue.length > 0, take: () => queue.shift() as Iterable<T>, failure: undefined };
}
