import { Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import type { CheckpointContents } from '../checkpoint/CheckpointStore.ts';
import { memoryCheckpoint } from '../checkpoint/memory/memoryCheckpoint.ts';
import { refuse, timerMilliseconds, truth } from '../core/arguments.ts';
import { attached } from '../core/batch/attachedRuns.ts';
import type { Batch } from '../core/batch/Batch.ts';
import { days, type Milliseconds } from '../core/durations.ts';
import { StreamError } from '../core/errors.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import type { Source } from '../sources/Source.ts';
import { type ContextParts, contextParts } from './ContextParts.ts';
import { contextStarted, contextStopped, sourceTwice } from './failures.ts';
import { type Progress, runRetried } from './progress.ts';
import { Root } from './Root.ts';
import { Run, type RunEnd } from './Run.ts';
import type { StopOptions, StreamingContextOptions, StreamingContextState } from './StreamingContextOptions.ts';
import { Terminations } from './Terminations.ts';
import { Warnings } from './Warnings.ts';

export type { StopOptions, StreamingContextOptions, StreamingContextState } from './StreamingContextOptions.ts';

const STOP: KnownOptions<StopOptions> = { graceful: true, deadline: true };

/**
 * Clock, queue, commit order, checkpoint and shutdown of all the sources that share its ticks. Streams are made with
 * `batchInterval(context)`; a run begins one turn after the first of them is subscribed.
 *
 * A run that fails errors its streams; `retry()` begins the next run, which restores from the checkpoint. A context whose
 * streams have completed, failed or were left can be subscribed again; one that was stopped cannot. Where nothing can be lost
 * (no positions, the default checkpoint) a completed pipeline begins afresh, like any cold Observable.
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
  readonly #ownsCheckpoint: boolean;
  readonly #terminations = new Terminations();
  #sources = new WeakMap<object, Source<unknown>>();
  #state: StreamingContextState = 'INITIALIZED';
  /** The run that streams subscribed now belong to. */
  #run: Run | undefined;
  /** Runs that are over but not quite gone: no other begins beside them. */
  readonly #leaving = new Set<Run>();
  /** The turn of `#run` has come: it begins as soon as nothing is leaving. */
  #due = false;
  /** The last run failed: what is subscribed now are its chains, retried. A manual context begins them by itself. */
  #goesOn = false;
  /** What the last run failed with, until somebody is told that it is tried again. */
  #failure: { readonly error: unknown } | undefined;
  /** A graceful stop is under way; a run that fails meanwhile may still be retried. */
  #stopping = false;
  readonly #stops = new Set<() => void>();

  constructor(options: StreamingContextOptions) {
    const start = options?.start;
    if (start !== undefined && start !== 'manual')
      refuse('new StreamingContext({ start })', "'manual' or nothing", start);
    this.#parts = contextParts(this, options, (event) => this.#tell(event));
    this.interval = this.#parts.interval;
    this.scheduler = this.#parts.scheduler;
    this.progress$ = this.#progress.asObservable();
    this.#isManual = start === 'manual';
    this.#ownsCheckpoint = options.checkpoint === undefined;
    // biome-ignore lint/suspicious/noConsole: the one place a warning goes if nobody takes it
    const warn = options.onWarning ?? ((message: string) => console.warn(message));
    const warnings = new Warnings(this.scheduler, warn);
    // A listener like any other: what it throws is not the pipeline's.
    this.#progress.subscribe((event) => warnings.hear(event));
  }

  get state(): StreamingContextState {
    return this.#state;
  }

  // ---- life ----------------------------------------------------------------------------------------------------

  /** Begins the run, under `start: 'manual'`. Throws `CONTEXT_STARTED`, `CONTEXT_STOPPED`, or `NO_OUTPUT` without streams. */
  start(): void {
    if (this.#state === 'STOPPED') throw contextStopped('started');
    if (!this.#isManual) {
      refuse(
        'StreamingContext.start()',
        "a context with { start: 'manual' }",
        'a context that starts with its first subscription',
      );
    }
    if (this.#state === 'ACTIVE' || this.#due)
      throw contextStarted('start() was called again: the StreamingContext has already been started');
    if (this.#run === undefined) {
      throw new StreamError(
        'NO_OUTPUT',
        'start(): no output operations registered, so nothing to execute. Subscribe the streams first.',
      );
    }
    this.#due = true;
    this.#begin();
  }

  /**
   * Stops for good. Graceful: what has come until the next tick is cut, processed and settled first; a run that fails
   * meanwhile may still be retried. The promise resolves when nothing is going on any more, at the latest at the deadline
   * (reported as `STOP_DEADLINE`); an output may call it but must not wait for it, since it is itself waited for.
   */
  stop(options: StopOptions = {}): Promise<void> {
    knownOptions('stop', options, STOP);
    const { deadline } = options;
    const graceful = truth('stop({ graceful })', options.graceful ?? false);
    const limit = timerMilliseconds('stop({ deadline })', deadline ?? defaultDeadline(this.interval), true);
    const stopped = this.#stopped(limit);
    if (this.#state === 'STOPPED') return stopped;
    const run = this.#run;
    if (graceful && run !== undefined && (run.begun || this.#goesOn)) {
      this.#stopping = true;
      if (run.begun) run.stopGracefully();
    } else if (run !== undefined) run.stop();
    else {
      this.#state = 'STOPPED';
      this.#endIfGone();
    }
    return stopped;
  }

  /**
   * Resolves when the context is stopped or its streams have completed or were left; rejects with the error of a run that
   * fails. Asked between two runs it tells of the last one.
   */
  awaitTermination(): Promise<void> {
    return this.#terminations.promise();
  }

  // ---- streams -------------------------------------------------------------------------------------------------

  /** @internal What `batchInterval` returns: batches of one source, cut at this context's ticks. */
  batchesOf<T>(key: object, makeSource: (unnamed: string) => Source<T>): Observable<Batch<T>> {
    return new Observable<Batch<unknown>>((subscriber) => {
      let root: Root;
      let run: Run;
      try {
        ({ root, run } = this.#attach(key, makeSource));
      } catch (error) {
        // Over for a chain that failed and comes back: it would retry for ever.
        const isOver = this.#state === 'STOPPED' && this.#goesOn;
        // A turn later: a bare `retry()` would otherwise subscribe again and again in this very call.
        return this.scheduler.schedule(() => (isOver ? subscriber.complete() : subscriber.error(error)));
      }
      const subscription = root.batches.subscribe(subscriber);
      return () => {
        subscription.unsubscribe();
        run.rootLeft(root);
      };
    }) as unknown as Observable<Batch<T>>;
  }

  #attach<T>(key: object, makeSource: (unnamed: string) => Source<T>): { root: Root; run: Run } {
    if (this.#state === 'STOPPED') throw contextStopped('subscribed');
    if (this.#state === 'ACTIVE') {
      throw contextStarted(
        'a batch stream was subscribed while its StreamingContext was running: new inputs, transformations and outputs cannot be added after the start. ' +
          "Subscribe all streams in one go, or use { start: 'manual' } and start() after the last; for several outputs of one stream use share()",
      );
    }
    const live = new Set(this.#run?.roots.filter(({ gone }) => !gone).map(({ source }) => source.name));
    const source = this.#sourceOf(key, makeSource, live);
    if (live.has(source.name)) throw sourceTwice(source.name);
    const run = this.#run ?? this.#newRun();
    const root = new Root(source);
    run.roots.push(root);
    attached(run);
    return { root, run };
  }

  /** One source for each Observable, in all runs. Unnamed ones are numbered in each run, so that a rebuilt pipeline finds its names. */
  #sourceOf<T>(key: object, makeSource: (unnamed: string) => Source<T>, live: ReadonlySet<string>): Source<unknown> {
    const known = this.#sources.get(key);
    if (known !== undefined) return known;
    let number = 1;
    while (live.has(`observable#${number}`)) number++;
    const source = makeSource(`observable#${number}`) as unknown as Source<unknown>;
    this.#sources.set(key, source);
    return source;
  }

  #newRun(): Run {
    const run: Run = new Run(
      this.#parts,
      (end) => this.#ended(run, end),
      () => this.#gone(run),
    );
    this.#run = run;
    this.#due = false;
    this.#terminations.begun();
    if (this.#isManual && !this.#goesOn) return run;
    this.scheduler.schedule(() => {
      if (this.#run !== run) return;
      this.#due = true;
      this.#begin();
    });
    return run;
  }

  /** Begins the run that is due, as soon as those before it have gone. */
  #begin(): void {
    if (!this.#due || this.#leaving.size > 0 || this.#run === undefined || this.#run.begun) return;
    this.#state = 'ACTIVE';
    const run = this.#run;
    if (this.#failure !== undefined) this.#tell(runRetried(this.#failure.error));
    this.#failure = undefined;
    run.begin();
    if (this.#stopping) run.stopGracefully();
  }

  #ended(run: Run, { how, error, afresh }: RunEnd): void {
    if (run === this.#run) this.#run = undefined;
    this.#leaving.add(run);
    this.#due = false;
    this.#goesOn = how === 'failed' || (this.#goesOn && !run.begun);
    if (how === 'failed') this.#failure = { error };
    this.#state = how === 'stopped' || (this.#stopping && how !== 'failed') ? 'STOPPED' : 'INITIALIZED';
    if (afresh) this.#beginAfresh();
    this.#tell({ type: 'run', status: how === 'failed' ? 'failed' : 'ended', ...(how === 'failed' ? { error } : {}) });
    if (how === 'failed') this.#terminations.failed(error);
  }

  /** Forgets what a completed pipeline has left behind, but for the last time: times rise for ever. */
  #beginAfresh(): void {
    if (!this.#ownsCheckpoint) return;
    const { lastTime } = this.#parts.checkpoint.load() as CheckpointContents;
    this.#parts.checkpoint = memoryCheckpoint();
    this.#parts.anySeen = false;
    this.#sources = new WeakMap();
    if (lastTime === undefined) return;
    this.#parts.checkpoint.plan({ time: lastTime, cuts: [] });
    this.#parts.checkpoint.settle({ time: lastTime, positions: [], states: [] });
  }

  #gone(run: Run): void {
    this.#leaving.delete(run);
    if (this.#run !== undefined) this.#begin();
    else this.#endIfGone();
  }

  /** Tells everybody who waits that nothing is going on any more. */
  #endIfGone(): void {
    if (this.#run !== undefined || this.#leaving.size > 0) return;
    if (this.#stopping) this.#state = 'STOPPED';
    this.#terminations.ended();
    if (this.#state !== 'STOPPED') return;
    for (const resolve of this.#stops) resolve();
    this.#stops.clear();
    this.#progress.complete();
  }

  /** Resolves when everything is over; at the deadline it is made to be. */
  #stopped(limit: number): Promise<void> {
    if (this.#state === 'STOPPED' && this.#leaving.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = new Subscription();
      const over = (): void => {
        deadline.unsubscribe();
        resolve();
      };
      this.#stops.add(over);
      if (limit === Number.POSITIVE_INFINITY) return;
      const late = (): void => {
        this.#stops.delete(over);
        this.#giveUp(limit);
        resolve();
      };
      deadline.add(this.scheduler.schedule(late, limit));
    });
  }

  #giveUp(limit: number): void {
    this.#tell({
      type: 'report',
      code: 'STOP_DEADLINE',
      subject: 'StreamingContext',
      message: `The stop did not end within ${limit} ms: what is not settled is left and, where the source can replay it, runs again next time.`,
    });
    this.#run?.giveUp();
    this.#state = 'STOPPED';
  }

  #tell(event: Progress): void {
    this.#progress.next(event);
  }
}

/** Ten intervals; days of them are more than a timer can wait, and than anybody does. */
function defaultDeadline(interval: Milliseconds): Milliseconds {
  return Math.min(Math.max(10 * interval, 10_000), days(1));
}
