/** What the types of operators say, in both directions: what is inferred, and what must not compile. Checked by `npm run types`. */
import { map, type Observable, type OperatorFunction, of, pipe } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  type Batch,
  batchInterval,
  combineByKey,
  countByValue,
  countRecords,
  filterRecords,
  flatMapRecords,
  flatMapValues,
  groupByKey,
  mapRecords,
  mapValues,
  type Pair,
  persist,
  reduceByKey,
  reduceByKeyAndWindow,
  reduceRecords,
  sortRecords,
  takeRecords,
  transform,
  transformWith,
  unionBatches,
  updateStateByKey,
  windowBatches,
} from '../../src/index.ts';

/** The records of a stream of batches. */
type Records<S> = S extends Observable<Batch<infer T>> ? T : never;

const words = of('to', 'be').pipe(batchInterval(1000));
const ones = words.pipe(mapRecords((word) => [word, 1] as const));
const add = (left: number, right: number): number => left + right;

export function literalsAreWidened(): void {
  const counts = ones.pipe(reduceByKey((a, b) => a + b));
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<Pair<string, number>>();

  const named = ones.pipe(reduceByKey(add));
  expectTypeOf<Records<typeof named>>().toEqualTypeOf<Pair<string, number>>();

  const flags = words.pipe(
    mapRecords((word) => [word, true] as const),
    reduceByKey((a, b) => a && b),
  );
  expectTypeOf<Records<typeof flags>>().toEqualTypeOf<Pair<string, boolean>>();

  const total = words.pipe(
    mapRecords(() => 1 as const),
    reduceRecords((a, b) => a + b),
  );
  expectTypeOf<Records<typeof total>>().toEqualTypeOf<number>();
}

export function literalKeysStayLiteral(): void {
  const counts = words.pipe(
    mapRecords((word) => ['total', word.length] as const),
    reduceByKey((a, b) => a + b),
  );
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<Pair<'total', number>>();

  const levels = words.pipe(
    mapRecords((word) => (word === 'be' ? (['short', 1] as const) : (['long', 2] as const))),
    reduceByKey((a, b) => a + b),
  );
  expectTypeOf<Records<typeof levels>>().toEqualTypeOf<Pair<'short' | 'long', number>>();
}

export function mutablePairsArePairs(): void {
  const counts = words.pipe(
    mapRecords((word): [string, number] => [word, 1]),
    reduceByKey((a, b) => a + b),
    mapValues((n) => n + 1),
  );
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<Pair<string, number>>();
}

export function objectsAsValuesStayWhatTheyAre(): void {
  interface Sum {
    readonly n: number;
  }
  const sums = words.pipe(
    mapRecords((word): Pair<string, Sum> => [word, { n: 1 }]),
    reduceByKey((a, b) => ({ n: a.n + b.n })),
  );
  expectTypeOf<Records<typeof sums>>().toEqualTypeOf<Pair<string, Sum>>();
}

export function pairOperators(): void {
  const grouped = ones.pipe(groupByKey());
  expectTypeOf<Records<typeof grouped>>().toEqualTypeOf<Pair<string, 1[]>>();

  const texts = ones.pipe(
    combineByKey(
      (n) => String(n),
      (text, n) => text + n,
    ),
  );
  expectTypeOf<Records<typeof texts>>().toEqualTypeOf<Pair<string, string>>();

  const parts = ones.pipe(flatMapValues((n) => [n + 1]));
  expectTypeOf<Records<typeof parts>>().toEqualTypeOf<Pair<string, number>>();

  const windowed = ones.pipe(
    reduceByKeyAndWindow((a, b) => a + b, {
      window: 2000,
      inverse: (a, b) => a - b,
      filter: ([word, n]) => word.length > 0 && n > 0,
    }),
  );
  expectTypeOf<Records<typeof windowed>>().toEqualTypeOf<Pair<string, number>>();
}

export function keysOfObjectsAreInferredInKeyOf(): void {
  interface User {
    readonly id: number;
  }
  const users = words.pipe(mapRecords((word): Pair<User, number> => [{ id: word.length }, 1]));
  const counts = users.pipe(reduceByKey((a, b) => a + b, { keyOf: ({ id }) => id }));
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<Pair<User, number>>();

  const grouped = users.pipe(groupByKey({ keyOf: ({ id }) => id }));
  expectTypeOf<Records<typeof grouped>>().toEqualTypeOf<Pair<User, number[]>>();

  const valued = users.pipe(countByValue({ keyOf: ([{ id }]) => id }));
  expectTypeOf<Records<typeof valued>>().toEqualTypeOf<Pair<Pair<User, number>, number>>();

  // @ts-expect-error what tells keys apart is a primitive
  users.pipe(reduceByKey((a, b) => a + b, { keyOf: (user: User) => user }));
}

export function stateIsInferredFromItsFunction(): void {
  const totals = ones.pipe(
    updateStateByKey((values, total: number | undefined, word, time) => {
      expectTypeOf(values).toEqualTypeOf<readonly number[]>();
      expectTypeOf(word).toEqualTypeOf<string>();
      expectTypeOf(time).toEqualTypeOf<number>();
      return values.reduce(add, total ?? 0);
    }),
  );
  expectTypeOf<Records<typeof totals>>().toEqualTypeOf<Pair<string, number>>();

  const seen = ones.pipe(
    updateStateByKey((values, state) => (values.length > 0 ? { at: values.length } : state), {
      initial: [['to', { at: 1 }]],
    }),
  );
  expectTypeOf<Records<typeof seen>>().toEqualTypeOf<Pair<string, { at: number }>>();
}

export function narrowOperators(): void {
  const texts = of('a', 1, null).pipe(
    batchInterval(1000),
    filterRecords((record) => typeof record === 'string'),
  );
  expectTypeOf<Records<typeof texts>>().toEqualTypeOf<string>();

  const guarded = of('a', 1).pipe(
    batchInterval(1000),
    filterRecords((record): record is string => record !== 1),
  );
  expectTypeOf<Records<typeof guarded>>().toEqualTypeOf<string>();

  const kept = words.pipe(filterRecords((word) => word.length));
  expectTypeOf<Records<typeof kept>>().toEqualTypeOf<string>();

  const letters = words.pipe(flatMapRecords((word) => new Set(word)));
  expectTypeOf<Records<typeof letters>>().toEqualTypeOf<string>();

  const counted = words.pipe(countByValue());
  expectTypeOf<Records<typeof counted>>().toEqualTypeOf<Pair<string, number>>();

  const count = words.pipe(countRecords());
  expectTypeOf<Records<typeof count>>().toEqualTypeOf<number>();

  const same = words.pipe(
    sortRecords((a, b) => a.length - b.length),
    takeRecords(3),
    persist(),
    windowBatches({ window: 1000 }),
  );
  expectTypeOf<Records<typeof same>>().toEqualTypeOf<string>();
}

export function transformTakesWhatItsFunctionGives(): void {
  const pairs = words.pipe(transform(({ records }) => records.map((word) => [word, 1] as const)));
  expectTypeOf<Records<typeof pairs>>().toEqualTypeOf<readonly [string, 1]>();

  const nested = words.pipe(transform(({ records }) => [records]));
  expectTypeOf<Records<typeof nested>>().toEqualTypeOf<readonly string[]>();

  const later = words.pipe(transform(async (batch) => batch.records.map((word) => word.length)));
  expectTypeOf<Records<typeof later>>().toEqualTypeOf<number>();

  const observed = words.pipe(transform((batch) => of(batch).pipe(map(({ records }) => records))));
  expectTypeOf<Records<typeof observed>>().toEqualTypeOf<string>();

  const batches = words.pipe(transform((batch) => batch.withRecords([1])));
  expectTypeOf<Records<typeof batches>>().toEqualTypeOf<number>();

  // @ts-expect-error a number is no batch and no records
  words.pipe(transform((batch) => batch.records.length));
}

export function pairedStreams(): void {
  const both = words.pipe(unionBatches(ones));
  expectTypeOf<Records<typeof both>>().toEqualTypeOf<string | readonly [string, 1]>();

  const joined = words.pipe(transformWith(ones, (left, right) => [left.records.length, right.records.length]));
  expectTypeOf<Records<typeof joined>>().toEqualTypeOf<number>();

  // @ts-expect-error records are no batches
  words.pipe(unionBatches(of('a')));
}

export function chainsOutsideOfPipe(): void {
  const wordCount = pipe(
    flatMapRecords((line: string) => line.split(' ')),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
  );
  expectTypeOf(wordCount).parameter(0).toEqualTypeOf<Observable<Batch<string>>>();
  const counts = words.pipe(wordCount);
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<Pair<string, number>>();

  const sums: OperatorFunction<Batch<Pair<string, number>>, Batch<Pair<string, number>>> = reduceByKey(add);
  expectTypeOf(sums).returns.toEqualTypeOf<Observable<Batch<Pair<string, number>>>>();

  const alone = reduceByKey<Pair<string, number>>(add);
  expectTypeOf(alone).parameter(0).toEqualTypeOf<Observable<Batch<Pair<string, number>>>>();
}

export function recordsThatAreNoPairsDoNotCompile(): void {
  // @ts-expect-error texts are no pairs
  words.pipe(groupByKey());
  // @ts-expect-error texts are no pairs
  words.pipe(reduceByKey(add));
  // @ts-expect-error texts are no pairs
  words.pipe(mapValues(String));
  // @ts-expect-error texts are no pairs
  words.pipe(flatMapValues((value) => [value]));
  // @ts-expect-error texts are no pairs
  words.pipe(combineByKey(String, (text) => text));
  // @ts-expect-error texts are no pairs
  words.pipe(reduceByKeyAndWindow(add, { window: 1000 }));
  // @ts-expect-error texts are no pairs
  words.pipe(updateStateByKey((_, state: number | undefined) => state));
  const arrays = words.pipe(mapRecords((word) => [word, 1]));
  // @ts-expect-error an array of any length is no pair: `as const` is missing
  arrays.pipe(groupByKey());
}

export function batchesAreNeeded(): void {
  // @ts-expect-error batchInterval is missing
  of('a').pipe(mapRecords(String));
}

export function valuesMustFit(): void {
  // @ts-expect-error the sum of two numbers is no text
  ones.pipe(reduceByKey((a, b) => `${a}${b}`));
  // @ts-expect-error window is needed
  ones.pipe(reduceByKeyAndWindow(add, { slide: 1000 }));
  // @ts-expect-error window is needed
  words.pipe(windowBatches({ slide: 1000 }));
  // @ts-expect-error the key of an initial state is a text
  ones.pipe(updateStateByKey((_, n: number | undefined) => n, { initial: [[1, 1]] }));
}
