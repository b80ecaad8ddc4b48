/** Operators that say the same in other words give the same, whatever the records. The seed is in the name of each test. */
import { map, type OperatorFunction, pipe, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import * as operators from '../../src/operators/index.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { type Seeded, seeded, seeds } from '../support/seeded.ts';

type Key = string | number | bigint | boolean | null | undefined | readonly unknown[];
type Keyed = Pair<Key, string>;

/** Keys that are easily taken for each other. */
const KEYS: readonly Key[] = [
  ...['', 'a', 'b', '1', 'null', '__proto__', 'constructor', '\u0000(n1;)', '\u0000', 'true'],
  ...[0, -0, 1, Number.NaN, 1n, 0n, true, false, null, undefined],
  ...[[], ['a'], ['a', 'b'], ['ab'], [1], ['1'], [[1], 2], [1, [2]], [Number.NaN], [-0], [0]],
];

function keyed(random: Seeded): readonly (readonly Keyed[])[] {
  return random.list(1, 4, () => random.list(0, 25, (): Keyed => [random.pick(KEYS), `${random.int(0, 99)} `]));
}

function given<A>(
  input: readonly (readonly A[])[],
  operator: OperatorFunction<Batch<A>, Batch<unknown>>,
): readonly unknown[][] {
  return runBatches(input, (source) => source.pipe(operator)).map(({ records }) => [...records]);
}

/** Not commutative, so that the order counts. */
const join = (left: string, right: string): string => `${left}${right}`;

describe.each(seeds(25))('seed %i', (seed) => {
  const input = keyed(seeded(seed));

  describe('reduceByKey is', () => {
    const reduced = given(input, operators.reduceByKey(join));

    it('groupByKey and a fold of each group', () => {
      const folded = pipe(
        operators.groupByKey<Keyed>(),
        operators.mapValues((values) => values.reduce(join)),
      );
      expect(given(input, folded)).toEqual(reduced);
    });

    it('combineByKey, foldByKey and aggregateByKey with a neutral beginning', () => {
      expect(
        given(
          input,
          operators.combineByKey((text) => text, join),
        ),
      ).toEqual(reduced);
      expect(given(input, operators.foldByKey<Keyed>('', join))).toEqual(reduced);
      expect(given(input, operators.aggregateByKey<Keyed, string>('', join))).toEqual(reduced);
    });

    it('a window of one batch', () => {
      const window = operators.reduceByKeyAndWindow<Keyed>(join, { window: 1000, name: 'w' });
      expect(given(input, window)).toEqual(reduced);
    });

    it('what it is by hand, told apart by a text for each key', () => {
      const byHand = input.map((records) => {
        const pairs = new Map<string, [Key, string]>();
        for (const [key, text] of records) {
          const pair = pairs.get(shown(key));
          if (pair === undefined) pairs.set(shown(key), [key, text]);
          else pair[1] += text;
        }
        return [...pairs.values()];
      });
      expect(reduced).toEqual(byHand);
    });
  });

  it('countByValue is a pair of each record and 1, and reduceByKey', () => {
    const words = input.map((records) => records.map(([key]) => key));
    const ones = pipe(
      operators.mapRecords((key: Key) => [key, 1] as const),
      operators.reduceByKey((left, right) => left + right),
    );
    expect(given(words, operators.countByValue<Key>())).toEqual(given(words, ones));
  });

  it('countRecords is a 1 for each record, and reduceRecords, but for empty batches', () => {
    const ones = pipe(
      operators.mapRecords(() => 1),
      operators.reduceRecords((left, right) => left + right),
    );
    const counted = given(input, operators.countRecords());
    expect(given(input, ones)).toEqual(counted.map((count) => (count[0] === 0 ? [] : count)));
  });

  it('topRecords is sortRecords and takeRecords', () => {
    const count = seeded(seed).int(0, 8);
    const length = ([, text]: Keyed): number => Number(text) % 7;
    const sorted = pipe(
      operators.sortRecords<Keyed>((left, right) => length(right) - length(left)),
      operators.takeRecords(count),
    );
    expect(given(input, operators.topRecords(count, length))).toEqual(given(input, sorted));
  });

  it('each branch of split is what the filters before it left', () => {
    const tests = [isText, isNumber] as const;
    const rest = (record: Keyed): boolean => !tests.some((test) => test(record));
    const streams = runBatches(input, (source) =>
      operators.split(source, { texts: isText, numbers: isNumber, rest: 'otherwise' }),
    );
    for (const [name, keep] of [
      ['texts', isText],
      ['numbers', isNumber],
      ['rest', rest],
    ] as const) {
      expect(streams[name].map(({ records }) => records)).toEqual(given(input, operators.filterRecords(keep)));
    }
  });

  it('a chain of operators on records is the same chain of array methods, with plain RxJS anywhere in it', () => {
    const random = seeded(seed + 1000);
    const steps = random.list(1, 8, () => random.pick(STEPS));
    const numbers = random.list(1, 4, () => random.list(0, 30, () => random.int(0, 50)));
    const chain =
      (plain: OperatorFunction<Batch<number>, Batch<number>>): OperatorFunction<Batch<number>, Batch<number>> =>
      (source) =>
        steps.reduce((stream, step) => stream.pipe(step.operator(), plain), source);
    const byHand = numbers.map((records) => steps.reduce((some, step) => step.byHand(some), records));
    expect(given(numbers, chain(map((batch) => batch)))).toEqual(byHand);
    expect(given(numbers, chain(pipe()))).toEqual(byHand);
    const read = tap((batch: Batch<number>) => batch.forEach(() => random.int(0, 3) > 0)); // a look at some of it
    expect(given(numbers, chain(read))).toEqual(byHand);
  });

  it('operators on records give the same records however those are split over batches', () => {
    const random = seeded(seed + 2000);
    const steps = random.list(1, 8, () => random.pick(STEPS.filter(({ isSplittable }) => isSplittable)));
    const all = random.list(0, 60, () => random.int(0, 50));
    const pieces: number[][] = [[]];
    for (const one of all) {
      if (random.int(0, 4) === 0) pieces.push([]);
      pieces.at(-1)?.push(one);
    }
    const chain: OperatorFunction<Batch<number>, Batch<number>> = (source) =>
      steps.reduce((stream, step) => stream.pipe(step.operator()), source);
    expect(given(pieces, chain).flat()).toEqual(given([all], chain).flat());
  });
});

function isText([key]: Keyed): boolean {
  return typeof key === 'string';
}

function isNumber([key]: Keyed): boolean {
  return typeof key === 'number';
}

/** A text that is the same for the same key alone. */
function shown(key: unknown): string {
  if (Array.isArray(key)) return `[${key.map(shown).join()}]`;
  if (key === 0) return 'number 0'; // so is -0
  return `${typeof key} ${typeof key === 'string' ? JSON.stringify(key) : String(key)}`;
}

/** An operator on numbers, and the same by hand. */
interface Step {
  operator(): OperatorFunction<Batch<number>, Batch<number>>;
  byHand(records: readonly number[]): number[];
  /** Whether it looks at one record at a time. */
  readonly isSplittable: boolean;
}

const STEPS: readonly Step[] = [
  {
    operator: () => operators.mapRecords((n) => n * 3 + 1),
    byHand: (records) => records.map((n) => n * 3 + 1),
    isSplittable: true,
  },
  {
    operator: () => operators.filterRecords((n) => n % 5 !== 0),
    byHand: (records) => records.filter((n) => n % 5 !== 0),
    isSplittable: true,
  },
  {
    operator: () => operators.flatMapRecords((n) => (n % 3 === 0 ? [] : [n, -n])),
    byHand: (records) => records.flatMap((n) => (n % 3 === 0 ? [] : [n, -n])),
    isSplittable: true,
  },
  {
    operator: () => operators.flatMapRecords((n) => new Set([n, n % 2])),
    byHand: (records) => records.flatMap((n) => [...new Set([n, n % 2])]),
    isSplittable: true,
  },
  { operator: () => operators.persist(), byHand: (records) => [...records], isSplittable: true },
  {
    operator: () => operators.transform((batch) => batch.records.toReversed()),
    byHand: (records) => records.toReversed(),
    isSplittable: false,
  },
  {
    operator: () => operators.takeRecords(9),
    byHand: (records) => records.slice(0, 9),
    isSplittable: false,
  },
  {
    operator: () => operators.sortRecords((left, right) => left - right),
    byHand: (records) => records.toSorted((left, right) => left - right),
    isSplittable: false,
  },
];
