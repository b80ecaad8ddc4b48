import { of, retry, throwError, map as transformed } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { joinTable } from '../../src/operators/joinTable.ts';
import { transform } from '../../src/operators/transform.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import type { ReportProgress } from '../../src/runtime/progress.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { stage, watch } from '../support/stage.ts';
import { no } from '../support/through.ts';

type Count = Pair<string, number>;
type Row = Pair<string, string>;

/** One batch of one record for each number. */
const times = (count: number): Count[][] => Array.from({ length: count }, (_, n): Count[] => [['k', n + 1]]);

/** A table that tells how often it was loaded. */
function versions(): () => Row[] {
  let version = 0;
  return () => [['k', `v${++version}`]];
}

function recordsOf<T>(batches: readonly { readonly records: readonly T[] }[]): (readonly T[])[] {
  return batches.map(({ records }) => records);
}

describe('when loading again fails', () => {
  /** Loads that give a version or fail, in order. */
  const scripted = (script: readonly (string | Error)[]): (() => Row[]) => {
    let call = 0;
    return () => {
      const step = script[call++];
      if (typeof step !== 'string') throw step ?? new Error('not expected');
      return [['k', step]];
    };
  };
  const run = (script: readonly (string | Error)[], count: number, reloadEvery: number) => {
    const reports: ReportProgress[] = [];
    const warnings: string[] = [];
    const out = runBatches(
      times(count),
      (stream) => stream.pipe(joinTable(scripted(script), { reloadEvery, name: 'prices' })),
      {
        onProgress: (event) => event.type === 'report' && reports.push(event),
        context: { onWarning: (message) => warnings.push(message) },
      },
    );
    return { seen: recordsOf(out).map(([record]) => record?.[1][1]), reports, warnings };
  };
  const gone = new Error('gone');

  it('the last good table is used, the next batch tries again, and then it counts anew', () => {
    const { seen } = run(['v1', gone, gone, 'v2', 'v3'], 7, 2);
    expect(seen).toEqual(['v1', 'v1', 'v1', 'v1', 'v2', 'v2', 'v3']);
  });

  it('each failure is reported and warned of, and that it has been loaded again', () => {
    const { reports, warnings } = run(['v1', gone, gone, 'v2'], 4, 1);
    expect(reports.map(({ code, subject, count, cause }) => ({ code, subject, count, cause }))).toEqual([
      { code: 'TABLE_STALE', subject: 'prices', count: 1, cause: gone },
      { code: 'TABLE_STALE', subject: 'prices', count: 2, cause: gone },
      { code: 'TABLE_RELOADED', subject: 'prices', count: 2, cause: undefined },
    ]);
    expect(reports[0]?.message).toBe(
      "joinTable: 'prices' could not be loaded again for the batch of time 2000: gone. " +
        'The last good one is used; the next batch tries again.',
    );
    expect(warnings).toHaveLength(2);
  });

  it.each([
    ['a promise that rejects, or an Observable that errs', () => throwError(() => gone), 'gone'],
    ['an Observable that gives nothing', () => of<Row[]>().pipe(), 'expected its Observable to emit'],
    ['something that is no table', () => 7 as never, 'expected the table to be an array'],
    ['a row whose key is an object', () => [[{}, 'x']] as never, "record 0 of the table 'table': expected a key"],
  ] as unknown as [string, () => Row[], string][])('%s counts as a failure', (_, broken, reason) => {
    let calls = 0;
    const reports: string[] = [];
    const out = runBatches(
      times(2),
      (stream) =>
        stream.pipe(joinTable(() => (calls++ === 0 ? ([['k', 'v1']] as Row[]) : broken()), { reloadEvery: 1 })),
      { onProgress: (event) => event.type === 'report' && reports.push(event.message), context: { onWarning() {} } },
    );
    expect(recordsOf(out)[1]).toEqual([['k', [2, 'v1']]]);
    expect(reports).toEqual([expect.stringContaining(reason)]);
  });
});

it('a retry in the middle loads the table anew, and the repeated batch meets that one', () => {
  const { clock, context } = stage();
  const load = vi.fn(versions());
  const saved: unknown[] = [];
  let failures = 0;
  const seen = watch(
    testSource(times(4)).pipe(
      batchInterval(context),
      joinTable(load, { reloadEvery: 10 }),
      foreachBatch((batch: Batch<Pair<string, readonly [number, string]>>) => {
        if (batch.time === 3000 && failures++ === 0) throw new Error('sink');
        saved.push([batch.time, batch.records[0]?.[1][1]]);
      }),
      retry({ count: 1 }),
    ),
  );
  clock.advanceBy(6000);
  expect(seen.error).toBeUndefined();
  expect(saved).toEqual([
    [1000, 'v1'],
    [2000, 'v1'],
    [3000, 'v2'],
    [4000, 'v2'],
  ]);
  expect(load).toHaveBeenCalledTimes(2);
});

it('a retry after a first loading that failed begins where nothing was lost', () => {
  const { clock, context } = stage();
  let calls = 0;
  const seen = watch(
    testSource(times(2)).pipe(
      batchInterval(context),
      joinTable((): Row[] => (calls++ === 0 ? no() : [['k', 'v']])),
      foreachBatch(() => {}),
      transformed(({ time, records }) => [time, records.length]),
      retry({ count: 1 }),
    ),
  );
  clock.advanceBy(3000);
  expect(seen.values).toEqual([
    [1000, 1],
    [2000, 1],
  ]);
});

it('a run that begins without a new subscription, by a retry further up, loads the table anew too', () => {
  const { clock, context } = stage();
  let failures = 0;
  const seen = watch(
    testSource(times(3)).pipe(
      batchInterval(context),
      transform((batch) => (batch.time === 2000 && failures++ === 0 ? no() : batch)),
      retry({ count: 1 }),
      joinTable(versions()),
      foreachBatch(() => {}),
      transformed(({ time, records }) => [time, records[0]?.[1][1]]),
    ),
  );
  clock.advanceBy(4000);
  expect(seen.error).toBeUndefined();
  expect(seen.values.slice(0, 3)).toEqual([
    [1000, 'v1'],
    [2000, 'v2'],
    [3000, 'v2'],
  ]);
});
