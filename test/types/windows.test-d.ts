/** What the types of the window operators say, in both directions. Checked by `npm run types`. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  type Batch,
  batchInterval,
  countByValueAndWindow,
  countByWindow,
  groupByKeyAndWindow,
  mapRecords,
  type Pair,
  reduceByWindow,
  remember,
} from '../../src/index.ts';

/** The records of a stream of batches. */
type Records<S> = S extends Observable<Batch<infer T>> ? T : never;

const words = of('to', 'be').pipe(batchInterval(1000));
const ones = words.pipe(mapRecords((word) => [word, 1] as const));

export function reduced(): void {
  const longest = words.pipe(reduceByWindow((a, b) => (a.length > b.length ? a : b), { window: 2000 }));
  expectTypeOf<Records<typeof longest>>().toEqualTypeOf<string>();

  const total = words.pipe(
    mapRecords(() => 1 as const),
    reduceByWindow((a, b) => a + b, { window: 2000, inverse: (a, b) => a - b }),
  );
  expectTypeOf<Records<typeof total>>().toEqualTypeOf<number>();

  // @ts-expect-error the sum of two texts is no number
  words.pipe(reduceByWindow((a, b) => a.length + b.length, { window: 2000 }));
  // @ts-expect-error window is needed
  words.pipe(reduceByWindow((a) => a, { slide: 2000 }));
}

export function counted(): void {
  const count = words.pipe(countByWindow({ window: 2000 }));
  expectTypeOf<Records<typeof count>>().toEqualTypeOf<number>();

  const counts = words.pipe(countByValueAndWindow({ window: 2000, keyOf: (word) => word.length }));
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<Pair<string, number>>();

  // @ts-expect-error a list is no primitive
  words.pipe(countByValueAndWindow({ window: 2000, keyOf: (word) => [word] }));
  // @ts-expect-error window is needed
  words.pipe(countByWindow({}));
}

export function grouped(): void {
  const groups = ones.pipe(groupByKeyAndWindow({ window: 2000 }));
  expectTypeOf<Records<typeof groups>>().toEqualTypeOf<Pair<string, 1[]>>();

  const objects = words.pipe(
    mapRecords((word) => [{ word }, word.length] as const),
    groupByKeyAndWindow({ window: 2000, keyOf: ({ word }) => word }),
  );
  expectTypeOf<Records<typeof objects>>().toEqualTypeOf<Pair<{ readonly word: string }, number[]>>();

  // @ts-expect-error texts are no pairs
  words.pipe(groupByKeyAndWindow({ window: 2000 }));
}

export function remembered(): void {
  const recent = remember<string>(2000);
  const same = words.pipe(recent);
  expectTypeOf<Records<typeof same>>().toEqualTypeOf<string>();
  expectTypeOf(recent.slice).returns.toEqualTypeOf<
    readonly { readonly time: number; readonly records: readonly string[] }[]
  >();
  // @ts-expect-error it remembers texts
  ones.pipe(recent);
}
