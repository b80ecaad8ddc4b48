import type { Observable } from 'rxjs';
import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import { functionArgument, optionsArgument, refuse } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import type { Milliseconds } from '../core/durations.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import type { Progress } from '../runtime/progress.ts';
import type { StreamingContext, StreamingContextOptions } from '../runtime/StreamingContext.ts';
import { BatchesRun, type Pipeline } from './BatchesRun.ts';

/** The records of each batch of one input, in order of time. */
export type InputBatches<T> = readonly (readonly T[])[];

/** One batch that an output was given. */
export interface BatchRecords<T> {
  readonly time: number;
  readonly records: readonly T[];
}

/** A stream of batches under a name each. */
export type NamedStreams = Readonly<Record<string, Observable<Batch<unknown>>>>;

/** What {@link runBatches} gives for what the pipeline gave: the batches of one output, or of each by its name. */
export type OutputBatches<O> =
  O extends Observable<Batch<infer R>>
    ? BatchRecords<R>[]
    : { readonly [N in keyof O]: O[N] extends Observable<Batch<infer R>> ? BatchRecords<R>[] : never };

/** Options of {@link runBatches}. */
export interface RunBatchesOptions {
  /** The batch interval. The first batch has this time. Default 1000. */
  readonly interval?: Milliseconds;
  /** How many batches are cut; inputs that are shorter go on with empty ones. Default: as many as the longest input has. */
  readonly batches?: number;
  /**
   * Restarts after so many batches have been processed: the context and all operators are thrown away and made anew from the
   * checkpoint, as in another process. Stateful operators then need names.
   */
  readonly restartAfter?: number | readonly number[];
  /**
   * Crashes at the end of the n-th batch: its outputs are done, but it has not settled. It runs again after the restart, and must
   * then give the same records at the same time.
   */
  readonly crashIn?: number | readonly number[];
  /** What a restart begins with. Default: in memory, and durable (values are cloned) where there is a restart. */
  readonly checkpoint?: CheckpointStore;
  /** Is told each progress event of each context. */
  readonly onProgress?: (event: Progress) => void;
  /** Further options of the contexts. `freezeState` is on. */
  readonly context?: Omit<
    StreamingContextOptions,
    'interval' | 'trigger' | 'scheduler' | 'start' | 'batches' | 'checkpoint'
  >;
}

const OPTIONS: KnownOptions<RunBatchesOptions> = {
  interval: true,
  batches: true,
  restartAfter: true,
  crashIn: true,
  checkpoint: true,
  onProgress: true,
  context: true,
};

/**
 * Batches in, batches out: runs a pipeline over the given records under a virtual clock, synchronously, and gives what came
 * out, with the batch times. With `restartAfter` or `crashIn` the same, with a restart in the middle: what comes out must
 * not change.
 *
 * ```ts
 * runBatches([['a', 'b'], ['a']], (words) => words.pipe(countByValue()));
 * // [{ time: 1000, records: [['a', 1], ['b', 1]] }, { time: 2000, records: [['a', 1]] }]
 * ```
 *
 * - **Input**: one array of batches, or several by name; the pipeline gets a stream, or streams by name, and the context.
 *   They are sources with positions, so `commitOffsets` works; to use one twice put `share()`, as with any source.
 * - **Output**: what the pipeline gives: one stream, or several by name. The end of each is an output, so all batches are seen.
 * - **Time** is virtual for RxJS's default scheduler too: `timer` and `delay` inside `transform` or `held` work. Promises do not:
 *   `INVALID_ARGUMENT` says that the pipeline did not come to its end.
 * - **Errors** of the pipeline are thrown. A batch that is repeated with other records than before: `STATE_MUTATED`.
 * - State values are frozen: changing one in place throws.
 */
export function runBatches<I extends InputBatches<unknown>, O extends Observable<Batch<unknown>> | NamedStreams>(
  input: I,
  pipeline: (batches: Observable<Batch<I[number][number]>>, context: StreamingContext) => O,
  options?: RunBatchesOptions,
): OutputBatches<O>;
export function runBatches<
  I extends Readonly<Record<string, InputBatches<unknown>>>,
  O extends Observable<Batch<unknown>> | NamedStreams,
>(
  inputs: I,
  pipeline: (
    streams: { readonly [N in keyof I]: Observable<Batch<I[N][number][number]>> },
    context: StreamingContext,
  ) => O,
  options?: RunBatchesOptions,
): OutputBatches<O>;
export function runBatches(
  input: InputBatches<unknown> | Readonly<Record<string, InputBatches<unknown>>>,
  pipeline: (input: never, context: StreamingContext) => Observable<Batch<unknown>> | NamedStreams,
  options: RunBatchesOptions = {},
): unknown {
  functionArgument('runBatches(_, pipeline)', pipeline);
  if (typeof input !== 'object' || input === null)
    refuse('runBatches(input)', 'an array of batches, or several by name', input);
  knownOptions('runBatches', options, OPTIONS);
  const { checkpoint, context, onProgress } = options;
  if (checkpoint !== undefined && typeof checkpoint?.plan !== 'function') {
    refuse('runBatches({ checkpoint })', 'a checkpoint store, as memoryCheckpoint()', checkpoint);
  }
  if (context !== undefined) optionsArgument('runBatches({ context })', context, '{ maxQueuedBatches: 10 }');
  if (onProgress !== undefined) functionArgument('runBatches({ onProgress })', onProgress);
  return new BatchesRun(input, pipeline as Pipeline, options).outputs();
}
