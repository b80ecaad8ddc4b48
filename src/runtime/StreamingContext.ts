import { asyncScheduler, Observable, type SchedulerLike, Subject } from 'rxjs';
import type { CheckpointStore } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';
import { positiveNumber, refuse, wholeNumber } from '../core/arguments.ts';
import type { Batch } from '../core/Batch.ts';
import type { Milliseconds } from '../core/durations.ts';
import { StreamError } from '../core/errors.ts';
import type { Source } from '../sources/Source.ts';
import { type CommitRetry, Commits } from './Commits.ts';
import type { ContextParts } from './ContextParts.ts';
import type { DrainTrigger } from './drain.ts';
import type { Progress } from './progress.ts';
import { Root } from './Root.ts';
import { Run, type RunEnd } from './Run.ts';
import { DefaultNames } from './States.ts';

/** `INITIALIZED`: no run is going on. `ACTIVE`: one is. `STOPPED`: over for good. */
export type StreamingContextState = 'INITIALIZED' | 'ACTIVE' | 'STOPPED';

/** Options of {@link StreamingContext}. */
export interface StreamingContextOptions {
  /** The batch interval in milliseconds, a whole number of at least 1. Either this or `trigger`. */
  readonly interval?: Milliseconds;
  /** `drain()`: batches as soon as something has arrived, instead of an interval. */
  readonly trigger?: DrainTrigger;
  /** For every wait and every look at the time. Default `asyncScheduler`; a `TestScheduler` in tests. */
  readonly scheduler?: SchedulerLike;
  /** `'manual'`: runs begin at {@link StreamingContext.start}. Default: one turn after the first subscription. */
  readonly start?: 'manual';
  /** Ends cleanly after so many batches. Default `Infinity`. */
  readonly batches?: number;
  /** Batches cut and waiting to be processed; further ticks wait as a count. Default 100. */
  readonly maxQueuedBatches?: number;
  /** What the next run begins with. Default: in memory, for retries within the process. */
  readonly checkpoint?: CheckpointStore;
  /** How commits to a store that cannot be reached are repeated. Default: for ever, after 100 ms, 200 ms ... 10 s. */
  readonly commitRetry?: Partial<CommitRetry>;
  /** Freezes every state value, so that a change made in place throws: what the testing kit sets. Default `false`. */
  readonly freezeState?: boolean;
  /** Is told what deserves a look even if nobody reads `progress$`. Default `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

/** Options of {@link StreamingContext.stop}. */
export interface StopOptions {
  /** Settle what has come until the next tick first. Default `false`: the open batch is abandoned and runs again next time. */
  readonly graceful?: boolean;
  /** Milliseconds after which a graceful stop gives up. Default ten intervals, at least 10 000. */
  readonly deadline?: Milliseconds;
}

const WARNINGS: ReadonlySet<string> = new Set([
  'OFFSETS_NOT_COMMITTED',
  'OFFSETS_MOVED',
  'STATE_EMPTY_AT_START',
  'STATE_UNCLAIMED',
  'STOP_DEADLINE',
  'NOT_REPLAYABLE',
]);

/**
 * Clock, queue, commit order, checkpoint and shutdown of all the sources that share its ticks. Streams are made with
 * `batchInterval(context)`; a run begins one turn after the first of them is subscribed.
 *
 * A run that fails errors its streams; `retry()` begins the next run, which restores from the checkpoint. A context whose
 * streams have completed, failed or were left can be subscribed again; one that was stopped cannot.
 */
export class StreamingContext {
  /** Milliseconds between two ticks; 0 under a drain trigger. */
  readonly interval: Milliseconds;
  readonly scheduler: SchedulerLike;
  /** Batches, reports, starts and ends, as they happen. Hot; never errors, completes when the context is stopped. */
  readonly progress$: Observable<Progress>;
  readonly #progress = new Subject<Progress>();
  readonly #parts: ContextParts;
  readonly #isManual: boolean;
  readonly #maxBatches: number;
  readonly #warn: (message: string) => void;
  readonly #sources = new WeakMap<object, Source<unknown>>();
  readonly #terminations = new Set<{ resolve(): void; reject(error: unknown): void }>();
  #batches = 0;
  #state: StreamingContextState = 'INITIALIZED';
  /** The run that streams subscribed now belong to, and the one before it that has not quite gone. */
  #run: Run | undefined;
  #leaving: Run | undefined;
  #startDue = false;
  #unnamed = 0;

  constructor(options: StreamingContextOptions) {
    const { interval, trigger, start } = options;
    if ((interval === undefined) === (trigger === undefined)) {
      refuse(
        'new StreamingContext({ interval | trigger })',
        'either an interval in milliseconds or a trigger',
        options,
      );
    }
    if (start !== undefined && start !== 'manual')
      refuse('new StreamingContext({ start })', "'manual' or nothing", start);
    this.interval = interval === undefined ? 0 : wholeNumber('new StreamingContext({ interval })', interval, 1);
    this.scheduler = options.scheduler ?? asyncScheduler;
    this.progress$ = this.#progress.asObservable();
    this.#isManual = start === 'manual';
    this.#maxBatches = wholeNumber(
      'new StreamingContext({ batches })',
      options.batches ?? Number.POSITIVE_INFINITY,
      1,
      true,
    );
    // biome-ignore lint/suspicious/noConsole: the one place a warning goes if nobody takes it
    this.#warn = options.onWarning ?? ((message) => console.warn(message));
    this.#parts = this.#makeParts(options, trigger);
  }

  get state(): StreamingContextState {
    return this.#state;
  }

  // ---- life ----------------------------------------------------------------------------------------------------

  /** Begins the run, under `start: 'manual'`. Throws `CONTEXT_STARTED`, `CONTEXT_STOPPED`, or `NO_OUTPUT` without streams. */
  start(): void {
    if (this.#state === 'STOPPED') throw stopped('started');
    if (!this.#isManual) {
      refuse(
        'StreamingContext.start()',
        "a context with { start: 'manual' }",
        'a context that starts with its first subscription',
      );
    }
    if (this.#state === 'ACTIVE')
      throw started('start() was called again: the StreamingContext has already been started');
    if (this.#run === undefined) {
      throw new StreamError(
        'NO_OUTPUT',
        'start(): no output operations registered, so nothing to execute. Subscribe the streams first.',
      );
    }
    this.#startDue = true;
    this.#begin();
  }

  /**
   * Stops for good. Graceful: what has come until the next tick is cut, processed and settled first. The promise resolves when
   * nothing is going on any more; an output may call it but must not wait for it, since it is itself waited for.
   */
  stop({ graceful = false, deadline }: StopOptions = {}): Promise<void> {
    const limit =
      deadline === undefined ? Math.max(10 * this.interval, 10_000) : positiveNumber('stop({ deadline })', deadline);
    const gone = this.awaitTermination().catch(() => {});
    const run = this.#run;
    if (this.#state === 'STOPPED') return gone;
    if (run === undefined || !run.begun) this.#stopIdle(run);
    else if (graceful) this.#stopGracefully(run, limit);
    else run.end('stopped');
    return gone;
  }

  /** Resolves when the context is stopped or its streams have completed; rejects with the error of a run that fails. */
  awaitTermination(): Promise<void> {
    if (this.#state === 'STOPPED' && this.#leaving === undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.#terminations.add({ resolve, reject }));
  }

  // ---- streams -------------------------------------------------------------------------------------------------

  /** @internal What `batchInterval` returns: batches of one source, cut at this context's ticks. */
  batchesOf<T>(key: object, makeSource: (unnamed: string) => Source<T>): Observable<Batch<T>> {
    return new Observable<Batch<unknown>>((subscriber) => {
      let root: Root;
      let run: Run;
      try {
        ({ root, run } = this.#attach(this.#sourceOf(key, makeSource)));
      } catch (error) {
        subscriber.error(error);
        return undefined;
      }
      const subscription = root.batches.subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        run.rootLeft(root);
        if (!run.begun && run === this.#run && run.roots.every(({ gone }) => gone)) this.#run = undefined;
      };
    }) as unknown as Observable<Batch<T>>;
  }

  #sourceOf<T>(key: object, makeSource: (unnamed: string) => Source<T>): Source<unknown> {
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    const source = makeSource(`observable#${this.#unnamed + 1}`) as unknown as Source<unknown>;
    if (source.name === `observable#${this.#unnamed + 1}`) this.#unnamed++;
    this.#sources.set(key, source);
    return source;
  }

  #attach(source: Source<unknown>): { root: Root; run: Run } {
    if (this.#state === 'STOPPED') throw stopped('subscribed');
    if (this.#state === 'ACTIVE') {
      throw started(
        'a batch stream was subscribed while its StreamingContext was running: new inputs, transformations and outputs cannot be added after the start. ' +
          "Subscribe all streams in one go, or use { start: 'manual' } and start() after the last; for several outputs of one stream use share()",
      );
    }
    const run = this.#run ?? this.#newRun();
    if (run.roots.some((other) => !other.gone && other.source.name === source.name)) throw sourceTwice(source.name);
    const root = new Root(source);
    run.roots.push(root);
    return { root, run };
  }

  #newRun(): Run {
    const run = new Run(
      this.#parts,
      (end, error) => this.#ended(run, end, error),
      () => this.#gone(run),
    );
    this.#run = run;
    if (!this.#isManual) {
      this.scheduler.schedule(() => {
        if (this.#run !== run) return;
        this.#startDue = true;
        this.#begin();
      });
    } else if (this.#startDue) this.scheduler.schedule(() => this.#begin());
    return run;
  }

  /** Begins the run that is due, as soon as the one before has gone. */
  #begin(): void {
    if (!this.#startDue || this.#leaving !== undefined || this.#run === undefined || this.#run.begun) return;
    this.#state = 'ACTIVE';
    this.#run.begin();
  }

  #ended(run: Run, end: RunEnd, error: unknown): void {
    if (run === this.#run) this.#run = undefined;
    this.#leaving = run;
    this.#state = end === 'stopped' ? 'STOPPED' : 'INITIALIZED';
    // After a failure a manual context is started again by its retry; otherwise by the next subscription or start().
    if (end !== 'failed') this.#startDue = false;
    this.#parts.progress({
      type: 'run',
      status: end === 'failed' ? 'failed' : 'ended',
      ...(end === 'failed' ? { error } : {}),
    });
    if (end === 'failed') for (const waiting of this.#terminations) waiting.reject(error);
    if (end === 'failed') this.#terminations.clear();
  }

  #gone(run: Run): void {
    if (this.#leaving === run) this.#leaving = undefined;
    if (this.#run !== undefined) return this.#begin();
    for (const waiting of this.#terminations) waiting.resolve();
    this.#terminations.clear();
    if (this.#state === 'STOPPED') this.#progress.complete();
  }

  #stopIdle(run: Run | undefined): void {
    if (run !== undefined) return run.end('stopped');
    this.#state = 'STOPPED';
    if (this.#leaving !== undefined) return;
    for (const waiting of this.#terminations) waiting.resolve();
    this.#terminations.clear();
    this.#progress.complete();
  }

  #stopGracefully(run: Run, limit: number): void {
    run.stopGracefully();
    run.wait(limit, () => {
      run.report(
        'STOP_DEADLINE',
        'StreamingContext',
        `The graceful stop did not end within ${limit} ms: what is not settled is left and, where the source can replay it, runs again next time.`,
      );
      run.end('stopped');
    });
  }

  #makeParts(options: StreamingContextOptions, trigger: DrainTrigger | undefined): ContextParts {
    const progress = (event: Progress): void => this.#tell(event);
    return {
      context: this,
      scheduler: this.scheduler,
      interval: this.interval,
      maxRecords: trigger?.maxRecords ?? Number.POSITIVE_INFINITY,
      maxQueuedBatches: wholeNumber('new StreamingContext({ maxQueuedBatches })', options.maxQueuedBatches ?? 100, 1),
      checkpoint: options.checkpoint ?? memoryCheckpoint(),
      commits: new Commits(
        {
          maxRetries: wholeNumber(
            'commitRetry.maxRetries',
            options.commitRetry?.maxRetries ?? Number.POSITIVE_INFINITY,
            0,
            true,
          ),
          firstDelayMs: positiveNumber('commitRetry.firstDelayMs', options.commitRetry?.firstDelayMs ?? 100),
          maxDelayMs: positiveNumber('commitRetry.maxDelayMs', options.commitRetry?.maxDelayMs ?? 10_000),
        },
        {
          retried: (store, attempt, cause) =>
            progress({
              type: 'report',
              code: 'COMMIT_RETRIED',
              subject: store.name,
              message: `Offset store ${store.name}: try ${attempt} failed, repeated: ${cause instanceof Error ? cause.message : String(cause)}`,
              cause,
            }),
          foreign: (store, found) =>
            progress({
              type: 'report',
              code: 'OFFSETS_MOVED',
              subject: store.name,
              message:
                `Offset store ${store.name}: somebody else has committed to the same group (${found.map(({ topic, partition, until }) => `${topic}[${partition}] at ${until}`).join(', ')}). ` +
                'Two pipelines on one group both process everything and overwrite each other; give each its own group.',
              details: { found },
            }),
        },
      ),
      defaultNames: new DefaultNames(),
      freezeState: options.freezeState ?? false,
      progress,
      batchDone: () => ++this.#batches < this.#maxBatches,
    };
  }

  #tell(event: Progress): void {
    this.#progress.next(event);
    if (event.type === 'report' && WARNINGS.has(event.code)) this.#warn(`rx-dstream: ${event.code}: ${event.message}`);
  }
}

function stopped(what: string): StreamError {
  return new StreamError(
    'CONTEXT_STOPPED',
    `StreamingContext has already been stopped; it cannot be ${what} again. Make a new one.`,
  );
}

function started(what: string): StreamError {
  return new StreamError('CONTEXT_STARTED', `${what}.`);
}

function sourceTwice(name: string): StreamError {
  return new StreamError(
    'SOURCE_TWICE',
    `Two live sources of this StreamingContext have the name '${name}'. To use one source in several chains put share() after batchInterval(...); ` +
      "two different sources need names of their own: { name: '...' }.",
    { details: { name } },
  );
}
