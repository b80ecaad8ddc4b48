import { merge, retry, share, tap, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { remember } from '../../src/operators/remember.ts';
import { transform } from '../../src/operators/transform.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { batchTest } from '../support/marbles.ts';
import { seeded, seeds } from '../support/seeded.ts';
import { stage } from '../support/stage.ts';
import { no, operatorFailed, refused } from '../support/through.ts';

const abcd = [['a'], ['b'], [], ['d']];

/** The last `duration` of a, b, nothing, d. */
function remembered(duration: number): ReturnType<typeof remember<string>> {
  const recent = remember<string>(duration);
  runBatches(abcd, (batches) => batches.pipe(recent));
  return recent;
}

it(
  'passes each batch on as it is',
  batchTest((m, batches) => {
    const input = batches.hot('   -pq-|', { p: [1, 2], q: [] });
    const subs = '                ^---!';
    const expected = '            -pq-|';
    m.expect(input.pipe(remember(2), batches.shown())).toBeObservable(expected, { p: [1, 2], q: [] });
    m.expect(input).toHaveSubscriptions(subs);
  }),
);

describe('slice', () => {
  it('gives the batches of the times asked for, both ends included, empty ones too', () => {
    const recent = remembered(10_000);
    expect(recent.slice(2000, 3000)).toEqual([
      { time: 2000, records: ['b'] },
      { time: 3000, records: [] },
    ]);
    expect(recent.slice(0, 1000)).toEqual([{ time: 1000, records: ['a'] }]);
    expect(recent.slice(3000).map(({ time }) => time)).toEqual([3000, 4000]);
    expect(recent.slice().flatMap(({ records }) => records)).toEqual(['a', 'b', 'd']);
    expect(recent.slice(5000, 9000)).toEqual([]);
    expect(recent.slice(3000, 2000)).toEqual([]);
  });

  it('rounds both ends down to times of batches', () => {
    const recent = remembered(10_000);
    expect(recent.slice(2999, 3999)).toEqual(recent.slice(2000, 3000));
    const wide = remember<string>(10_000);
    runBatches(abcd, (batches) => batches.pipe(windowBatches({ window: 2000, slide: 2000 }), wide));
    expect(wide.slice(3999, 3999)).toEqual([{ time: 2000, records: ['a', 'b'] }]);
  });

  it('forgets a batch when one comes that is the duration later', () => {
    expect(
      remembered(2000)
        .slice()
        .map(({ time }) => time),
    ).toEqual([3000, 4000]);
    expect(
      remembered(1)
        .slice()
        .map(({ time }) => time),
    ).toEqual([4000]);
  });

  it('refuses a time that has been forgotten, instead of half an answer', () => {
    const recent = remembered(2000);
    expect(() => recent.slice(2000, 4000)).toThrow(
      refused('slice(2000) is too far back: batches up to time 2000 have been forgotten. Remember longer than 2000 ms'),
    );
    expect(recent.slice(2000 + 1000)).toHaveLength(2);
  });

  it('gives copies: what is done to them changes nothing', () => {
    const recent = remembered(2000);
    for (const { records } of recent.slice()) (records as string[]).push('x');
    expect(recent.slice().map(({ records }) => records)).toEqual([[], ['d']]);
  });

  it('gives nothing before the first batch, and refuses what is no time', () => {
    const recent = remember(1000);
    expect(recent.slice()).toEqual([]);
    expect(() => recent.slice(Number.NaN)).toThrow(refused('remember.slice(from): expected a time in milliseconds'));
    expect(() => recent.slice(0, '9' as never)).toThrow(refused('remember.slice(to): expected a time in milliseconds'));
  });
});

it('an output sees the batch it is given among the remembered ones', () => {
  const recent = remember<string>(2000);
  const seen: string[] = [];
  runBatches(abcd, (batches) =>
    batches.pipe(
      recent,
      foreachBatch(() => {
        seen.push(
          recent
            .slice()
            .flatMap(({ records }) => records)
            .join(''),
        );
      }),
    ),
  );
  expect(seen).toEqual(['a', 'ab', 'b', 'd']);
});

it('keeps copies of records that are small views of a big buffer', () => {
  const lines = new TextEncoder().encode('a very long line, of which only one letter is wanted');
  const recent = remember<Uint8Array>(2000);
  runBatches([[lines.subarray(0, 1)]], (batches) => batches.pipe(recent));
  expect(recent.slice()[0]?.records[0]?.buffer.byteLength).toBe(1);
});

it('works under a drain trigger, where no time is rounded', () => {
  const { clock, context } = stage({ trigger: drain() });
  const recent = remember<string>(1000);
  testSource([['a'], ['b']])
    .pipe(
      batchInterval(context),
      recent,
      foreachBatch(() => {}),
    )
    .subscribe();
  clock.advanceBy(10);
  const [first, second] = recent.slice();
  expect([first?.records, second?.records]).toEqual([['a'], ['b']]);
  expect(recent.slice(second?.time, second?.time)).toEqual([second]);
});

describe('after a failure', () => {
  it('a batch that runs again is there once', () => {
    const { clock, context } = stage();
    const recent = remember<string>(5000);
    let failures = 1;
    testSource([['a'], ['b'], ['c']])
      .pipe(
        batchInterval(context),
        recent,
        foreachBatch(({ time }) => {
          if (time === 2000 && failures-- > 0) throw new Error('once');
        }),
        retry({ delay: () => timer(1, clock) }),
      )
      .subscribe();
    clock.advanceBy(9000);
    const batches = recent.slice().filter(({ records }) => records.length > 0);
    expect(batches).toEqual([
      { time: 1000, records: ['a'] },
      { time: 2000, records: ['b'] },
      { time: 3000, records: ['c'] },
    ]);
  });

  it.each(seeds(20))('and after restarts nothing is missing or twice: seed %i', (seed) => {
    const random = seeded(seed);
    const input = random.list(3, 20, () => random.list(0, 3, () => random.int(0, 9)));
    const duration = 1000 * random.int(1, 8);
    const restarts = { restartAfter: random.int(1, input.length), crashIn: random.int(1, input.length) };
    let looked: (readonly number[])[] = [];
    runBatches(
      input,
      (batches) => {
        const recent = remember<number>(duration, { name: 'recent' });
        return batches.pipe(
          recent,
          tap(({ time }) => {
            if (time > input.length * 1000) return;
            looked = recent.slice().map(({ records }) => records);
          }),
        );
      },
      restarts,
    );
    expect(looked).toEqual(input.slice(-duration / 1000));
  });
});

it('needs a name under a durable checkpoint', () => {
  const run = (): unknown => runBatches(abcd, (batches) => batches.pipe(remember(1000)), { restartAfter: 1 });
  expect(run).toThrow(expect.objectContaining({ code: 'NAME_REQUIRED' }));
});

it('is for one stream at a time', () => {
  const recent = remember<string>(1000);
  const both = (): unknown =>
    runBatches(abcd, (batches) => {
      const shared = batches.pipe(share());
      return merge(shared.pipe(recent), shared.pipe(recent)).pipe(transform((batch) => batch));
    });
  expect(both).toThrow(
    refused('remember: expected one subscription at a time, got a second one. Put share() after it'),
  );
});

it('an error before it fails the run when the batch arrives', () => {
  const run = (): unknown => runBatches(abcd, (batches) => batches.pipe(mapRecords(no), remember(1000)));
  expect(run).toThrow(operatorFailed('mapRecords', 0));
});

it.each([
  [[0], 'remember(duration): expected a whole number of at least 1, got 0'],
  [[1.5], 'remember(duration)'],
  [['5s'], 'remember(duration)'],
  [[Number.POSITIVE_INFINITY], 'remember(duration)'],
  [[1000, 'recent'], 'remember: expected options like { name, version, migrate, codec }, got "recent"'],
])('refuses %j, where it is written', (args, message) => {
  expect(() => (remember as (...all: unknown[]) => unknown)(...args)).toThrow(refused(message));
});
