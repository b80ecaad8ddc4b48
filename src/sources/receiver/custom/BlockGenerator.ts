import type { SchedulerLike, Subscription } from 'rxjs';
import { StreamError } from '../../../core/errors.ts';

interface Gathered<T> {
  readonly records: T[];
  readonly stored: Promise<void>;
  readonly resolve: (stored: Promise<void>) => void;
}

/** What a {@link BlockGenerator} is made with. */
export interface BlockGeneratorSettings<T> {
  readonly name: string;
  readonly blockIntervalMs: number;
  readonly scheduler: SchedulerLike;
  /** Stores a block; answers when it is safe. */
  readonly store: (records: readonly T[]) => Promise<void>;
}

/** Makes one block of the single records that come within an interval, which begins with the first of them. */
export class BlockGenerator<T> {
  readonly #settings: BlockGeneratorSettings<T>;
  #gathered: Gathered<T> | undefined;
  #timer: Subscription | undefined;
  #isStopped = false;

  constructor(settings: BlockGeneratorSettings<T>) {
    this.#settings = settings;
  }

  /** Answers when the block that the record is in is safe: the same promise for all records of a block. */
  add(record: T): Promise<void> {
    if (this.#isStopped) return Promise.reject(this.#stopped());
    this.#gathered ??= this.#begin();
    this.#gathered.records.push(record);
    return this.#gathered.stored;
  }

  /** Makes a block of what has come so far. */
  flush(): void {
    const gathered = this.#gathered;
    this.#timer?.unsubscribe();
    this.#gathered = undefined;
    gathered?.resolve(this.#settings.store(gathered.records));
  }

  /** Makes the last block. */
  stop(): void {
    this.flush();
    this.#isStopped = true;
  }

  #begin(): Gathered<T> {
    const { scheduler, blockIntervalMs } = this.#settings;
    this.#timer = scheduler.schedule(() => this.flush(), blockIntervalMs);
    const { promise, resolve } = withResolver();
    // Whoever does not look at the answer has chosen so: what is refused is reported.
    promise.catch(() => {});
    return { records: [], stored: promise, resolve };
  }

  #stopped(): StreamError {
    const message = `${this.#settings.name}: a record came after the receiver had stopped; it is not stored.`;
    return new StreamError('SOURCE_FAILED', message);
  }
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: (stored: Promise<void>) => void } {
  let resolve: (stored: Promise<void>) => void = () => {};
  const promise = new Promise<void>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
