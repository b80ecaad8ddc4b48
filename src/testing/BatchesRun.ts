import { isDeepStrictEqual } from 'node:util';
import { NEVER, type Observable, Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';
import { wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { StreamError } from '../core/errors.ts';
import { foreachBatch } from '../outputs/foreachBatch.ts';
import { batchInterval } from '../runtime/batchInterval.ts';
import type { Progress } from '../runtime/progress.ts';
import { StreamingContext } from '../runtime/StreamingContext.ts';
import { clonedCheckpoint } from './clonedCheckpoint.ts';
import type { BatchRecords, InputBatches, NamedStreams, RunBatchesOptions } from './runBatches.ts';
import { testSource } from './testSource.ts';

/** What the user wrote, without its types. */
export type Pipeline = (input: unknown, context: StreamingContext) => Observable<Batch<unknown>> | NamedStreams;

/** One call of `runBatches`: the lives of its pipeline under one clock, and what came out of them. */
export class BatchesRun {
  readonly #pipeline: Pipeline;
  readonly #options: RunBatchesOptions;
  readonly #interval: number;
  readonly #scheduler = new TestScheduler(() => {});
  readonly #sources: ReadonlyMap<string, Observable<unknown>>;
  readonly #isNamedInput: boolean;
  readonly #checkpoint: CheckpointStore;
  readonly #outputs = new Map<string, BatchRecords<unknown>[]>();
  readonly #processed = new Set<number>();
  readonly #restarts: Set<number>;
  readonly #crashes: Set<number>;
  readonly #batches: number;
  #isNamedOutput = false;
  #life = new Subscription();
  #left = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    input: InputBatches<unknown> | Readonly<Record<string, InputBatches<unknown>>>,
    pipeline: Pipeline,
    options: RunBatchesOptions,
  ) {
    this.#pipeline = pipeline;
    this.#options = options;
    this.#interval = wholeNumber('runBatches({ interval })', options.interval ?? 1000, 1);
    this.#restarts = restartSet('runBatches({ restartAfter })', options.restartAfter);
    this.#crashes = restartSet('runBatches({ crashIn })', options.crashIn);
    this.#isNamedInput = !Array.isArray(input);
    const inputs: Readonly<Record<string, InputBatches<unknown>>> = Array.isArray(input)
      ? { input: input as InputBatches<unknown> }
      : (input as Readonly<Record<string, InputBatches<unknown>>>);
    const longest = Math.max(1, ...Object.values(inputs).map(({ length }) => length));
    this.#batches = wholeNumber('runBatches({ batches })', options.batches ?? longest, 1);
    this.#sources = new Map(Object.entries(inputs).map(([name, batches]) => [name, this.#sourceOf(name, batches)]));
    const isRestarted = this.#restarts.size + this.#crashes.size > 0;
    this.#checkpoint = options.checkpoint ?? (isRestarted ? clonedCheckpoint() : memoryCheckpoint());
  }

  outputs(): unknown {
    this.#scheduler.run(() => {
      this.#scheduler.maxFrames = (this.#batches + 100) * this.#interval * 10;
      this.#begin();
    });
    this.#life.unsubscribe();
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#left > 0) throw notAtItsEnd(this.#scheduler.now());
    return this.#isNamedOutput ? Object.fromEntries(this.#outputs) : this.#outputs.get('');
  }

  #sourceOf(name: string, batches: InputBatches<unknown>): Observable<unknown> {
    const steps = Array.from({ length: this.#batches }, (_, at) => batches[at] ?? []);
    return testSource(steps, { name });
  }

  /** One life: as a process would begin, with nothing but the checkpoint. */
  #begin(): void {
    const context = new StreamingContext({
      freezeState: true,
      onWarning: warnOfWhatWasNotAskedFor,
      ...this.#options.context,
      interval: this.#interval,
      scheduler: this.#scheduler,
      checkpoint: this.#crashing(this.#checkpoint),
    });
    const streams = [...this.#sources].map(
      ([name, source]) => [name, source.pipe(batchInterval<unknown>(context))] as const,
    );
    const made = this.#pipeline(this.#isNamedInput ? Object.fromEntries(streams) : streams[0]?.[1], context);
    this.#isNamedOutput = typeof (made as Observable<unknown>).subscribe !== 'function';
    const outputs = this.#isNamedOutput ? Object.entries(made) : [['', made as Observable<Batch<unknown>>] as const];
    const life = new Subscription();
    this.#life = life;
    this.#left = outputs.length;
    life.add(context.progress$.subscribe((event) => this.#progress(event)));
    for (const [name, output] of outputs) {
      if (!this.#outputs.has(name)) this.#outputs.set(name, []);
      const collected = output.pipe(foreachBatch((batch) => this.#collect(name, batch)));
      life.add(collected.subscribe({ error: (error: unknown) => this.#failed(error), complete: () => this.#left-- }));
    }
  }

  #collect(name: string, { time, records }: Batch<unknown>): void {
    // A source that is opened at its end needs one more batch to say so.
    if (this.#processed.size >= this.#batches && !this.#processed.has(time)) return;
    const batches = this.#outputs.get(name) ?? [];
    const before = batches.find((batch) => batch.time === time);
    if (before === undefined) batches.push({ time, records: [...records] });
    else if (!isDeepStrictEqual(before.records, records)) throw repeatedOtherwise(time, before.records, records);
  }

  #progress(event: Progress): void {
    this.#options.onProgress?.(event);
    if (event.type !== 'batch') return;
    this.#processed.add(event.time);
    if (this.#restarts.delete(this.#processed.size)) this.#restart();
  }

  /** The store, until the crash: what settles the batch then never gets there. */
  #crashing(store: CheckpointStore): CheckpointStore {
    return {
      ...store,
      settle: (settlement) => {
        const number = this.#processed.size + (this.#processed.has(settlement.time) ? 0 : 1);
        if (!this.#crashes.delete(number)) return store.settle(settlement);
        this.#restart();
        return NEVER;
      },
    };
  }

  #restart(): void {
    this.#life.unsubscribe();
    this.#scheduler.schedule(() => this.#begin());
  }

  #failed(error: unknown): void {
    this.#failure ??= { error };
    this.#life.unsubscribe();
  }
}

function restartSet(where: string, restarts: number | readonly number[] | undefined): Set<number> {
  return new Set([restarts ?? []].flat().map((after) => wholeNumber(where, after, 1)));
}

function notAtItsEnd(time: number): StreamError {
  return new StreamError(
    'INVALID_ARGUMENT',
    `runBatches(_, pipeline): expected a pipeline that comes to its end under virtual time, got one that was still waiting at ${time} ms. ` +
      'A promise in it needs a real event loop: give an Observable instead, or subscribe the pipeline and wait for it.',
  );
}

function repeatedOtherwise(time: number, before: readonly unknown[], now: readonly unknown[]): StreamError {
  return new StreamError(
    'STATE_MUTATED',
    `runBatches: the batch of time ${time} was repeated after a restart with other records than before: ` +
      `${JSON.stringify(before)}, then ${JSON.stringify(now)}. A function that is not pure, or a state changed in place.`,
    { details: { time, before, now } },
  );
}

/** A run that crashes on cue is tried again: nobody needs to be told. */
function warnOfWhatWasNotAskedFor(message: string): void {
  // biome-ignore lint/suspicious/noConsole: as a context does that is told nothing else
  if (!message.startsWith('rx-dstream: RUN_RETRIED')) console.warn(message);
}
