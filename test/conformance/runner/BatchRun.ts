import { batchInterval, type CheckpointStore, foreachBatch, StreamingContext } from 'rx-dstream';
import { type Observable, share, VirtualTimeScheduler } from 'rxjs';
import type { Stream } from './steps.ts';

/** Milliseconds of real time that one batch may take. */
const PATIENCE = 10_000;

/** What an output got. */
export interface Output {
  readonly time: number;
  readonly records: readonly unknown[];
}

/** What came of a run: everything an output got, and what ended it if it failed. */
export interface Outcome {
  readonly outputs: readonly Output[];
  readonly failure: { readonly error: unknown } | undefined;
}

/** How a run is made. */
export interface BatchRunOptions {
  readonly intervalMs: number;
  /** The time at which the run begins: the first batch is later. Default 0. */
  readonly startMs?: number;
  readonly checkpoint?: CheckpointStore;
  /** The records of each source, by name. */
  readonly sources: Readonly<Record<string, Observable<unknown>>>;
  /** The chain from the sources to the output. */
  build(source: (name: string) => Stream): Stream;
  /** Called with every batch that reaches the output, after it was taken down; `stop` ends the run at once, before the batch settles. */
  readonly onOutput?: (time: number, stop: () => void, count: number) => void;
}

/**
 * A pipeline on a virtual clock that a case moves on batch by batch: `advance` runs everything that is due up to a time and
 * waits for what is really asynchronous, files above all.
 */
export class BatchRun {
  readonly #scheduler: VirtualTimeScheduler = new VirtualTimeScheduler();
  readonly #context: StreamingContext;
  readonly #outputs: Output[] = [];
  #failure: { readonly error: unknown } | undefined;
  readonly #startMs: number;
  #over = false;
  #processed = Number.NEGATIVE_INFINITY;

  constructor(options: BatchRunOptions) {
    const { intervalMs, startMs = 0, checkpoint, sources, build, onOutput } = options;
    this.#startMs = startMs;
    this.#context = new StreamingContext({
      interval: intervalMs,
      scheduler: this.#scheduler,
      freezeState: true,
      onWarning: () => {},
      ...(checkpoint === undefined ? {} : { checkpoint }),
    });
    this.#context.progress$.subscribe((event) => {
      if (event.type === 'batch') this.#processed = event.time;
    });
    const streams = new Map<string, Stream>(
      Object.entries(sources).map(([name, records]) => [name, records.pipe(batchInterval(this.#context), share())]),
    );
    const source = (name: string): Stream => {
      const stream = streams.get(name);
      if (stream === undefined)
        throw new Error(`expected a source among ${[...streams.keys()].join(', ')}, got '${name}'`);
      return stream;
    };
    this.#scheduler.schedule(() => {
      try {
        const chain = build(source).pipe(
          foreachBatch((batch) => {
            this.#outputs.push({ time: batch.time, records: batch.records });
            onOutput?.(batch.time, () => void this.#context.stop(), batch.records.length);
          }),
        );
        chain.subscribe({ error: (error) => this.#end({ error }), complete: () => this.#end(undefined) });
      } catch (error) {
        this.#end({ error });
      }
    }, startMs);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Subscribes and opens the sources, at the latest now; the first `advance` does so too. */
  begin(): void {
    this.#scheduler.maxFrames = this.#startMs;
    this.#scheduler.flush();
  }

  /** Goes on to `time`, a multiple of the interval, and has its batch processed. */
  async advance(time: number): Promise<void> {
    this.#scheduler.maxFrames = time;
    const patience = performance.now() + PATIENCE;
    while (performance.now() < patience) {
      this.#scheduler.flush();
      if (this.#over || this.#processed >= time) return;
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    throw new Error(`the batch of time ${time} was not processed within ${PATIENCE} ms`);
  }

  /** Ends the run, if it has not ended, and gives what came of it; its checkpoint is given back. */
  async outcome(): Promise<Outcome> {
    await this.#context.stop();
    this.#scheduler.maxFrames = Number.POSITIVE_INFINITY;
    this.#scheduler.flush();
    return { outputs: this.#outputs, failure: this.#failure };
  }

  #end(failure: { readonly error: unknown } | undefined): void {
    this.#over = true;
    this.#failure = failure;
  }
}

/** Runs `count` batches and gives what came of them. */
export async function runBatches(options: BatchRunOptions, count: number): Promise<Outcome> {
  const run = new BatchRun(options);
  const first = Math.floor((options.startMs ?? 0) / options.intervalMs) + 1;
  for (let n = first; n < first + count && !run.over; n++) await run.advance(n * options.intervalMs);
  return run.outcome();
}
