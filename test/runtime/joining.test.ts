import { concat, filter, map, merge, type Observable, share, take, timer, withLatestFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Batch,
  batchInterval,
  foreachBatch,
  held,
  mapRecords,
  print,
  reduceByKeyAndWindow,
  StreamError,
  transformWith,
  unionBatches,
  windowBatches,
} from '../../src/index.ts';
import { Log, logSource } from '../support/logSource.ts';
import { add, type Counted, counted, sums } from '../support/pairs.ts';
import { codeOf, type Stage, stage, watch } from '../support/stage.ts';

const unshared = (context: Stage['context'], name: string): Observable<Batch<string>> =>
  logSource(new Log(name), { name }).pipe(batchInterval(context));

/** Plain operators like `share` hide what is known of a stream before it is subscribed. */
const named = (context: Stage['context'], name: string, ...records: readonly string[]): Observable<Batch<string>> =>
  logSource(new Log(...records), { name }).pipe(batchInterval(context), share());

function collected(stream: Observable<Batch<string>>): readonly string[] {
  const results: string[] = [];
  watch(stream.pipe(foreachBatch(({ time, records }) => results.push(`${time} ${records}`))));
  return results;
}

describe('a pairing operator', () => {
  it('takes a side that does not come as an empty batch, once all sources have emitted the time', () => {
    const { clock, context, batches } = stage();
    const a = named(context, 'a', 'a');
    const b = named(context, 'b', 'b');
    const none = b.pipe(filter(() => false));
    const results = collected(a.pipe(unionBatches(none)));
    const turned = collected(none.pipe(unionBatches(a)));
    clock.advanceBy(2000);
    expect(results).toEqual(['1000 a', '2000 ']);
    expect(turned).toEqual(['1000 a', '2000 ']);
    expect(batches()).toEqual(['1000 settled', '2000 settled']);
  });

  it('does not take a side for missing that comes from a source further down', () => {
    const { clock, context } = stage();
    const [a, b] = [named(context, 'a', 'a'), named(context, 'b', 'b')];
    const results = collected(a.pipe(unionBatches(b)));
    clock.advanceBy(1000);
    expect(results).toEqual(['1000 a,b']);
  });

  it('does not take a side for missing that somebody still holds', () => {
    const { clock, context } = stage();
    const a = named(context, 'a', 'a');
    const slow = a.pipe(held((batch) => timer(300, clock).pipe(map(() => batch))));
    const results = collected(a.pipe(unionBatches(slow)));
    clock.advanceBy(1299);
    expect(results).toEqual([]);
    clock.advanceBy(1);
    expect(results).toEqual(['1000 a,a']);
  });

  it('does not take a side for missing that is itself a pair that waits', () => {
    const { clock, context } = stage();
    const [a, b] = [named(context, 'a', 'a'), named(context, 'b', 'b')];
    const none = b.pipe(filter(() => false));
    const inner = a.pipe(unionBatches(none), share());
    const results = collected(inner.pipe(unionBatches(b, inner.pipe(mapRecords((record) => `${record}!`)))));
    clock.advanceBy(1000);
    expect(results).toEqual(['1000 a,b,a!']);
  });

  it('goes on when one side has completed', () => {
    const { clock, context } = stage();
    const short = new Log('s');
    short.end();
    const a = named(context, 'a', 'a');
    const results = collected(a.pipe(unionBatches(logSource(short, { name: 'short' }).pipe(batchInterval(context)))));
    clock.advanceBy(3000);
    expect(results).toEqual(['1000 a,s', '2000 ', '3000 ']);
  });

  it('descends from the sources of all its sides', () => {
    const { clock, context } = stage();
    const [a, b] = [named(context, 'a', 'a'), named(context, 'b', 'b')];
    const topics: string[] = [];
    watch(
      a.pipe(
        transformWith(b.pipe(filter(() => false)), (left, right) => [...left.records, ...right.records]),
        foreachBatch(({ offsets }) => topics.push(...offsets.map(({ topic }) => topic))),
      ),
    );
    clock.advanceBy(1000);
    expect(topics).toEqual(['a', 'b']);
  });

  it('a failing function fails the run', () => {
    const { clock, context, batches } = stage();
    const a = named(context, 'a', 'a');
    const seen = watch(
      a.pipe(
        transformWith(a, () => {
          throw new Error('no');
        }),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(1000);
    expect([codeOf(seen.error), batches()]).toEqual(['OPERATOR_FAILED', []]);
  });
});

describe('what cannot be paired', () => {
  it('streams of different slides: SLIDE_MISMATCH, where it is written', () => {
    const { context } = stage();
    const a = unshared(context, 'a');
    expect(() => a.pipe(unionBatches(a.pipe(windowBatches({ window: 2000, slide: 2000 }))))).toThrow(
      expect.objectContaining({ code: 'SLIDE_MISMATCH' }),
    );
  });

  it('the same behind a plain operator: at the first batch', () => {
    const { clock, context, batches } = stage();
    const a = named(context, 'a', 'a');
    const slower = a.pipe(
      windowBatches({ window: 2000, slide: 2000 }),
      map((batch) => batch),
    );
    const seen = watch(
      a.pipe(
        map((batch) => batch),
        unionBatches(slower),
        foreachBatch(() => {}),
      ),
    );
    clock.advanceBy(2000);
    expect(codeOf(seen.error)).toBe('SLIDE_MISMATCH');
    expect(batches()).toEqual(['1000 settled']);
  });

  it('streams of different contexts: CONTEXT_MIXED, where it is written', () => {
    const a = unshared(stage().context, 'a');
    const b = unshared(stage().context, 'b');
    expect(() => a.pipe(unionBatches(b))).toThrow(expect.objectContaining({ code: 'CONTEXT_MIXED' }));
    expect(() => a.pipe(transformWith(b, (left) => left))).toThrow(StreamError);
  });

  it('the same behind a plain operator: at the first batch', () => {
    const [one, other] = [stage(), stage()];
    const plain = map((batch: Batch<string>) => batch);
    const a = named(one.context, 'a', 'a').pipe(plain);
    const b = named(other.context, 'b', 'b').pipe(plain);
    const seen = watch(
      a.pipe(
        unionBatches(b),
        foreachBatch(() => timer(5000, one.clock)),
      ),
    );
    one.clock.advanceBy(1000);
    other.clock.advanceBy(1000);
    one.clock.advanceBy(5000);
    expect(codeOf(seen.error)).toBe('CONTEXT_MIXED');
  });
});

describe('the same time twice on one input: BATCH_ORDER, which names unionBatches and withLatestFrom', () => {
  const pairs = (batch: Batch<string>): Batch<Counted> => batch.withRecords([counted('k', 1)]);

  it.each([
    ['foreachBatch', foreachBatch(() => {})],
    ['print', print(10, { to: () => {} })],
    ['updateStateByKey', sums()],
    ['windowBatches', windowBatches({ window: 2000 })],
    ['reduceByKeyAndWindow', reduceByKeyAndWindow<Counted>(add, { window: 2000 })],
  ])('%s', (_name, operator) => {
    const { clock, context, batches } = stage();
    const a = named(context, 'a', 'a').pipe(map(pairs));
    const effects: unknown[] = [];
    const seen = watch(
      merge(a, a).pipe(
        operator as never,
        foreachBatch<unknown>((batch) => effects.push(batch)),
      ),
    );
    clock.advanceBy(2000);
    expect(codeOf(seen.error)).toBe('BATCH_ORDER');
    expect((seen.error as Error).message).toMatch(/unionBatches.*withLatestFrom/s);
    expect([batches(), effects.length <= 1]).toEqual([[], true]);
  });

  it('unionBatches, on either side', () => {
    for (const other of [false, true]) {
      const { clock, context } = stage();
      const a = named(context, 'a', 'a');
      const twice = merge(a, a);
      const seen = watch(
        (other ? a.pipe(unionBatches(twice)) : twice.pipe(unionBatches(a))).pipe(foreachBatch(() => {})),
      );
      clock.advanceBy(1000);
      expect(codeOf(seen.error)).toBe('BATCH_ORDER');
    }
  });

  it('but a stream that follows another one is fine: times rise', () => {
    const { clock, context } = stage();
    const a = named(context, 'a', 'a');
    watch(a);
    const results = collected(concat(a.pipe(take(2)), a));
    clock.advanceBy(4000);
    expect(results).toEqual(['1000 a', '2000 ', '3000 ', '4000 ']);
  });
});

it('withLatestFrom looks at another stream of the context without waiting for it', () => {
  const { clock, context, batches } = stage();
  const a = named(context, 'a', 'a');
  const b = named(context, 'b', 'b');
  const results = collected(
    b.pipe(
      withLatestFrom(a),
      map(([batch, other]) => batch.withRecords([...batch, ...other])),
    ),
  );
  clock.advanceBy(1000);
  expect(results).toEqual(['1000 b,a']);
  expect(batches()).toEqual(['1000 settled']);
});
