import {
  type Cut,
  type CutAnswer,
  SOURCE,
  type Source,
  type SourceObservable,
  type SourceOpening,
  type StreamingContext,
} from 'rx-dstream';
import { EMPTY } from 'rxjs';

/**
 * A source that is fed batches by hand and wakes a drain trigger: a pipeline that goes on from round to round, as a stream
 * does, instead of being built anew for each.
 */
export class FedSource<T> {
  readonly #batches: (readonly T[])[] = [];
  readonly #watched = new WeakSet<StreamingContext>();
  #opening: SourceOpening | undefined;
  #fed = 0;
  #cut = 0;
  #left = 0;
  #settled: () => void = () => {};
  #failed: (error: unknown) => void = () => {};

  /** What `batchInterval` is applied to. */
  readonly records: SourceObservable<T> = Object.assign(EMPTY.pipe(), { [SOURCE]: () => this.#source() });

  /** Makes a batch of each array; over when all have settled. */
  feed(batches: readonly (readonly T[])[], context: StreamingContext): Promise<void> {
    this.#watch(context);
    this.#left = batches.length;
    for (const batch of batches) this.#batches[this.#fed++] = batch;
    return new Promise((resolve, reject) => {
      this.#settled = resolve;
      this.#failed = reject;
      this.#opening?.wake();
    });
  }

  /** Adds one batch, which the next tick takes. */
  add(batch: readonly T[]): void {
    this.#batches[this.#fed++] = batch;
  }

  /** The pipeline has failed. */
  failed(error: unknown): void {
    this.#failed(error);
  }

  #watch(context: StreamingContext): void {
    if (this.#watched.has(context)) return;
    this.#watched.add(context);
    context.progress$.subscribe((event) => {
      if (event.type === 'batch' && --this.#left === 0) this.#settled();
    });
  }

  #source(): Source<T> {
    return {
      name: 'fed',
      replayable: false,
      wakes: true,
      open: (opening) => {
        this.#opening = opening;
      },
      cut: (): CutAnswer => {
        const empty = this.#cut === this.#fed;
        const at = empty ? -1 : this.#cut++;
        return { cut: { data: at }, empty, more: this.#cut < this.#fed };
      },
      read: ({ data }: Cut) => this.#batches[data as number] ?? [],
      settled: ({ data }: Cut) => {
        delete this.#batches[data as number];
      },
      close: () => {},
    };
  }
}
