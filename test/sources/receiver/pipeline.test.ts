import { map, retry } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import {
  batchInterval,
  foreachBatch,
  mapRecords,
  memoryCheckpoint,
  reduceByKeyAndWindow,
  StreamingContext,
} from '../../../src/index.ts';
import { receiver } from '../../../src/receiver.ts';
import { manualClock } from '../../../src/testing/index.ts';
import { add } from '../../support/pairs.ts';
import { PATIENT } from '../../support/patient.ts';
import { HandReceiver, received } from './handReceiver.ts';

describe('batches of a receiver', () => {
  it('run whole under a TestScheduler: single records, windows, the end', () => {
    const scheduler = new TestScheduler((got, expected) => expect(got).toEqual(expected));
    scheduler.run(({ cold, expectObservable }) => {
      const words = cold('a b 400ms a 99ms c 700ms |');
      const counts = receiver<string>({
        name: 'words',
        log: 'memory',
        receive: ({ add: give, end }) => {
          const receiving = words.subscribe({ next: (word) => void give(word), complete: () => end() });
          return () => receiving.unsubscribe();
        },
      }).pipe(
        batchInterval(new StreamingContext({ interval: 500, scheduler, checkpoint: memoryCheckpoint() })),
        mapRecords((word) => [word, 1] as const),
        reduceByKeyAndWindow(add, { window: 1000, name: 'counts' }),
      );
      // The second `a` and `c` come in one block, 200 ms after the first of them.
      expectObservable(counts.pipe(map(({ time, records }) => ({ time, ...Object.fromEntries(records) })))).toBe(
        '500ms x 499ms y 499ms (z|)',
        {
          x: { time: 500, a: 1, b: 1 },
          y: { time: 1000, a: 2, b: 1, c: 1 },
          z: { time: 1500, a: 1, c: 1 },
        },
      );
    });
  });

  it('that failed run again with the same records, and nothing is lost between the runs', async () => {
    const clock = manualClock();
    const hand = new HandReceiver();
    const stream = new StreamingContext({ interval: 1000, scheduler: clock, onWarning: () => {} });
    const batches: unknown[] = [];
    let isFailing = true;
    received(hand)
      .pipe(
        batchInterval(stream),
        foreachBatch(({ time, records }) => {
          batches.push([time, records]);
          if (isFailing && records.includes('b')) throw new Error('the sink is gone');
        }),
        retry({ delay: 100 }),
      )
      .subscribe();
    clock.advanceBy(0);
    hand.give('a');
    clock.advanceBy(1000);
    hand.give('b', 'c');
    // Comes while nobody runs.
    clock.advanceBy(1000);
    hand.give('d');
    isFailing = false;
    await vi.waitFor(() => {
      clock.advanceBy(1000);
      expect(batches).toContainEqual([expect.any(Number), ['d']]);
    }, PATIENT);
    const filled = batches.filter((batch) => (batch as [number, string[]])[1].length > 0);
    expect(filled).toEqual([
      [1000, ['a']],
      [2000, ['b', 'c']],
      [2000, ['b', 'c']],
      [expect.any(Number), ['d']],
    ]);
    expect(hand.calls).toEqual(['start', 'stop', 'start']);
  });
});
