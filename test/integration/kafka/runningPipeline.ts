import type { Observable } from 'rxjs';
import { vi } from 'vitest';
import type { StreamError } from '../../../src/core/errors.ts';
import type { OffsetRange } from '../../../src/core/OffsetRange.ts';
import {
  batchInterval,
  commitOffsets,
  foreachBatch,
  type OffsetStore,
  type Progress,
  type ReportProgress,
  StreamingContext,
  type StreamingContextOptions,
} from '../../../src/index.ts';

/** What a test may want of the pipeline it runs. */
export interface PipelineOptions<T> extends StreamingContextOptions {
  readonly store?: OffsetStore;
  /** The output; what it has seen counts as processed when it is done. */
  readonly output?: (batch: SeenBatch<T>) => unknown;
}

export interface SeenBatch<T> {
  readonly time: number;
  readonly records: readonly T[];
  readonly offsets: readonly OffsetRange[];
}

/** A pipeline that runs in a test: source, batches, one output, committed to a store. */
export interface RunningPipeline<T> {
  readonly records: T[];
  readonly batches: SeenBatch<T>[];
  readonly reports: ReportProgress[];
  readonly progress: Progress[];
  readonly error: () => StreamError | undefined;
  /** Waits until so many records were processed. */
  processed(count: number, timeout?: number): Promise<void>;
  /** Waits for a report of this code. */
  reported(code: ReportProgress['code'], timeout?: number): Promise<ReportProgress>;
  /** Waits until the run has failed. */
  failed(timeout?: number): Promise<StreamError>;
  stop(options?: { readonly graceful?: boolean }): Promise<void>;
}

/** Runs a source through `batchInterval` every 100 ms, unless `options` say otherwise. */
export function runningPipeline<T>(source: Observable<T>, options: PipelineOptions<T> = {}): RunningPipeline<T> {
  const { store, output, ...given } = options;
  const timing = given.trigger === undefined ? { interval: 100 } : {};
  const stream = new StreamingContext({ ...timing, onWarning: () => undefined, ...given });
  const records: T[] = [];
  const batches: SeenBatch<T>[] = [];
  const reports: ReportProgress[] = [];
  const progress: Progress[] = [];
  let error: StreamError | undefined;
  stream.progress$.subscribe((event) => {
    progress.push(event);
    if (event.type === 'report') reports.push(event);
  });
  const seen = source.pipe(
    batchInterval(stream),
    foreachBatch(async (batch) => {
      const one = { time: batch.time, records: batch.records, offsets: batch.offsets };
      if (output !== undefined) await output(one);
      batches.push(one);
      records.push(...one.records);
    }),
  );
  (store === undefined ? seen : seen.pipe(commitOffsets(store))).subscribe({
    error: (failure) => {
      error = failure;
    },
  });
  /** Waits for something; a run that has failed will not bring it. */
  const until = async <R>(what: string, timeout: number, look: () => R | undefined): Promise<R> => {
    let found: R | undefined;
    await vi
      .waitUntil(
        () => {
          found = look();
          return found !== undefined || error !== undefined;
        },
        { timeout, interval: 10 },
      )
      .catch(() => {
        const told = reports.map(({ code, message }) => `${code}: ${message}`).join('\n');
        throw new Error(`waited ${timeout} ms for ${what}; ${records.length} records; reports:\n${told}`);
      });
    if (found !== undefined) return found;
    throw error;
  };
  return {
    records,
    batches,
    reports,
    progress,
    error: () => error,
    processed: (count, timeout = 60_000) =>
      until(`${count} records`, timeout, () => (records.length >= count ? true : undefined)).then(() => undefined),
    reported: (code, timeout = 60_000) => until(code, timeout, () => reports.find((report) => report.code === code)),
    failed: (timeout = 60_000) => until('a failure', timeout, () => error),
    stop: (options) => stream.stop(options),
  };
}
