/** What the types say of `version`, `migrate` and `codec`: what is inferred beside them, and what must not compile. */
import { type Observable, of } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  type Batch,
  batchInterval,
  countByWindow,
  dropDuplicates,
  groupByKeyAndWindow,
  type KeyState,
  type KeyUpdate,
  mapRecords,
  mapWithState,
  type Pair,
  reduceByKeyAndWindow,
  reduceByWindow,
  remember,
  type StateCodec,
  type StateOptions,
  updateStateByKey,
  updateStates,
  windowBatches,
} from '../../src/index.ts';
import { Money, moneyCodec } from '../support/Money.ts';

/** The records of a stream of batches. */
type Records<S> = S extends Observable<Batch<infer T>> ? T : never;

const words = of('to', 'be').pipe(batchInterval(1000));
const ones = words.pipe(mapRecords((word) => [word, 1] as const));
const paid = words.pipe(mapRecords((word) => [word, new Money(1)] as const));
const name = 's';

interface Total {
  readonly count: number;
}

export function theStateIsInferredFromItsFunctionAlone(): void {
  const totals = ones.pipe(
    updateStateByKey((values, state: Total = { count: 0 }) => ({ count: state.count + values.length }), {
      name,
      version: 2,
      migrate(stored, version) {
        expectTypeOf(stored).toEqualTypeOf<unknown>();
        expectTypeOf(version).toEqualTypeOf<number>();
        return { count: stored as number };
      },
    }),
  );
  expectTypeOf<Records<typeof totals>>().toEqualTypeOf<Pair<string, Total>>();

  const sums = paid.pipe(
    updateStateByKey((values, state = new Money(0)) => values.reduce((a, b) => a.plus(b), state), {
      name,
      codec: moneyCodec,
      initial: [['to', new Money(1)]],
    }),
  );
  expectTypeOf<Records<typeof sums>>().toEqualTypeOf<Pair<string, Money>>();
}

export function migrateMayDeclareWhatWasStored(): void {
  const totals = ones.pipe(
    updateStateByKey((_values, state: Total = { count: 0 }) => state, {
      name,
      version: 1,
      migrate: (count: number) => ({ count }),
    }),
  );
  expectTypeOf<Records<typeof totals>>().toEqualTypeOf<Pair<string, Total>>();
}

export function whatMigrateGivesIsAValueOfTheState(): void {
  const total = (_values: readonly number[], state: Total = { count: 0 }): Total => state;
  // @ts-expect-error a number is no Total
  ones.pipe(updateStateByKey(total, { name, version: 1, migrate: (count: number) => count }));
  // @ts-expect-error undefined would drop the key: migrate gives a value for each
  ones.pipe(updateStateByKey(total, { name, version: 1, migrate: () => undefined }));
  // @ts-expect-error the values of the window are numbers
  ones.pipe(reduceByKeyAndWindow((a, b) => a + b, { window: 2000, version: 1, migrate: String }));
  // @ts-expect-error the records of the window are pairs
  ones.pipe(windowBatches({ window: 2000, version: 1, migrate: (stored) => stored as string }));
  // @ts-expect-error a list is given to groups by their window: a value is kept
  ones.pipe(groupByKeyAndWindow({ window: 2000, version: 1, migrate: (stored: number) => [stored] }));
}

export function aCodecIsOneOfTheValues(): void {
  const total = (_values: readonly number[], state: Total = { count: 0 }): Total => state;
  // @ts-expect-error money is no Total
  ones.pipe(updateStateByKey(total, { name, codec: moneyCodec }));
  // @ts-expect-error a codec has a name: it is kept with the values
  const unnamed: StateCodec<Money> = { encode: (money) => money.cents, decode: (cents) => new Money(cents as bigint) };
  // @ts-expect-error what is read is what was written
  const other: StateCodec<Money> = { name, encode: (money) => money.cents, decode: (cents) => cents as bigint };
  expectTypeOf(unnamed).toEqualTypeOf(other);
}

export function everyOperatorWithValuesTakesThem(): void {
  const options: StateOptions<Money> = { name, version: 1, migrate: (n: number) => new Money(n), codec: moneyCodec };
  const plus = (a: Money, b: Money): Money => a.plus(b);
  const amounts = paid.pipe(mapRecords(([, money]) => money));

  const mapped = paid.pipe(
    mapWithState((word, money, state: KeyState<Money>) => {
      if (money !== undefined) state.update(money);
      return word;
    }, options),
  );
  expectTypeOf<Records<typeof mapped>>().toEqualTypeOf<string>();

  const updated = paid.pipe(
    updateStates((keys: Iterable<KeyUpdate<string, Money, Money>>) => {
      return [...keys].map(([word, values, state]) => [word, values.reduce(plus, state ?? new Money(0))] as const);
    }, options),
  );
  expectTypeOf<Records<typeof updated>>().toEqualTypeOf<Pair<string, Money>>();

  const reduced = paid.pipe(reduceByKeyAndWindow(plus, { window: 2000, ...options }));
  expectTypeOf<Records<typeof reduced>>().toEqualTypeOf<Pair<string, Money>>();

  const grouped = paid.pipe(groupByKeyAndWindow({ window: 2000, ...options }));
  expectTypeOf<Records<typeof grouped>>().toEqualTypeOf<Pair<string, Money[]>>();

  const whole = amounts.pipe(reduceByWindow((a, b) => a.plus(b), { window: 2000, ...options }));
  expectTypeOf<Records<typeof whole>>().toEqualTypeOf<Money>();

  const joined = amounts.pipe(windowBatches({ window: 2000, ...options }));
  expectTypeOf<Records<typeof joined>>().toEqualTypeOf<Money>();

  const recent = remember<Money>(2000, options);
  expectTypeOf<Records<ReturnType<typeof recent>>>().toEqualTypeOf<Money>();
}

export function whereThereAreNoValuesThereIsNothingToSay(): void {
  // @ts-expect-error counts are numbers for ever
  words.pipe(countByWindow({ window: 2000, version: 1 }));
  // @ts-expect-error nothing is kept of a record but its key
  words.pipe(dropDuplicates({ atMost: 10, version: 1 }));
}
