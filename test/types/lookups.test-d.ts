/** What the types of tables, look-ups and folds say. Checked by `npm run types`. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  aggregateByKey,
  type Batch,
  batchInterval,
  foldByKey,
  type JoinTableOptions,
  joinTable,
  mapChunks,
  mapRecords,
  mapRecordsAsync,
  type Pair,
  topRecords,
} from '../../src/index.ts';

/** The records of a stream of batches. */
type Records<S> = S extends Observable<Batch<infer T>> ? T : never;

const words = of('to', 'be').pipe(batchInterval(1000));
const ones = words.pipe(mapRecords((word) => [word, 1] as const));
const places = words.pipe(mapRecords((word): Pair<{ readonly id: string }, number> => [{ id: word }, 1]));
const names = new Map<string, Date>();

export function aTableMayBeAMapAnArrayOrAFunction(): void {
  const map = ones.pipe(joinTable(names));
  expectTypeOf<Records<typeof map>>().toEqualTypeOf<Pair<string, readonly [1, Date]>>();

  const array = ones.pipe(joinTable([['to', 7] as const, ['be', 8] as const], { reloadEvery: 3 }));
  expectTypeOf<Records<typeof array>>().toEqualTypeOf<Pair<string, readonly [1, 7 | 8]>>();

  const promise = ones.pipe(joinTable(async () => names));
  expectTypeOf<Records<typeof promise>>().toEqualTypeOf<Pair<string, readonly [1, Date]>>();

  const observable = ones.pipe(joinTable(() => of(names), { name: 'names' }));
  expectTypeOf<Records<typeof observable>>().toEqualTypeOf<Pair<string, readonly [1, Date]>>();
}

export function theRowIsUndefinedByKind(): void {
  const outer = ones.pipe(joinTable(names, { kind: 'leftOuterJoin' }));
  expectTypeOf<Records<typeof outer>>().toEqualTypeOf<Pair<string, readonly [1, Date | undefined]>>();

  const inner = ones.pipe(joinTable(names, { kind: 'join' }));
  expectTypeOf<Records<typeof inner>>().toEqualTypeOf<Pair<string, readonly [1, Date]>>();

  const keyed = places.pipe(
    joinTable(names, { kind: 'leftOuterJoin', keyOf: (key) => (typeof key === 'string' ? key : key.id) }),
  );
  expectTypeOf<Records<typeof keyed>>().toEqualTypeOf<
    Pair<{ readonly id: string }, readonly [number, Date | undefined]>
  >();
}

export function aKindThatIsKnownAtRunTimeAloneMayMiss(
  kind: 'join' | 'leftOuterJoin',
  options: JoinTableOptions<string>,
): void {
  const either = ones.pipe(joinTable(names, { kind, reloadEvery: 2 }));
  expectTypeOf<Records<typeof either>>().toEqualTypeOf<Pair<string, readonly [1, Date | undefined]>>();

  const given = ones.pipe(joinTable(names, options));
  expectTypeOf<Records<typeof given>>().toEqualTypeOf<Pair<string, readonly [1, Date | undefined]>>();
}

export function whatIsNoTableDoesNotCompile(): void {
  // @ts-expect-error keys that are never equal
  ones.pipe(joinTable(new Map<number, string>()));
  // @ts-expect-error no pairs
  ones.pipe(joinTable(['to']));
  // @ts-expect-error no stream of pairs
  words.pipe(joinTable(names));
  // @ts-expect-error no such kind
  ones.pipe(joinTable(names, { kind: 'fullOuterJoin' }));
}

export function anAnswerIsWhatItEmits(): void {
  const value = words.pipe(mapRecordsAsync((word) => word.length));
  expectTypeOf<Records<typeof value>>().toEqualTypeOf<number>();

  const promise = words.pipe(mapRecordsAsync(async (word, signal) => [word, signal.aborted] as const));
  expectTypeOf<Records<typeof promise>>().toEqualTypeOf<readonly [string, boolean]>();

  const observable = words.pipe(mapRecordsAsync((word) => of(word.length), { concurrency: 3 }));
  expectTypeOf<Records<typeof observable>>().toEqualTypeOf<number>();

  const chunks = words.pipe(mapChunks(10, async (chunk) => chunk.map((word) => word.length)));
  expectTypeOf<Records<typeof chunks>>().toEqualTypeOf<number>();
  // @ts-expect-error a chunk gives records, not one
  words.pipe(mapChunks(10, (chunk) => chunk.length));
}

export function aggregatesAreOfTheTypeOfTheirZero(): void {
  const text = ones.pipe(aggregateByKey('', (all, n) => all + n));
  expectTypeOf<Records<typeof text>>().toEqualTypeOf<Pair<string, string>>();

  const list = ones.pipe(
    aggregateByKey(
      () => [] as number[],
      (all, n) => [...all, n],
    ),
  );
  expectTypeOf<Records<typeof list>>().toEqualTypeOf<Pair<string, number[]>>();

  const folded = ones.pipe(foldByKey(0, (a, b) => a + b));
  expectTypeOf<Records<typeof folded>>().toEqualTypeOf<Pair<string, number>>();
  // @ts-expect-error a text is no zero of numbers
  ones.pipe(foldByKey('', (a, b) => a + b));
  // @ts-expect-error no pairs
  words.pipe(aggregateByKey(0, (sum) => sum + 1));
}

export function topRecordsKeepsItsRecords(): void {
  const top = ones.pipe(topRecords(3, ([, n]) => n));
  expectTypeOf<Records<typeof top>>().toEqualTypeOf<readonly [string, 1]>();
  // @ts-expect-error an object is no rank
  ones.pipe(topRecords(3, (pair) => pair));
}
