import { filter, map, merge, type Observable, of, share, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import { memoryOffsets } from '../../src/offsets/memory/memoryOffsets.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { takeRecords } from '../../src/operators/takeRecords.ts';
import { transform } from '../../src/operators/transform.ts';
import { unionBatches } from '../../src/operators/unionBatches.ts';
import { windowBatches } from '../../src/operators/windowBatches.ts';
import { commitOffsets } from '../../src/outputs/commitOffsets.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { batchTest } from '../support/marbles.ts';
import { refused } from '../support/through.ts';

const a = [['a1'], ['a2'], ['a3']];
const b = [['b1'], ['b2'], ['b3']];

/** The records of each batch. */
function records<T>(batches: readonly { readonly records: readonly T[] }[]): (readonly T[])[] {
  return batches.map((batch) => batch.records);
}

it(
  'joins the batches of the same time: this stream first, then the others; a stream that gives none counts as empty',
  batchTest((m, batches) => {
    const source = batches.hot('  -a--b--|', { a: ['a'], b: ['b'] });
    const other = batches.hot('   -c-----|', { c: ['c'] });
    const subs = '                ^------!';
    const expected = '            -p--q--|';
    const result = source.pipe(unionBatches(other), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'c'], q: ['b'] });
    m.expect(source).toHaveSubscriptions(subs);
    m.expect(other).toHaveSubscriptions(subs);
  }),
);

it(
  'goes on when one side has completed, and completes with the last',
  batchTest((m, batches) => {
    const source = batches.hot('  -a|', { a: ['a'] });
    const other = batches.hot('   -b--c--|', { b: ['b'], c: ['c'] });
    const expected = '            -p--q--|';
    const result = source.pipe(unionBatches(other), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'], q: ['c'] });
    m.expect(source).toHaveSubscriptions('^-!');
    m.expect(other).toHaveSubscriptions('^------!');
  }),
);

it(
  'errors with the first side that errors, and lets go of the others',
  batchTest((m, batches) => {
    const source = batches.hot('  -a-----|', { a: ['a'] });
    const other = batches.hot('   -b-#', { b: ['b'] }, 'broken');
    const subs = '                ^--!';
    const expected = '            -p-#';
    const result = source.pipe(unionBatches(other), batches.shown());
    m.expect(result).toBeObservable(expected, { p: ['a', 'b'] }, 'broken');
    m.expect(source).toHaveSubscriptions(subs);
    m.expect(other).toHaveSubscriptions(subs);
  }),
);

it('joins any number of streams, in the order in which they are written', () => {
  const out = runBatches({ a, b, c: [['c1']] }, (streams) => streams.c.pipe(unionBatches(streams.a, streams.b)));
  expect(records(out)).toEqual([
    ['c1', 'a1', 'b1'],
    ['a2', 'b2'],
    ['a3', 'b3'],
  ]);
  expect(records(runBatches(a, (source) => source.pipe(unionBatches())))).toEqual(a);
});

it('the order of the sources among themselves does not matter', () => {
  const out = runBatches({ a, b }, (streams) => streams.b.pipe(unionBatches(streams.a)));
  expect(records(out)).toEqual([
    ['b1', 'a1'],
    ['b2', 'a2'],
    ['b3', 'a3'],
  ]);
});

it('reads lazily, one side after the other, and stops early', () => {
  const read = vi.fn((text: string) => text);
  const out = runBatches({ a: [['a1', 'a2']], b: [['b1', 'b2']] }, (streams) =>
    streams.a.pipe(mapRecords(read), unionBatches(streams.b.pipe(mapRecords(read))), takeRecords(3)),
  );
  expect(records(out)).toEqual([['a1', 'a2', 'b1']]);
  expect(read.mock.calls.flat()).toEqual(['a1', 'a2', 'b1']);
});

it('a reader that stops within one side does not begin the next', () => {
  const read = vi.fn((text: string) => text);
  const out = runBatches({ a: [['a1', 'a2']], b: [['b1']] }, (streams) =>
    streams.a.pipe(mapRecords(read), unionBatches(streams.b.pipe(mapRecords(read))), takeRecords(1)),
  );
  expect(records(out)).toEqual([['a1']]);
  expect(read.mock.calls.flat()).toEqual(['a1']);
});

describe('a missing side', () => {
  const odd = filter(({ time }: Batch<string>) => time % 2000 !== 0);

  it.each(['left', 'right'])('that was filtered away on the %s is an empty batch', (side) => {
    const out = runBatches({ a, b }, (streams) => {
      const left = side === 'left' ? streams.a.pipe(odd) : streams.a;
      const right = side === 'right' ? streams.b.pipe(odd) : streams.b;
      return left.pipe(unionBatches(right));
    });
    const second = side === 'left' ? ['b2'] : ['a2'];
    expect(out).toEqual([
      { time: 1000, records: ['a1', 'b1'] },
      { time: 2000, records: second },
      { time: 3000, records: ['a3', 'b3'] },
    ]);
  });

  it('on both sides is no batch', () => {
    const out = runBatches({ a, b }, (streams) => streams.a.pipe(odd, unionBatches(streams.b.pipe(odd))));
    expect(out.map(({ time }) => time)).toEqual([1000, 3000]);
  });

  it('is waited for while an asynchronous transform has it', () => {
    const slow = transform((batch: Batch<string>) => timer(300).pipe(map(() => batch)));
    const bothWays = runBatches({ a, b }, (streams) => ({
      late: streams.a.pipe(slow, unionBatches(streams.b)),
    }));
    expect(records(bothWays.late)).toEqual([
      ['a1', 'b1'],
      ['a2', 'b2'],
      ['a3', 'b3'],
    ]);
    const right = runBatches({ a, b }, (streams) => streams.a.pipe(unionBatches(streams.b.pipe(slow))));
    expect(records(right)).toEqual([
      ['a1', 'b1'],
      ['a2', 'b2'],
      ['a3', 'b3'],
    ]);
  });

  it('is resolved from upstream to downstream in nested unions', () => {
    const out = runBatches({ a, b, c: [['c1'], ['c2'], ['c3']] }, (streams) => {
      const inner = streams.a.pipe(odd, unionBatches(streams.b.pipe(filter(({ time }) => time !== 3000))));
      return streams.c.pipe(odd, unionBatches(inner));
    });
    expect(out).toEqual([
      { time: 1000, records: ['c1', 'a1', 'b1'] },
      { time: 2000, records: ['b2'] },
      { time: 3000, records: ['c3', 'a3'] },
    ]);
  });
});

it('joins the branches of one shared stream', () => {
  const out = runBatches(a, (source) => {
    const shared = source.pipe(share());
    const upper = shared.pipe(mapRecords((text) => text.toUpperCase()));
    return shared.pipe(unionBatches(upper, shared.pipe(filter(({ time }) => time === 2000))));
  });
  expect(records(out)).toEqual([
    ['a1', 'A1'],
    ['a2', 'A2', 'a2'],
    ['a3', 'A3'],
  ]);
});

it('joins windows of the same slide', () => {
  const out = runBatches({ a, b }, (streams) => {
    const everyTwo = windowBatches<string>({ window: 2000, slide: 2000 });
    return streams.a.pipe(everyTwo, unionBatches(streams.b.pipe(windowBatches({ window: 1000, slide: 2000 }))));
  });
  expect(out).toEqual([{ time: 2000, records: ['a1', 'a2', 'b2'] }]);
});

it('descends from the sources of all sides, also of one that gave nothing this time', () => {
  const seen: unknown[] = [];
  const store = memoryOffsets();
  runBatches({ a, b }, (streams) =>
    streams.a.pipe(
      unionBatches(streams.b.pipe(filter(({ time }) => time !== 2000))),
      foreachBatch(({ offsets }) => seen.push(offsets.map(({ topic, from, until }) => [topic, from, until]))),
      commitOffsets(store),
    ),
  );
  expect(seen).toEqual([
    [
      ['a', 0, 1],
      ['b', 0, 1],
    ],
    [
      ['a', 1, 2],
      ['b', 1, 2],
    ],
    [
      ['a', 2, 3],
      ['b', 2, 3],
    ],
  ]);
  expect(store.load({})).toEqual([
    { topic: 'a', partition: 0, until: 3 },
    { topic: 'b', partition: 0, until: 3 },
  ]);
});

it.each([{ restartAfter: 1 }, { crashIn: [1, 2, 3] }])('a restart in the middle changes nothing: %j', (options) => {
  const union = (streams: Record<'a' | 'b', Observable<Batch<string>>>): Observable<Batch<string>> =>
    streams.a.pipe(unionBatches(streams.b.pipe(filter(({ time }) => time === 2000))));
  expect(runBatches({ a, b }, union, options)).toEqual(runBatches({ a, b }, union));
});

describe('refuses', () => {
  it('streams of different slides, where it is written', () => {
    const context = new StreamingContext({ interval: 1000 });
    const left = of(1).pipe(batchInterval(context));
    const right = of(2).pipe(batchInterval(context), windowBatches({ window: 2000, slide: 2000 }));
    expect(() => left.pipe(unionBatches(right))).toThrow(expect.objectContaining({ code: 'SLIDE_MISMATCH' }));
  });

  it('streams of different slides that a plain operator hides, at the first pair', () => {
    const run = (): unknown =>
      runBatches({ a, b }, (streams) => {
        const everyTwo = streams.b.pipe(windowBatches({ window: 2000, slide: 2000 }));
        return streams.a.pipe(unionBatches(everyTwo.pipe(map((batch) => batch))));
      });
    expect(run).toThrow(expect.objectContaining({ code: 'SLIDE_MISMATCH' }));
  });

  it('streams of two contexts, where it is written', () => {
    const left = of(1).pipe(batchInterval(1000));
    const right = of(2).pipe(batchInterval(1000));
    expect(() => left.pipe(unionBatches(right))).toThrow(expect.objectContaining({ code: 'CONTEXT_MIXED' }));
  });

  it('streams of two contexts that a plain operator hides, when the second comes', () => {
    const clock = manualClock();
    const errors: unknown[] = [];
    const hidden = (n: number, interval: number): Observable<Batch<number>> =>
      of(n).pipe(
        batchInterval(new StreamingContext({ interval, scheduler: clock })),
        map((batch) => batch),
      );
    hidden(1, 1000)
      .pipe(unionBatches(hidden(2, 1000)))
      .subscribe({ error: (error) => errors.push(error) });
    clock.advanceBy(1000);
    expect(errors).toEqual([expect.objectContaining({ code: 'CONTEXT_MIXED' })]);
  });

  it('the same time twice on one side', () => {
    const run = (): unknown =>
      runBatches({ a, b, c: a }, ({ a: left, b: right, c }) => left.pipe(unionBatches(merge(right, c))));
    expect(run).toThrow(
      expect.objectContaining({ code: 'BATCH_ORDER', message: expect.stringContaining('unionBatches') }),
    );
  });

  it.each([[undefined], [[of(1)]], [Promise.resolve()]])('%s for a stream, where it is written', (other) => {
    expect(() => unionBatches(other as never)).toThrow(
      refused('unionBatches(...), stream 1: expected a stream of batches'),
    );
  });
});
