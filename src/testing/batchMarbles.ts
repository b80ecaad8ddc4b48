import { catchError, map, type Observable, type OperatorFunction, type SchedulerLike, throwError } from 'rxjs';
import { positiveNumber } from '../core/arguments.ts';
import { Batch, iterableBody } from '../core/batch/Batch.ts';
import { markBatchStream } from '../core/batch/batchStream.ts';
import { Scope } from '../core/batch/Scope.ts';
import type { Milliseconds } from '../core/durations.ts';
import { isStreamError, StreamError } from '../core/errors.ts';
import { type KnownOptions, knownOptions } from '../core/knownOptions.ts';
import { type DetachedRun, detachedRun } from './detachedRun.ts';

/** When a marble stream was subscribed, as `rxjs/testing` logs it. */
export interface SubscriptionTimes {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

/** Makes a marble stream. */
export type MakeMarbles = (
  marbles: string,
  values?: Record<string, unknown>,
  error?: unknown,
) => Observable<unknown> & { readonly subscriptions: SubscriptionTimes[] };

/** What batch marbles are made with: the `m` of rxjs-marbles, or the helpers of `TestScheduler.run` with that scheduler. */
export interface MarbleHelpers {
  readonly hot: MakeMarbles;
  readonly cold: MakeMarbles;
  readonly scheduler: SchedulerLike;
}

/** Options of {@link batchMarbles}. */
export interface BatchMarblesOptions {
  /** The batch interval; each marble must stand at a multiple of it. Default 1, one column. */
  readonly interval?: Milliseconds;
}

const OPTIONS: KnownOptions<BatchMarblesOptions> = { interval: true };

/** A stream of batches made from marbles, with its subscriptions. */
export type BatchMarbleStream<T> = Observable<Batch<T>> & { readonly subscriptions: SubscriptionTimes[] };

/** Batches shown so that deep equality can compare them: records, or with the time if that is not now. */
export type ShownBatch<T> = readonly T[] | { readonly time: number; readonly records: readonly T[] };

/** Makes and shows batches in one marble test: all streams belong to one context, as if it had these sources. */
export interface BatchMarbles {
  /** The run of all these batches: `run.failure` tells what it failed with. */
  readonly run: DetachedRun;
  /** A hot stream of batches: each marble is a batch of the records under its letter, at the time of its column. */
  hot<T>(marbles: string, records?: Record<string, readonly T[]>, error?: unknown): BatchMarbleStream<T>;
  /** The same, beginning at its subscription. */
  cold<T>(marbles: string, records?: Record<string, readonly T[]>, error?: unknown): BatchMarbleStream<T>;
  /**
   * Makes a stream of batches comparable: a batch that is passed on at its own time becomes its records, one that comes
   * later `{ time, records }`, and a `StreamError` becomes its code.
   */
  shown<T>(): OperatorFunction<Batch<T>, ShownBatch<T>>;
}

/**
 * Marbles for streams of batches: real `Batch` objects at the times of their columns, which settle as in a context, so a
 * batch that is read or held too late fails as it would there.
 *
 * ```ts
 * marbles((m) => {
 *   const batches = batchMarbles(m);
 *   const source = batches.hot('  --a--b--|', { a: [1, 2], b: [3] });
 *   const subs = '                ^-------!';
 *   const expected = '            --a--b--|';
 *   m.expect(source.pipe(mapRecords((n) => n * 10), batches.shown())).toBeObservable(expected, { a: [10, 20], b: [30] });
 *   m.expect(source).toHaveSubscriptions(subs);
 * });
 * ```
 *
 * - Marbles of several streams in one column are batches of one time.
 * - A marble at a time that is no multiple of the interval is `INVALID_ARGUMENT`; one that comes while an earlier batch is held is
 *   `BATCH_ORDER`, because a context would wait.
 */
export function batchMarbles(helpers: MarbleHelpers, options: BatchMarblesOptions = {}): BatchMarbles {
  knownOptions('batchMarbles', options, OPTIONS);
  const { scheduler } = helpers;
  const interval = positiveNumber('batchMarbles({ interval })', options.interval ?? 1);
  const run = detachedRun({ scheduler });
  const sources: string[] = [];
  let open: Scope | undefined;

  const scopeOfNow = (): Scope => {
    const time = scheduler.now();
    if (open?.time === time) return open;
    if (time % interval !== 0) throw offTheGrid(time, interval);
    if (open?.state === 'open' && run.alive) throw stillOpen(time, open.time);
    const scope = new Scope(
      run,
      time,
      interval,
      sources.map((source) => ({ source, offsets: undefined })),
    );
    open = scope;
    scheduler.schedule(() => scope.rootsEmitted());
    return scope;
  };

  const streamOf = <T>(stream: ReturnType<MakeMarbles>): BatchMarbleStream<T> => {
    const name = `marbles#${sources.length + 1}`;
    sources.push(name);
    const batches = stream.pipe(
      map((records) => new Batch(scopeOfNow(), iterableBody(records as readonly T[]), { origins: [name] })),
    );
    markBatchStream(batches, { context: run.context, slide: interval });
    return Object.assign(batches, { subscriptions: stream.subscriptions });
  };

  return {
    run,
    hot: (marbles, records, error) => streamOf(helpers.hot(marbles, records, error)),
    cold: (marbles, records, error) => streamOf(helpers.cold(marbles, records, error)),
    shown: () => (source) =>
      source.pipe(
        map(({ time, records }) => (time === scheduler.now() ? [...records] : { time, records: [...records] })),
        catchError((error) => throwError(() => (isStreamError(error) ? error.code : error))),
      ),
  };
}

function offTheGrid(time: number, interval: number): StreamError {
  return new StreamError(
    'INVALID_ARGUMENT',
    `batchMarbles: expected batches at multiples of the interval (${interval} ms), got one at ${time} ms. Move the marble.`,
  );
}

function stillOpen(time: number, before: number): StreamError {
  return new StreamError(
    'BATCH_ORDER',
    `batchMarbles: expected the batch of ${before} ms to have settled, got one of ${time} ms while it was still held: ` +
      'a context would wait with it. Leave more room between the marbles.',
  );
}
