/** The arguments of every function of the root but the operators: contexts, outputs, stores in memory, sources of its own. */
import { Observable } from 'rxjs';
import type * as root from '../../src/index.ts';
import type * as operators from '../../src/operators/index.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import {
  type ArgumentsOf,
  any,
  checkpoint,
  choice,
  fn,
  iterable,
  oneThat,
  optional,
  options,
  positive,
  store,
  text,
  truth,
  wait,
  whole,
  wholeOrInfinity,
} from './Argument.ts';

const time = oneThat(1000, Number.NaN, Number.POSITIVE_INFINITY, '5', {});

export const rootArguments: Omit<ArgumentsOf<typeof root>, keyof typeof operators> = {
  batchInterval: [oneThat(1000, 0, 1.5, '5', {}), optional(options({ maxBuffered: optional(whole(1)) }))],
  commitOffsets: [store],
  days: [positive],
  describeCheckpoint: [any(checkpoint.right)],
  drain: [optional(options({ maxRecords: optional(whole(1)) }))],
  floorTime: [time, positive],
  foreachBatch: [fn],
  foreachBatchInTransaction: [store, fn],
  foreachRecord: [fn, optional(options({ concurrency: optional(wholeOrInfinity(1)) }))],
  held: [fn],
  hours: [positive],
  isSourceObservable: [any(new Observable())],
  isStreamError: [any(new Error())],
  memoryCheckpoint: [optional(options({ durable: optional(truth) }))],
  memoryOffsets: [optional(options({ name: optional(text) }))],
  milliseconds: [positive],
  minutes: [positive],
  offsetCount: [any([])],
  print: [optional(whole(0)), optional(options({ to: optional(fn) }))],
  queue: [
    oneThat([], 5, 'text', {}, () => 1),
    optional(
      options({
        oneAtATime: optional(truth),
        defaultBatch: optional(iterable),
        completes: optional(truth),
        replayable: optional(truth),
        name: optional(text),
      }),
    ),
  ],
  rate: [options({ recordsPerSecond: whole(1), rampUpTimeMs: optional(whole(0)), name: optional(text) })],
  savepointOf: [checkpoint, optional(text)],
  seconds: [positive],
  stopGracefullyOnShutdown: [
    oneThat(new StreamingContext({ interval: 1000 }), 5, 'text', [], {}),
    optional(
      options({
        signals: optional(oneThat(['SIGHUP'], 5, 'SIGTERM', [])),
        deadline: optional(positive),
        close: optional(fn),
      }),
    ),
  ],
  timesUntil: [time, time, positive],
};

/** Functions of the test, for what is no function of the module: a constructor, and what stands in its options. */
export const constructed = {
  StreamingContext: (given: never): unknown => new StreamingContext(given),
  backpressure: (given: never): unknown => new StreamingContext({ interval: 1000, backpressure: given }),
  stop: (given: never): unknown => new StreamingContext({ interval: 1000 }).stop(given),
  commitRetry: (given: never): unknown => new StreamingContext({ interval: 1000, commitRetry: given }),
};

const gain = oneThat(1, -1, Number.NaN, '5', {});

export const constructedArguments: ArgumentsOf<typeof constructed> = {
  StreamingContext: [
    options({
      interval: { ...optional(whole(1)), right: 1000 },
      trigger: optional(oneThat(undefined, 5, 'drain', {})),
      scheduler: optional(oneThat(undefined, 5, 'async', {})),
      start: optional(choice('manual')),
      batches: optional(wholeOrInfinity(1)),
      maxQueuedBatches: optional(whole(1)),
      backpressure: optional(oneThat(true, 5, 'yes', [])),
      checkpoint: optional(oneThat(undefined, 5, './folder', {})),
      dropStates: optional(oneThat([], 5, 'totals', {})),
      commitRetry: optional(oneThat({}, 5, 'text', [])),
      freezeState: optional(truth),
      onWarning: optional(fn),
    }),
  ],
  stop: [optional(options({ graceful: optional(truth), deadline: optional(positive) }))],
  backpressure: [
    optional(
      options({
        initialRatePerSecond: optional(positive),
        minRatePerSecond: optional(positive),
        proportional: optional(gain),
        integral: optional(gain),
        derivative: optional(gain),
        estimator: optional(fn),
      }),
    ),
  ],
  commitRetry: [
    optional(
      options({ maxRetries: optional(wholeOrInfinity(0)), firstDelayMs: optional(wait), maxDelayMs: optional(wait) }),
    ),
  ],
};
