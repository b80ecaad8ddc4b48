import { config, filter, lastValueFrom, of, retry, Subject, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { batchInterval, foreachBatch, memoryCheckpoint, StreamingContext } from '../../src/index.ts';
import { SOURCE } from '../../src/sources/Source.ts';
import { sourceObservable } from '../../src/sources/sourceObservable.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { stage, watch } from '../support/stage.ts';

describe('progress$ tells', () => {
  it('of a run that failed and is tried again, and warns: a retry says nothing by itself', () => {
    const { clock, context, reports, warnings } = stage();
    let batches = 0;
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        foreachBatch(() => {
          if (++batches === 1) throw new Error('no such table');
        }),
        retry({ delay: () => timer(500, clock) }),
      ),
    );
    clock.advanceBy(1400);
    expect(warnings).toEqual([]);
    clock.advanceBy(5000);
    expect(reports('RUN_RETRIED')).toEqual([
      expect.objectContaining({ message: expect.stringMatching(/tried again: OUTPUT_FAILED: .*no such table/) }),
    ]);
    expect(warnings).toEqual([expect.stringContaining('RUN_RETRIED')]);
  });

  it('of each batch: time, status, sources with their records and ranges, delay, processing time, queue', () => {
    const { clock, context, batchEvents } = stage();
    watch(
      logSource(new Log('a', 'b')).pipe(
        batchInterval(context),
        foreachBatch(() => timer(1300, clock)),
      ),
    );
    clock.advanceBy(3600);
    expect(batchEvents()).toEqual([
      {
        type: 'batch',
        time: 1000,
        status: 'settled',
        repeated: false,
        sources: [{ name: 'log', records: 2, offsets: [{ topic: 'log', partition: 0, from: 0, until: 2 }] }],
        schedulingDelay: 0,
        processingTime: 1300,
        queued: 1,
        waitingTicks: 0,
        longestStretch: 0,
      },
      expect.objectContaining({ time: 2000, schedulingDelay: 300, processingTime: 1300, queued: 1 }),
    ]);
  });

  it('of batches that no output saw', () => {
    const { clock, context, batches } = stage();
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(context),
        filter(({ time }) => time > 1000),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(batches()).toEqual(['1000 unseen', '2000 settled']);
  });

  it('of repeated batches', () => {
    const checkpoint = memoryCheckpoint({ durable: true });
    const first = stage({ checkpoint });
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(first.context),
        foreachBatch(() => timer(9000, first.clock)),
      ),
    );
    first.clock.advanceBy(1000);
    const second = stage({ checkpoint, clock: manualClock(5000) });
    watch(
      logSource(new Log('a')).pipe(
        batchInterval(second.context),
        foreachBatch(() => {}),
      ),
    );
    second.clock.advanceBy(0);
    expect(second.progress[0]).toEqual({ type: 'run', status: 'started', unsettled: 1 });
    expect(second.batchEvents()[0]).toMatchObject({ time: 1000, repeated: true, schedulingDelay: 0 });
  });

  it('of the beginning, the end and the failure of runs', () => {
    const { clock, context, progress } = stage();
    watch(
      of('a').pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    const error = new Error('no');
    watch(
      throwError(() => error).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect(progress.filter(({ type }) => type === 'run')).toEqual([
      { type: 'run', status: 'started', unsettled: 0 },
      { type: 'run', status: 'ended' },
      { type: 'run', status: 'started', unsettled: 0 },
      { type: 'run', status: 'failed', error },
    ]);
  });

  it('what a source reports, under its name', () => {
    const { clock, context, reports } = stage();
    watch(
      logSource(new Log('a'), {
        onOpen: ({ report }) => report({ code: 'RECORDS_DROPPED', message: 'three were too long', count: 3 }),
      }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(0);
    expect(reports('RECORDS_DROPPED')).toEqual([
      { type: 'report', subject: 'log', code: 'RECORDS_DROPPED', message: 'three were too long', count: 3 },
    ]);
  });

  it('that a source could not be closed', () => {
    const { clock, context, reports } = stage();
    const seen = watch(
      logSource(new Log('a'), { onClose: () => throwError(() => new Error('no')) }).pipe(
        batchInterval(context),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    seen.unsubscribe();
    expect(reports('SOURCE_FAILED').map(({ cause }) => cause)).toEqual([new Error('no')]);
  });
});

it('a clock that is set back while a batch waits, or is processed, makes no time negative', () => {
  const clock = manualClock(100_000);
  const { now } = clock;
  let back = 0;
  clock.now = () => now() - back;
  const { context, batchEvents } = stage({ clock });
  watch(
    logSource(new Log('a')).pipe(
      batchInterval(context),
      foreachBatch(() => timer(1500, clock)),
    ),
  );
  clock.advanceBy(2200);
  back = 50_000;
  clock.advanceBy(4000);
  expect(batchEvents().map(({ processingTime, schedulingDelay }) => [processingTime, schedulingDelay])).toEqual([
    [0, 0],
    [1500, 0],
  ]);
});

it('a listener that comes late is told what happens from then on, and may leave', () => {
  const { clock, context } = stage();
  watch(
    new Subject().pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    ),
  );
  clock.advanceBy(1000);
  const late = watch(context.progress$);
  clock.advanceBy(1000);
  late.unsubscribe();
  clock.advanceBy(1000);
  expect(late.values.map((event) => 'time' in event && event.time)).toEqual([2000]);
});

it('warnings go to onWarning, by default to console.warn, even if nobody listens', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
  const clock = manualClock();
  const context = new StreamingContext({
    interval: 1000,
    scheduler: clock,
    checkpoint: memoryCheckpoint({ durable: true }),
  });
  watch(
    new Subject().pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    ),
  );
  clock.advanceBy(0);
  expect(warn.mock.calls.map(String).join()).toContain('NOT_REPLAYABLE');
  warn.mockRestore();
});

it('an onWarning that throws is nothing that a pipeline fails of: its error is unhandled, as that of any listener', async () => {
  const unhandled: unknown[] = [];
  config.onUnhandledError = (error) => unhandled.push(error);
  const context = new StreamingContext({
    interval: 20,
    batches: 1,
    checkpoint: memoryCheckpoint({ durable: true }),
    onWarning: () => {
      throw new Error('no console');
    },
  });
  await lastValueFrom(
    new Subject().pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    ),
  );
  await new Promise((resolve) => setTimeout(resolve));
  config.onUnhandledError = null;
  expect(unhandled).toEqual([new Error('no console')]);
});

it('a source that is not there is a warning, so that a wrong path does not just give empty batches', () => {
  const warnings: string[] = [];
  const clock = manualClock();
  const context = new StreamingContext({ interval: 1000, scheduler: clock, onWarning: (text) => warnings.push(text) });
  const source = sourceObservable<number>(() => {
    const inner = logSource(new Log(1))[SOURCE]();
    return {
      ...inner,
      open(opening) {
        opening.report({ code: 'SOURCE_UNAVAILABLE', message: 'in cannot be looked at' });
        return inner.open(opening);
      },
    };
  });
  watch(
    source.pipe(
      batchInterval(context),
      foreachBatch(() => {}),
    ),
  );
  clock.advanceBy(0);
  expect(warnings).toEqual(['rx-dstream: SOURCE_UNAVAILABLE: in cannot be looked at']);
});
