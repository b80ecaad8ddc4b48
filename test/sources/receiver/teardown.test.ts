import { retry } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { batchInterval, foreachBatch, isStreamError, StreamingContext } from '../../../src/index.ts';
import { type CustomReceiverOptions, type Receiving, receiver } from '../../../src/receiver.ts';
import { manualClock } from '../../../src/testing/index.ts';
import { PATIENT } from '../../support/patient.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { BatchesOf } from './batchesOf.ts';

const never = (): Promise<void> => new Promise(() => {});
const notStored = (error: unknown): boolean => isStreamError(error, 'SOURCE_FAILED') && !error.retriable;

/** A receiver whose function can be left only as a test says. */
function leftBy(leave: () => void | Promise<void>, options: Partial<CustomReceiverOptions<string>> = {}) {
  const given: Receiving<string>[] = [];
  const source = receiver<string>({
    name: 'stuck',
    log: 'memory',
    receive: (receiving) => {
      given.push(receiving);
      return leave;
    },
    ...options,
  });
  return { source, given };
}

/** Lets the time of a clock go by until something is so. */
function inTime(clock: { advanceBy(ms: number): void }, check: () => void): Promise<void> {
  return vi.waitFor(() => {
    clock.advanceBy(500);
    check();
  }, PATIENT);
}

describe('receiver: a function that cannot be left', () => {
  it('is waited for a second when its run has failed, then told of, and the next run begins', async () => {
    const { source, given } = leftBy(never);
    const clock = manualClock();
    const stream = new StreamingContext({ interval: 1000, scheduler: clock, onWarning: () => {} });
    const reports: string[] = [];
    stream.progress$.subscribe((event) => event.type === 'report' && reports.push(event.message));
    const got: string[] = [];
    let isFirst = true;
    const output = (records: readonly string[]): void => {
      if (records.length === 0) return;
      if (isFirst) {
        isFirst = false;
        throw new Error('the output is away');
      }
      got.push(...records);
    };
    source
      .pipe(
        batchInterval(stream),
        foreachBatch((batch) => output(batch.records)),
        retry({ delay: 100 }),
      )
      .subscribe();
    clock.advanceBy(0);
    await given[0]?.store(['first']);
    await inTime(clock, () => expect(isFirst).toBe(false));
    await expect(given[0]?.store(['late'])).rejects.toSatisfy(notStored);
    await inTime(clock, () => expect(given).toHaveLength(2));
    await expect(given[0]?.add('later')).rejects.toSatisfy(notStored);
    await given[1]?.store(['second']);
    await inTime(clock, () => expect(got).toEqual(['first', 'second']));
    expect(reports).toContainEqual(expect.stringMatching(/stuck: .*to stop it has not ended after 1000 ms/));
  });

  it('is waited for stopTimeoutMs after restart(), and what it stores from then on is refused', async () => {
    const { source, given } = leftBy(never, { stopTimeoutMs: 3000 });
    const run = new BatchesOf(source);
    given[0]?.restart('broken');
    await expect(given[0]?.store(['late'])).rejects.toSatisfy(notStored);
    run.clock.advanceBy(2400);
    expect(given).toHaveLength(1);
    await inTime(run.clock, () => expect(given).toHaveLength(2));
    expect(run.reported('SOURCE_FAILED')).toEqual([
      'stuck: a record came from a receive() that has failed; it is not stored.',
      expect.stringContaining('has not ended after 3000 ms'),
    ]);
  });

  it('is waited for stopTimeoutMs by a graceful stop, and what it stores until then is processed', async () => {
    const { source, given } = leftBy(never, { stopTimeoutMs: 3000 });
    const run = new BatchesOf(source);
    const stopped = run.stream.stop({ graceful: true });
    await inTime(run.clock, () => expect(given[0]?.signal.aborted).toBe(true));
    await given[0]?.store(['on the way']);
    await inTime(run.clock, () => expect(run.ended).toBe('completed'));
    await stopped;
    expect(run.batches.flat()).toEqual(['on the way']);
    expect(run.clock.now()).toBeGreaterThanOrEqual(3000);
    await expect(given[0]?.store(['late'])).rejects.toSatisfy(notStored);
  });

  it('does not keep the folder of its log when a graceful stop has come to its deadline', async () => {
    const folder = temporaryFolder();
    const { source, given } = leftBy(never, { log: folder, stopTimeoutMs: 60_000 });
    const run = new BatchesOf(source);
    await vi.waitFor(() => expect(given).toHaveLength(1), PATIENT);
    const over = vi.fn();
    void run.stream.stop({ graceful: true, deadline: 2000 }).then(over, over);
    await inTime(run.clock, () => expect(over).toHaveBeenCalled());
    const next = async (): Promise<unknown> => {
      run.clock.advanceBy(500);
      const { source, given } = leftBy(() => {}, { log: folder });
      const nextRun = new BatchesOf(source);
      await vi.waitFor(() => expect(nextRun.ended !== undefined || given.length > 0).toBe(true), PATIENT);
      const { ended } = nextRun;
      void nextRun.stream.stop();
      return ended;
    };
    await vi.waitFor(async () => expect(await next()).toBeUndefined(), PATIENT);
  });

  it('is told of if it fails after that', async () => {
    let fail: (error: Error) => void = () => {};
    const { source, given } = leftBy(
      () =>
        new Promise<void>((_, reject) => {
          fail = reject;
        }),
    );
    const run = new BatchesOf(source);
    given[0]?.restart('broken');
    await inTime(run.clock, () => expect(given).toHaveLength(2));
    fail(new Error('the socket was gone'));
    await vi.waitFor(
      () => expect(run.reported('SOURCE_FAILED')).toContainEqual(expect.stringContaining('the socket was gone')),
      PATIENT,
    );
  });

  it('of a run that is over keeps nothing: what it stores is refused, while its teardown still runs too', async () => {
    let end: () => void = () => {};
    const { source, given } = leftBy(
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    const run = new BatchesOf(source);
    void run.stream.stop();
    await expect(given[0]?.store(['late'])).rejects.toSatisfy(notStored);
    await expect(given[0]?.add('late')).rejects.toSatisfy(notStored);
    end();
  });
});
