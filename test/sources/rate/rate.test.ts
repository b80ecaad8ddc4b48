import { take, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { type RateRecord, rate } from '../../../src/sources/rate/rate.ts';
import { secondOfValue, timeOfValue, valueAtSecond, valuesBefore } from '../../../src/sources/rate/rateArithmetic.ts';
import { type CutAnswer, type RecordRun, SOURCE, type Source } from '../../../src/sources/Source.ts';

function opened(options: Parameters<typeof rate>[0], position?: unknown): Source<RateRecord> & { codes: string[] } {
  const source = rate(options)[SOURCE]();
  const codes: string[] = [];
  source.open({
    position,
    scheduler: new TestScheduler(() => {}),
    signal: new AbortController().signal,
    wake: () => {},
    report: ({ code }) => codes.push(code),
  });
  return Object.assign(source, { codes });
}

function cutAt(source: Source<RateRecord>, time: number, maxRecords = Number.POSITIVE_INFINITY): [number, number][] {
  const { cut } = source.cut(time, { maxRecords, intervalMs: 1000 }) as CutAnswer;
  const rows: [number, number][] = [];
  (source.read(cut) as RecordRun<RateRecord>).run(({ timestamp, value }) => rows.push([timestamp, value]));
  expect(cut.records).toBe(rows.length);
  return rows;
}

describe('the arithmetic of rate', () => {
  it.each([
    [0, 5, 0, 0],
    [1, 5, 0, 5],
    [0, 5, 2, 0],
    [1, 5, 2, 1],
    [2, 5, 2, 3],
    [3, 5, 2, 8],
  ])('second %s at %s a second with a ramp of %s s begins with value %s', (second, perSecond, rampSeconds, value) => {
    expect(valueAtSecond(second, { perSecond, rampSeconds })).toBe(value);
  });

  it.each([
    { perSecond: 1, rampSeconds: 0 },
    { perSecond: 7, rampSeconds: 3 },
    { perSecond: 1500, rampSeconds: 0 },
    { perSecond: 2999, rampSeconds: 2 },
    { perSecond: 3, rampSeconds: 10 },
  ])('every value has its second, its time, and comes after it ($perSecond a second, ramp $rampSeconds s)', (ramp) => {
    const last = valueAtSecond(ramp.rampSeconds + 3, ramp);
    for (let value = 0; value < last; value++) {
      const second = secondOfValue(value, ramp);
      expect(valueAtSecond(second, ramp)).toBeLessThanOrEqual(value);
      expect(valueAtSecond(second + 1, ramp)).toBeGreaterThan(value);
      const time = timeOfValue(value, ramp);
      expect(valuesBefore(Math.min(time + 1, (second + 1) * 1000), ramp)).toBeGreaterThan(value);
      if (time < (second + 1) * 1000) expect(valuesBefore(time, ramp)).toBeLessThanOrEqual(value);
    }
  });

  it('has given all values of the seconds that are over', () => {
    const ramp = { perSecond: 7, rampSeconds: 3 };
    for (let second = 0; second < 8; second++)
      expect(valuesBefore(second * 1000, ramp)).toBe(valueAtSecond(second, ramp));
  });
});

describe('rate', () => {
  it('spreads the values of a second evenly over it', () => {
    expect(cutAt(opened({ recordsPerSecond: 10 }), 1000)).toEqual(Array.from({ length: 10 }, (_, i) => [100 * i, i]));
  });

  it('rounds times to milliseconds', () => {
    expect(cutAt(opened({ recordsPerSecond: 3 }), 1000)).toEqual([
      [0, 0],
      [333, 1],
      [667, 2],
    ]);
  });

  it('gives a batch what was due before its time', () => {
    const source = opened({ recordsPerSecond: 4 });
    expect([cutAt(source, 250), cutAt(source, 500), cutAt(source, 501)]).toEqual([[[0, 0]], [[250, 1]], [[500, 2]]]);
  });

  it('grows to its rate during the ramp', () => {
    const source = opened({ recordsPerSecond: 10, rampUpTimeMs: 4000 });
    expect(cutAt(source, 1000).map(([time]) => time)).toEqual([0, 500]);
    expect(cutAt(source, 2000).map(([time]) => time)).toEqual([1000, 1250, 1500, 1750]);
    expect([3000, 4000, 5000, 6000].map((time) => cutAt(source, time).length)).toEqual([6, 8, 10, 10]);
  });

  it('gives the rest later when a limit is smaller', () => {
    const source = opened({ recordsPerSecond: 5 });
    expect([cutAt(source, 1000, 2), cutAt(source, 1000, 2), cutAt(source, 1000)].map((rows) => rows.length)).toEqual([
      2, 2, 1,
    ]);
  });

  it('makes up for the time it was away, from the start time of the checkpoint', () => {
    const first = opened({ recordsPerSecond: 2 });
    const { cut } = first.cut(1000, { maxRecords: 10, intervalMs: 1000 }) as CutAnswer;
    const second = opened({ recordsPerSecond: 2 }, JSON.parse(JSON.stringify(cut.position)));
    expect(second.codes).toEqual(['RESUMED']);
    expect(cutAt(second, 3000)).toEqual([
      [1000, 2],
      [1500, 3],
      [2000, 4],
      [2500, 5],
    ]);
  });

  it('comes on time when it is subscribed directly, with no clock but its scheduler', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ expectObservable }) => {
      const values = rate({ recordsPerSecond: 4 }).pipe(take(3));
      expectObservable(values).toBe('1ms a 249ms b 249ms (c|)', {
        a: { value: 0, timestamp: 0 },
        b: { value: 1, timestamp: 250 },
        c: { value: 2, timestamp: 500 },
      });
    });
  });

  it('gives a thousand a second when it is subscribed directly', () => {
    new TestScheduler(() => {}).run(({ flush }) => {
      let records: RateRecord[] = [];
      rate({ recordsPerSecond: 1000 })
        .pipe(take(1000), toArray())
        .subscribe((all) => {
          records = all;
        });
      flush();
      expect(records.at(-1)).toEqual({ value: 999, timestamp: 999 });
    });
  });

  it.each([
    ['a rate of -1', { recordsPerSecond: -1 }],
    ['a rate of 0', { recordsPerSecond: 0 }],
    ['half a record', { recordsPerSecond: 0.5 }],
    ['no rate', {}],
    ['a ramp of half a second', { recordsPerSecond: 1, rampUpTimeMs: 500 }],
    ['a negative ramp', { recordsPerSecond: 1, rampUpTimeMs: -1000 }],
  ])('refuses %s where it is written', (_name, options) => {
    expect(() => rate(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
