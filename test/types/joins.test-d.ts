/** What the types of joins say: what is inferred, and what must not compile. Checked by `npm run types`. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import { type Batch, batchInterval, mapRecords, type Pair, reduceByKey } from '../../src/index.ts';
import { cogroup } from '../../src/operators/cogroup.ts';
import { fullOuterJoin } from '../../src/operators/fullOuterJoin.ts';
import { join } from '../../src/operators/join.ts';
import { leftOuterJoin } from '../../src/operators/leftOuterJoin.ts';
import { rightOuterJoin } from '../../src/operators/rightOuterJoin.ts';
import { transformOf } from '../../src/operators/transformOf.ts';
import { unionOf } from '../../src/operators/unionOf.ts';

/** The records of a stream of batches. */
type Records<S> = S extends Observable<Batch<infer T>> ? T : never;

const words = of('to', 'be').pipe(batchInterval(1000));
const counts = words.pipe(
  mapRecords((word) => [word, 1] as const),
  reduceByKey((a, b) => a + b),
);
const flags = words.pipe(mapRecords((word): Pair<string, boolean> => [word, true]));
const lengths = words.pipe(mapRecords((word): Pair<number, string> => [word.length, word]));
const totals = words.pipe(mapRecords((word) => ['total', word.length] as const));
const places = words.pipe(mapRecords((word): Pair<{ readonly id: string }, number> => [{ id: word }, 1]));

export function theMissingSideIsUndefinedByKind(): void {
  const inner = counts.pipe(join(flags));
  expectTypeOf<Records<typeof inner>>().toEqualTypeOf<Pair<string, readonly [number, boolean]>>();

  const left = counts.pipe(leftOuterJoin(flags));
  expectTypeOf<Records<typeof left>>().toEqualTypeOf<Pair<string, readonly [number, boolean | undefined]>>();

  const right = counts.pipe(rightOuterJoin(flags));
  expectTypeOf<Records<typeof right>>().toEqualTypeOf<Pair<string, readonly [number | undefined, boolean]>>();

  const full = counts.pipe(fullOuterJoin(flags));
  expectTypeOf<Records<typeof full>>().toEqualTypeOf<
    Pair<string, readonly [number | undefined, boolean | undefined]>
  >();
}

export function literalKeysStayLiteral(): void {
  const inner = totals.pipe(join(counts));
  expectTypeOf<Records<typeof inner>>().toEqualTypeOf<Pair<'total', readonly [number, number]>>();

  const right = counts.pipe(rightOuterJoin(totals));
  expectTypeOf<Records<typeof right>>().toEqualTypeOf<Pair<'total', readonly [number | undefined, number]>>();

  const grouped = totals.pipe(cogroup(words.pipe(mapRecords((word) => ['total', word] as const))));
  expectTypeOf<Records<typeof grouped>>().toEqualTypeOf<Pair<'total', readonly [number[], string[]]>>();
}

export function inTheMiddleOfAChain(): void {
  const chained = words.pipe(
    mapRecords((word) => [word, word.length] as const),
    join(flags),
    leftOuterJoin(counts),
    mapRecords(([word, [[length, flag], count]]) => {
      expectTypeOf(word).toEqualTypeOf<string>();
      expectTypeOf(length).toEqualTypeOf<number>();
      expectTypeOf(flag).toEqualTypeOf<boolean>();
      expectTypeOf(count).toEqualTypeOf<number | undefined>();
      return word;
    }),
  );
  expectTypeOf<Records<typeof chained>>().toEqualTypeOf<string>();
}

export function cogroupHasAListForEachStream(): void {
  const two = counts.pipe(cogroup(flags));
  expectTypeOf<Records<typeof two>>().toEqualTypeOf<Pair<string, readonly [number[], boolean[]]>>();

  const three = counts.pipe(cogroup([flags, totals]));
  expectTypeOf<Records<typeof three>>().toEqualTypeOf<Pair<string, readonly [number[], boolean[], number[]]>>();
}

export function keysThatAreNeverEqualDoNotCompileWithoutKeyOf(): void {
  // @ts-expect-error string and number
  counts.pipe(join(lengths));
  // @ts-expect-error string and number
  counts.pipe(leftOuterJoin(lengths));
  // @ts-expect-error string and number
  counts.pipe(rightOuterJoin(lengths));
  // @ts-expect-error string and number
  counts.pipe(fullOuterJoin(lengths));
  // @ts-expect-error string and number
  counts.pipe(cogroup(lengths));
  // @ts-expect-error two literals
  totals.pipe(join(words.pipe(mapRecords((word) => ['sum', word.length] as const))));

  const mended = counts.pipe(
    join(lengths, {
      keyOf: (key) => {
        expectTypeOf(key).toEqualTypeOf<string | number>();
        return String(key);
      },
    }),
  );
  expectTypeOf<Records<typeof mended>>().toEqualTypeOf<Pair<string, readonly [number, string]>>();
}

export function keyOfGetsTheKeysOfBothSides(): void {
  places.pipe(join(places, { keyOf: ({ id }) => id }));
  places.pipe(cogroup([places, counts], { keyOf: (key) => (typeof key === 'string' ? key : key.id) }));
  // @ts-expect-error an identity is a primitive
  places.pipe(join(places, { keyOf: (key) => key }));
}

export function bothSidesAreStreamsOfPairs(): void {
  // @ts-expect-error this stream is not
  words.pipe(join(counts));
  // @ts-expect-error the other one is not
  counts.pipe(join(words));
  // @ts-expect-error no stream
  counts.pipe(join([['a', 1]]));
  // @ts-expect-error the other one is not
  counts.pipe(cogroup(words));
  // @ts-expect-error one of them is not
  counts.pipe(cogroup([flags, words]));
}

export function streamsOfDifferentRecordsAreTypedAsATuple(): void {
  const all = unionOf(words, counts, flags);
  expectTypeOf<Records<typeof all>>().toEqualTypeOf<string | Pair<string, number> | Pair<string, boolean>>();

  const listed = unionOf(...[words, words]);
  expectTypeOf<Records<typeof listed>>().toEqualTypeOf<string>();

  const made = transformOf([words, counts, flags], ([texts, sums, marks]) => {
    expectTypeOf(texts).toEqualTypeOf<Batch<string>>();
    expectTypeOf(sums).toEqualTypeOf<Batch<Pair<string, number>>>();
    expectTypeOf(marks).toEqualTypeOf<Batch<Pair<string, boolean>>>();
    return texts.records.map((text) => text.length);
  });
  expectTypeOf<Records<typeof made>>().toEqualTypeOf<number>();
  // @ts-expect-error no stream of batches
  unionOf(words, of('a'));
  // @ts-expect-error what it gives is no batch
  transformOf([words], () => 7);
}
