import { retry, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { drain } from '../../src/runtime/drain.ts';
import type { Progress } from '../../src/runtime/progress.ts';
import { StreamingContext, type StreamingContextOptions } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { type TestSourceOptions, type TestSourceStep, testSource } from '../../src/testing/testSource.ts';
import { refused } from '../support/through.ts';

interface Seen {
  /** The time and the records of each batch, then how it ended. */
  readonly log: unknown[];
  readonly offsets: unknown[];
  readonly progress: Progress[];
}

/** Runs a script for a virtual minute. */
function play(
  script: readonly TestSourceStep<string>[],
  {
    retries = 0,
    source,
    ...options
  }: Partial<StreamingContextOptions> & { retries?: number; source?: TestSourceOptions } = {},
): Seen {
  const clock = manualClock();
  const seen: Seen = { log: [], offsets: [], progress: [] };
  const interval = options.trigger === undefined ? { interval: 1000 } : {};
  const context = new StreamingContext({ scheduler: clock, ...interval, ...options });
  context.progress$.subscribe((event) => seen.progress.push(event));
  testSource(script, source)
    .pipe(
      batchInterval(context),
      foreachBatch(({ time, records, offsets }) => {
        seen.log.push(`${time} ${records.join('')}`);
        seen.offsets.push(...offsets.map(({ from, until }) => [from, until]));
      }),
      retry(retries),
    )
    .subscribe({ complete: () => seen.log.push('complete'), error: (error) => seen.log.push(error) });
  clock.advanceBy(60_000);
  return seen;
}

it('gives one array a batch, with positions that count its records, and completes with the last', () => {
  const { log, offsets } = play([['a', 'b'], [], ['c']]);
  expect(log).toEqual(['1000 ab', '2000 ', '3000 c', 'complete']);
  expect(offsets).toEqual([
    [0, 2],
    [2, 2],
    [2, 3],
  ]);
});

it('pauses for so many batches', () => {
  expect(play([['a'], testSource.pause(), ['b'], testSource.pause(2), ['c']]).log).toEqual([
    '1000 a',
    '2000 ',
    '3000 b',
    '4000 ',
    '5000 ',
    '6000 c',
    'complete',
  ]);
});

it('a pause for ever keeps it open', () => {
  const { log } = play([['a'], testSource.pause(Number.POSITIVE_INFINITY), ['never']]);
  expect(log).toHaveLength(60);
  expect(log.at(-1)).toBe('60000 ');
});

it('ends on cue: what follows is never given', () => {
  expect(play([['a'], testSource.end(), ['never']]).log).toEqual(['1000 a', 'complete']);
});

it('an empty script completes with an empty batch', () => {
  expect(play([]).log).toEqual(['1000 ', 'complete']);
});

it('errors on cue, in every run, when everything before it has settled', () => {
  const { log, progress } = play([['a'], testSource.error(new Error('gone'))], { retries: 1 });
  expect(log).toEqual(['1000 a', '2000 ', '3000 ', expect.objectContaining({ message: 'gone' })]);
  expect(progress.filter((event) => event.type === 'batch').map(({ status }) => status)).toEqual([
    'settled',
    'settled',
    'settled',
  ]);
});

describe('a crash happens once, and the next run goes on behind it', () => {
  it('while the batch behind it is being decided', () => {
    expect(play([['a'], testSource.crash(), ['b']], { retries: 1 }).log).toEqual(['1000 a', '3000 b', 'complete']);
  });

  it("'read': while the batch before it is read, which then comes with the same time", () => {
    expect(play([['a'], ['b'], testSource.crash('read'), ['c']], { retries: 1 }).log).toEqual([
      '1000 a',
      '2000 b',
      '3000 c',
      'complete',
    ]);
  });

  it("'settled': when the batch before it has settled, which does not come again", () => {
    expect(play([['a'], testSource.crash('settled'), ['b']], { retries: 1 }).log).toEqual([
      '1000 a',
      '2000 b',
      'complete',
    ]);
  });

  it('at the end of the script too', () => {
    expect(play([['a'], testSource.crash('settled')], { retries: 1 }).log).toEqual(['1000 a', '2000 ', 'complete']);
    expect(play([['a'], testSource.crash('settled')]).log.at(-1)).toMatchObject({ code: 'SOURCE_FAILED' });
  });

  it('ends the run with SOURCE_FAILED, or the error given', () => {
    expect(play([testSource.crash()]).log).toEqual([expect.objectContaining({ code: 'SOURCE_FAILED' })]);
    expect(play([testSource.crash('cut', new Error('mine'))]).log).toEqual([
      expect.objectContaining({ cause: expect.objectContaining({ message: 'mine' }) }),
    ]);
  });

  it('several crash one after the other', () => {
    const script = [['a'], testSource.crash(), testSource.crash('read'), testSource.crash(), ['b']];
    expect(play(script, { retries: 2 }).log.at(-1)).toMatchObject({ code: 'SOURCE_FAILED' });
    expect(play(script, { retries: 3 }).log.at(-1)).toBe('complete');
  });

  it('is remembered across contexts by the source itself', () => {
    const source = testSource([testSource.crash(), ['a']]);
    const life = (): unknown[] => {
      const clock = manualClock();
      const log: unknown[] = [];
      source
        .pipe(
          batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
          foreachBatch(({ records }) => log.push(...records)),
        )
        .subscribe({ error: ({ code }) => log.push(code) });
      clock.advanceBy(5000);
      return log;
    };
    expect([life(), life()]).toEqual([['SOURCE_FAILED'], ['a']]);
  });
});

it('under a drain trigger each step is a batch as soon as the one before has settled; a record limit splits it', () => {
  const { log, offsets } = play([['a', 'b', 'c'], ['d']], { trigger: drain({ maxRecords: 2 }) });
  expect(log.map((line) => String(line).split(' ').at(-1))).toEqual(['ab', 'c', 'd', 'complete']);
  expect(offsets).toEqual([
    [0, 2],
    [2, 3],
    [3, 4],
  ]);
});

it('starts after what a store holds, in the middle of a step too', () => {
  const store = memoryOffsets();
  const from = (until: number): unknown[] => {
    store.commit([{ topic: 'test', partition: 0, until, expected: undefined }]);
    const { log } = play([['a', 'b'], testSource.pause(), ['c']], {
      source: { offsets: store },
      onWarning: () => {},
    });
    return log.slice(0, -1).map((line) => String(line).slice(5));
  };
  expect([from(1), from(2), from(3)]).toEqual([['b', '', 'c'], ['', 'c'], ['']]);
});

it('what it was committed is what the next process begins with', () => {
  const store = memoryOffsets();
  const process = (): string[] => {
    const clock = manualClock();
    const seen: string[] = [];
    testSource([['a'], ['b']], { offsets: store, name: 'mine' })
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock, batches: 1 })),
        foreachBatch(({ records }) => seen.push(...records)),
        commitOffsets(store),
      )
      .subscribe();
    clock.advanceBy(5000);
    return seen;
  };
  expect([process(), process()]).toEqual([['a'], ['b']]);
  expect(store.load({})).toEqual([{ topic: 'mine', partition: 0, until: 2 }]);
});

it('subscribed directly it is a plain stream of its records', () => {
  const clock = manualClock();
  const seen: unknown[] = [];
  testSource([['a', 'b'], [], testSource.pause(), ['c']], { scheduler: clock })
    .pipe(toArray())
    .subscribe((records) => seen.push(records));
  clock.advanceBy(1000);
  expect(seen).toEqual([['a', 'b', 'c']]);
});

it.each([
  ['no array', 'abc', 'testSource(script): expected an array of batches and cues, got "abc"'],
  ['a step that is no array', [['a'], 'b'], 'testSource(script), step 1: expected an array of records, or a cue'],
  ['a step that is nothing', [null], 'testSource(script), step 0'],
])('refuses %s, where it is written', (_what, script, message) => {
  expect(() => testSource(script as never)).toThrow(refused(message));
});

it('refuses a pause that is no whole number, and an empty name', () => {
  expect(() => testSource.pause(0)).toThrow(refused('testSource.pause(batches)'));
  expect(() => testSource([], { name: '' })).toThrow(refused('testSource({ name })'));
});
