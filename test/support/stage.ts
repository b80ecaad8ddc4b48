import type { Observable } from 'rxjs';
import {
  type BatchProgress,
  type ErrorCode,
  isStreamError,
  type Progress,
  type ReportProgress,
  StreamingContext,
  type StreamingContextOptions,
} from '../../src/index.ts';
import { type ManualClock, manualClock } from '../../src/testing/manualClock.ts';

/** A context under a clock that is moved by hand, and what it told. */
export interface Stage {
  readonly clock: ManualClock;
  readonly context: StreamingContext;
  readonly progress: readonly Progress[];
  readonly warnings: readonly string[];
  /** The batches that were processed: `1000 settled`, `2000 unseen`. */
  batches(): readonly string[];
  /** The events of batches, in full. */
  batchEvents(): readonly BatchProgress[];
  /** The reports of this code. */
  reports(code: ReportProgress['code']): readonly ReportProgress[];
}

/** A context with an interval of 1000 ms, unless a trigger or another interval is given. */
export function stage(
  options: Partial<Omit<StreamingContextOptions, 'scheduler'>> & { readonly clock?: ManualClock } = {},
): Stage {
  const { clock = manualClock(), ...rest } = options;
  const warnings: string[] = [];
  const progress: Progress[] = [];
  const timing = rest.trigger === undefined ? { interval: 1000 } : {};
  const context = new StreamingContext({
    onWarning: (message) => warnings.push(message),
    ...timing,
    ...rest,
    scheduler: clock,
  });
  context.progress$.subscribe((event) => progress.push(event));
  const batchEvents = (): readonly BatchProgress[] => progress.filter((event) => event.type === 'batch');
  return {
    clock,
    context,
    progress,
    warnings,
    batchEvents,
    batches: () => batchEvents().map(({ time, status }) => `${time} ${status}`),
    reports: (code) => progress.filter((event) => event.type === 'report').filter((report) => report.code === code),
  };
}

/** What came out of an Observable so far. */
export interface Seen<T> {
  readonly values: readonly T[];
  readonly error: unknown;
  readonly completed: boolean;
  unsubscribe(): void;
}

/** Subscribes and writes down what comes. */
export function watch<T>(stream: Observable<T>): Seen<T> {
  const values: T[] = [];
  const seen = { values, error: undefined as unknown, completed: false, unsubscribe: (): void => {} };
  const subscription = stream.subscribe({
    next: (value) => values.push(value),
    error: (error) => {
      seen.error = error;
    },
    complete: () => {
      seen.completed = true;
    },
  });
  seen.unsubscribe = () => subscription.unsubscribe();
  return seen;
}

/** The code of a {@link StreamError}, or the value as it is: what a failed assertion should show. */
export function codeOf(error: unknown): ErrorCode | unknown {
  return isStreamError(error) ? error.code : error;
}

/** Lets promises that are already resolved go on. No time passes. */
export async function promisesSettle(): Promise<void> {
  for (let i = 0; i < 30; i++) await Promise.resolve();
}

/** A promise that is settled from outside. */
export function deferred<T = void>(): {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
