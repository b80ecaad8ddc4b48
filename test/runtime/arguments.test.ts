import { map, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  batchInterval,
  commitOffsets,
  days,
  foreachBatch,
  held,
  hours,
  isStreamError,
  mapRecords,
  milliseconds,
  minutes,
  print,
  reduceByKeyAndWindow,
  StreamingContext,
  seconds,
  transform,
  unionBatches,
  windowBatches,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { codeOf, stage, watch } from '../support/stage.ts';

/** Says what was expected and what came. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isStreamError(error, 'INVALID_ARGUMENT')) return error.message;
    throw error;
  }
  return 'nothing was thrown';
}

describe('a wrong argument throws where it is written, with what was expected, what came, and what to do', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a negative interval', () => batchInterval(-1), /whole number of at least 1, got -1/],
    ['a broken interval', () => batchInterval(0.5), /whole number of at least 1, got 0.5/],
    [
      'an interval of the wrong kind',
      () => batchInterval('1s' as never),
      /milliseconds or a StreamingContext, got "1s"/,
    ],
    ['no room for records', () => batchInterval(1000, { maxBuffered: 0 }), /maxBuffered.*at least 1, got 0/],
    ['a context without interval', () => new StreamingContext({}), /either an interval in milliseconds or a trigger/],
    ['an interval that is no number', () => new StreamingContext({ interval: Number.NaN }), /got NaN/],
    [
      'another way to start',
      () => new StreamingContext({ interval: 1, start: 'auto' as never }),
      /'manual' or nothing, got "auto"/,
    ],
    [
      'no batches at all',
      () => new StreamingContext({ interval: 1, batches: 0 }),
      /batches.*at least 1 or Infinity, got 0/,
    ],
    ['no queue', () => new StreamingContext({ interval: 1, maxQueuedBatches: 0 }), /maxQueuedBatches.*got 0/],
    [
      'fewer than no retries',
      () => new StreamingContext({ interval: 1, commitRetry: { maxRetries: -1 } }),
      /maxRetries.*got -1/,
    ],
    [
      'no delay',
      () => new StreamingContext({ interval: 1, commitRetry: { firstDelayMs: 0 } }),
      /firstDelayMs.*above 0.*got 0/,
    ],
    [
      'a delay that no timer can wait',
      () => new StreamingContext({ interval: 1, commitRetry: { maxDelayMs: Number.POSITIVE_INFINITY } }),
      /maxDelayMs.*at most 2147483647 \(24 days\), got Infinity/,
    ],
    ['a deadline that no timer can wait', () => stage().context.stop({ deadline: 1e10 }), /24 days.*or Infinity, got/],
    ['a deadline in the past', () => stage().context.stop({ deadline: -1 }), /deadline.*above 0.*got -1/],
    ['a duration', () => seconds(-1), /seconds.*above 0, got -1/],
    ['a duration of the wrong kind', () => minutes('1' as never), /minutes.*above 0, got "1"/],
    ['no function', () => mapRecords(undefined as never), /mapRecords.*a function, got undefined/],
    ['no function to hold with', () => held({} as never), /held.*a function, got an object/],
    ['no function to transform with', () => transform([] as never), /transform.*a function, got an array of 0/],
    ['no function to write with', () => foreachBatch(null as never), /foreachBatch.*a function, got null/],
    ['a negative count', () => print(-1), /print.*at least 0, got -1/],
    ['no store', () => commitOffsets({} as never), /an offset store, got an object.*fileOffsets/s],
    ['no window', () => windowBatches({} as never), /window.*whole number of at least 1, got undefined/],
    [
      'a function for a window',
      () => reduceByKeyAndWindow((a) => a, undefined as never),
      /\{ window, slide, name, .*got undefined/,
    ],
  ])('%s', (_name, work, message) => {
    expect(refusal(work)).toMatch(message);
  });

  it('a window that is no multiple of the interval, as soon as the interval is known', () => {
    const batches = of(1).pipe(batchInterval(1000));
    expect(refusal(() => batches.pipe(windowBatches({ window: 2500 })))).toMatch(
      /2500 ms.*multiple.*1000 ms.*Use 3000 ms/s,
    );
    expect(refusal(() => batches.pipe(windowBatches({ window: 2000, slide: 1500 })))).toMatch(
      /slide duration \(1500 ms\)/,
    );
  });

  it('the same behind a plain operator, at the first batch', () => {
    const { clock, context } = stage();
    const seen = watch(
      logSource(new Log(1)).pipe(
        batchInterval(context),
        map((batch) => batch),
        windowBatches({ window: 2500 }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(codeOf(seen.error)).toBe('INVALID_ARGUMENT');
  });

  it.each([
    ['mapRecords', mapRecords((record: number) => record)],
    ['foreachBatch', foreachBatch<number>(() => {})],
    ['transform', transform<number, number>((batch) => batch)],
    ['windowBatches', windowBatches<number>({ window: 1000 })],
    ['unionBatches', unionBatches<number>(of(1) as never)],
    ['commitOffsets', commitOffsets<number>({ commit: () => ({ foreign: [] }) } as never)],
  ])('%s outside a batch stream: NOT_A_BATCH, which says batchInterval', (_name, operator) => {
    const seen = watch(of(1).pipe(operator as never));
    expect(codeOf(seen.error)).toBe('NOT_A_BATCH');
    expect((seen.error as Error).message).toContain('batchInterval(...)');
  });
});

it('durations are milliseconds', () => {
  expect([milliseconds(5), seconds(5), minutes(5), hours(5), days(5)]).toEqual([
    5, 5000, 300_000, 18_000_000, 432_000_000,
  ]);
});
