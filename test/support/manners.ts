import { concatMap, defer, from, map, type OperatorFunction, of, take, throwError } from 'rxjs';
import { expect, it } from 'vitest';
import { Batch } from '../../src/core/batch/Batch.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { type DetachedRun, detachedRun } from '../../src/testing/detachedRun.ts';
import { batchTest } from './marbles.ts';

/** Makes an operator that passes a batch on for each one it is given. */
export type MakeOperator<T> = () => OperatorFunction<Batch<T>, Batch<unknown>>;

/**
 * RxJS's manners, which every operator and output keeps. One that `waits` for a second stream takes in what a synchronous source
 * has before that one is even subscribed: for it alone there is no firehose law.
 */
export function keepsManners<T>(
  make: MakeOperator<T>,
  records: readonly T[],
  { waits = false }: { readonly waits?: boolean } = {},
): void {
  const shown = map((batch: Batch<unknown>) => batch instanceof Batch);
  const yes = { a: true, b: true };
  const batch = { a: records, b: records };

  it(
    'never: waits for ever',
    batchTest((m, batches) => {
      const source = batches.hot('  -', batch);
      m.expect(source.pipe(make(), shown)).toBeObservable('-');
      m.expect(source).toHaveSubscriptions('^');
    }),
  );

  it(
    'empty: completes at once',
    batchTest((m, batches) => {
      const source = batches.cold(' |', batch);
      m.expect(source.pipe(make(), shown)).toBeObservable('|');
      m.expect(source).toHaveSubscriptions('(^!)');
    }),
  );

  it(
    'error: passes it on at once',
    batchTest((m, batches) => {
      const source = batches.cold(' #', batch, 'broken');
      m.expect(source.pipe(make(), shown)).toBeObservable('#', {}, 'broken');
      m.expect(source).toHaveSubscriptions('(^!)');
    }),
  );

  it(
    'passes each batch on when it comes, an error after it at once, and lets go of the source',
    batchTest((m, batches) => {
      const source = batches.hot('  -a-b-#', batch, 'broken');
      const subs = '                ^----!';
      const expected = '            -a-b-#';
      m.expect(source.pipe(make(), shown)).toBeObservable(expected, yes, 'broken');
      m.expect(source).toHaveSubscriptions(subs);
    }),
  );

  it(
    'completes with the source',
    batchTest((m, batches) => {
      const source = batches.hot('  -a-b-|', batch);
      const subs = '                ^----!';
      const expected = '            -a-b-|';
      m.expect(source.pipe(make(), shown)).toBeObservable(expected, yes);
      m.expect(source).toHaveSubscriptions(subs);
    }),
  );

  it(
    'unsubscribe lets go of the source at once',
    batchTest((m, batches) => {
      const source = batches.hot('  -a-b-|', batch);
      const unsub = '               ^-!';
      const expected = '            -a-';
      m.expect(source.pipe(make(), shown), unsub).toBeObservable(expected, yes);
      m.expect(source).toHaveSubscriptions(unsub);
    }),
  );

  it(
    'a chain that is broken by its own operators lets go of the source',
    batchTest((m, batches) => {
      const source = batches.hot('  -a-b-|', batch);
      const unsub = '               ^-!';
      const expected = '            -a-';
      const chain = source.pipe(
        concatMap((one) => of(one)),
        make(),
        concatMap((one) => of(one)),
        shown,
      );
      m.expect(chain, unsub).toBeObservable(expected, yes);
      m.expect(source).toHaveSubscriptions(unsub);
    }),
  );

  const firehose = (): void => {
    let pulled = 0;
    function* hose(): Generator<Batch<T>> {
      const run = detachedRun();
      for (pulled = 1; pulled <= 10; pulled++) yield batchOf(records, { run, time: pulled * 1000 });
    }
    const seen: Batch<unknown>[] = [];
    from(hose())
      .pipe(make(), take(3))
      .subscribe((one) => seen.push(one));
    expect(seen).toHaveLength(3);
    expect(pulled).toBe(3);
  };
  if (!waits) it('firehose: a source that emits synchronously is not drained past take(3)', firehose);

  it('fresh state for each subscription, also when the first ended early', () => {
    const operator = make();
    const results = (count: number): unknown[] => {
      const seen: unknown[] = [];
      const run: DetachedRun = detachedRun();
      const source = defer(() => [1000, 2000, 3000].map((time) => batchOf(records, { run, time })));
      source.pipe(operator, take(count)).subscribe((one) => seen.push([one.time, [...one.records]]));
      return seen;
    };
    const all = results(9);
    expect(all).toHaveLength(3);
    expect(results(1)).toEqual(all.slice(0, 1));
    expect(results(9)).toEqual(all);
  });

  it('refuses what is no batch: batchInterval is missing', () => {
    const errors: unknown[] = [];
    of(records as unknown as Batch<T>)
      .pipe(make())
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([expect.objectContaining({ code: 'NOT_A_BATCH' })]);
  });

  it('passes on an error that a subscriber before it raised, as it is', () => {
    const errors: unknown[] = [];
    throwError(() => new Error('source'))
      .pipe(make())
      .subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([new Error('source')]);
  });
}
