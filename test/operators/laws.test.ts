/** The laws that hold for every operator. An operator that is exported and not registered here does not compile. */
import { connect, delay, filter, map, Observable, type OperatorFunction, pipe, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import type { OffsetRange } from '../../src/core/OffsetRange.ts';
import type { KeyState } from '../../src/core/state/KeyState.ts';
import * as operators from '../../src/operators/index.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { StreamingContext } from '../../src/runtime/StreamingContext.ts';
import { batchOf } from '../../src/testing/batchOf.ts';
import { detachedRun } from '../../src/testing/detachedRun.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { keepsManners } from '../support/manners.ts';
import { seeded, seeds } from '../support/seeded.ts';

type Count = Pair<string, number>;

/** How an operator treats its input; what is written here is tested, and is what its page says. */
interface Law {
  /** A form that passes one batch through for each it is given. */
  make(name?: string): OperatorFunction<Batch<Count>, Batch<unknown>>;
  /** When its input is evaluated: at each reading of its result, at the first one, or on arrival. */
  readonly evaluates: 'each reading' | 'first reading' | 'arrival';
  /** Whether a reader that stops at the first record has read only one record of the input. */
  readonly stopsEarly: boolean;
  /**
   * What stays the same however the records are split over batches: all records of the result in order, the last batch of it, the
   * last batch but for the order of its records, or nothing.
   */
  readonly split: 'all' | 'last' | 'last in any order' | 'nothing';
  /** Whether it waits for a second stream. */
  readonly waits?: boolean;
}

const add = (left: number, right: number): number => left + right;
const isOdd = ([, n]: Count): boolean => n % 2 === 1;
const sum = (values: readonly number[], state: number | undefined): number => values.reduce(add, state ?? 0);
const countUp = (key: string, n: number | undefined, state: KeyState<number>): Count => {
  state.update((state.getOption() ?? 0) + (n ?? 0));
  return [key, state.get()];
};
const upwards = ([, left]: Count, [, right]: Count): number => left - right;

const byText = (left: unknown, right: unknown): number => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1);

/** Looks at one record at a time. */
const narrow = { evaluates: 'each reading', stopsEarly: true, split: 'all' } as const;
/** Asks for something with each record, when the batch comes. */
const asked = { evaluates: 'arrival', stopsEarly: false, split: 'all' } as const;
/** Looks at the whole batch, when it is read. */
const wide = { evaluates: 'each reading', stopsEarly: false, split: 'nothing' } as const;

const register: Record<keyof typeof operators, Law> = {
  aggregateByKey: { ...wide, make: () => operators.aggregateByKey('', (text, n) => text + n) },
  cogroup: { ...wide, waits: true, make: () => connect((s) => s.pipe(operators.cogroup(tens(s)))) },
  combineByKey: { ...wide, make: () => operators.combineByKey(String, (text, n) => text + n) },
  countByValue: { ...wide, make: () => operators.countByValue() },
  countByValueAndWindow: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') => operators.countByValueAndWindow({ window: 1_000_000, name }),
  },
  countByWindow: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') => operators.countByWindow({ window: 1_000_000, name }),
  },
  countRecords: { ...wide, make: () => operators.countRecords() },
  dropDuplicates: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'all',
    make: (name = 's') => operators.dropDuplicates({ by: ([key]) => key, atMost: 2, name }),
  },
  filterRecords: { ...narrow, make: () => operators.filterRecords(isOdd) },
  flatMapRecords: { ...narrow, make: () => operators.flatMapRecords(([key, n]) => [key, n]) },
  flatMapValues: { ...narrow, make: () => operators.flatMapValues((n) => [n, -n]) },
  foldByKey: { ...wide, make: () => operators.foldByKey(10, add) },
  fullOuterJoin: {
    ...narrow,
    split: 'nothing',
    waits: true,
    make: () => connect((s) => s.pipe(operators.fullOuterJoin(tens(s)))),
  },
  groupByKey: { ...wide, make: () => operators.groupByKey() },
  join: { ...narrow, waits: true, make: () => connect((s) => s.pipe(operators.join(tens(s)))) },
  joinTable: { ...narrow, make: () => operators.joinTable([['a', 'x'] as const, ['c', 'y'] as const]) },
  leftOuterJoin: { ...narrow, waits: true, make: () => connect((s) => s.pipe(operators.leftOuterJoin(tens(s)))) },
  groupByKeyAndWindow: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last in any order',
    make: (name = 's') => operators.groupByKeyAndWindow({ window: 1_000_000, name }),
  },
  mapChunks: { ...asked, make: () => operators.mapChunks(2, (counts) => counts.toReversed().toReversed()) },
  mapRecords: { ...narrow, make: () => operators.mapRecords(([key, n]) => `${key}${n}`) },
  mapRecordsAsync: { ...asked, make: () => operators.mapRecordsAsync(([key, n]): Count => [key, n * 2]) },
  mapValues: { ...narrow, make: () => operators.mapValues((n) => n * 2) },
  mapWithState: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'all',
    make: (name = 's') => operators.mapWithState(countUp, { name, timeout: 1_000_000 }),
  },
  persist: { evaluates: 'first reading', stopsEarly: false, split: 'all', make: () => operators.persist() },
  reduceByKey: { ...wide, make: () => operators.reduceByKey(add) },
  reduceByKeyAndWindow: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last in any order',
    make: (name = 's') => operators.reduceByKeyAndWindow(add, { window: 1_000_000, name }),
  },
  reduceByWindow: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') =>
      operators.reduceByWindow<Count>((left, [, n]) => [left[0], left[1] + n], { window: 1_000_000, name }),
  },
  reduceRecords: { ...wide, make: () => operators.reduceRecords((left, [, n]) => [left[0], left[1] + n]) },
  remember: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'all',
    make: (name = 's') => operators.remember(1_000_000, { name }),
  },
  rightOuterJoin: { ...wide, waits: true, make: () => connect((s) => s.pipe(operators.rightOuterJoin(tens(s)))) },
  sortRecords: { ...wide, make: () => operators.sortRecords(upwards) },
  stateSnapshots: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') => pipe(operators.mapWithState(countUp, { name }), operators.stateSnapshots()),
  },
  split: {
    evaluates: 'first reading',
    stopsEarly: false,
    split: 'all',
    make: () => (s) => operators.split(s, { odd: isOdd, even: 'otherwise' }).odd,
  },
  takeRecords: { ...narrow, split: 'nothing', make: () => operators.takeRecords(2) },
  topRecords: { ...wide, make: () => operators.topRecords(2, ([, n]) => n) },
  transform: { ...narrow, make: () => operators.transform((batch) => batch) },
  transformOf: {
    ...narrow,
    waits: true,
    make: () => connect((s) => operators.transformOf([s, emptied(s)], ([left]) => left)),
  },
  transformWith: {
    ...narrow,
    waits: true,
    make: () => connect((s) => s.pipe(operators.transformWith(emptied(s), (left) => left))),
  },
  unionBatches: { ...narrow, waits: true, make: () => connect((s) => s.pipe(operators.unionBatches(emptied(s)))) },
  unionOf: { ...narrow, waits: true, make: () => connect((s) => operators.unionOf(s, emptied(s))) },
  updateStateByKey: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') => operators.updateStateByKey(sum, { name }),
  },
  updateStates: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') =>
      operators.updateStates(
        (keys: Iterable<operators.KeyUpdate<string, number, number>>) =>
          [...keys].map(([key, values, state]) => [key, sum(values, state)] as const),
        { name },
      ),
  },
  windowBatches: {
    evaluates: 'arrival',
    stopsEarly: false,
    split: 'last',
    make: (name = 's') => operators.windowBatches({ window: 1_000_000, name }),
  },
};

/** Those whose result is pairs of the same kind again, so that another can follow. */
const chainable = [
  'dropDuplicates',
  'filterRecords',
  'flatMapValues',
  'mapRecordsAsync',
  'mapValues',
  'mapWithState',
  'persist',
  'reduceByKey',
  'reduceByKeyAndWindow',
  'reduceByWindow',
  'reduceRecords',
  'remember',
  'sortRecords',
  'stateSnapshots',
  'takeRecords',
  'topRecords',
  'transform',
  'transformOf',
  'transformWith',
  'unionBatches',
  'unionOf',
  'updateStateByKey',
  'updateStates',
  'windowBatches',
] as const satisfies readonly (keyof typeof operators)[];

/** A second stream that has a batch for each of the first, without records. */
function emptied(stream: Parameters<OperatorFunction<Batch<Count>, Batch<Count>>>[0]): typeof stream {
  return stream.pipe(map((batch) => batch.withRecords([])));
}

/** A second stream that has the same pairs at each time, some keys of the first among them. */
function tens(stream: Parameters<OperatorFunction<Batch<Count>, Batch<Count>>>[0]): typeof stream {
  return stream.pipe(
    map((batch) =>
      batch.withRecords<Count>([
        ['a', 10],
        ['d', 20],
        ['a', 30],
      ]),
    ),
  );
}

const counts: readonly Count[] = [
  ['a', 1],
  ['b', 2],
  ['a', 3],
];
const input: readonly (readonly Count[])[] = [
  counts,
  [],
  [['b', 5]],
  [
    ['c', 7],
    ['a', 1],
  ],
];

describe.each(Object.entries(register))('%s', (_name, { make, evaluates, stopsEarly, split, waits }) => {
  describe('keeps the manners of RxJS', () => keepsManners(make, counts, { waits: waits ?? false }));

  it.each([{ restartAfter: 1 }, { restartAfter: [2, 3] }, { crashIn: [1, 2, 3, 4] }, { crashIn: 3, restartAfter: 1 }])(
    'a restart in the middle changes nothing: %j',
    (options) => {
      const run = (source: Parameters<ReturnType<typeof make>>[0]): ReturnType<ReturnType<typeof make>> =>
        source.pipe(make());
      expect(runBatches(input, run, options)).toEqual(runBatches(input, run));
    },
  );

  it('a plain map or tap before and after it changes nothing', () => {
    const plain = pipe(
      map((batch: Batch<Count>) => batch),
      tap(() => {}),
      make(),
      map((batch) => batch),
    );
    expect(runBatches(input, (source) => source.pipe(plain))).toEqual(
      runBatches(input, (source) => source.pipe(make())),
    );
  });

  it('keeps the time, the interval and the offsets of each batch, empty ones included', () => {
    const shape = ({ time, interval, slide, offsets }: Batch<unknown>): object => ({ time, interval, slide, offsets });
    const before: object[] = [];
    const after: object[] = [];
    runBatches(input, (source) =>
      source.pipe(
        tap((batch) => before.push(shape(batch))),
        make(),
        tap((batch) => after.push(shape(batch))),
      ),
    );
    expect(after).toEqual(before);
    expect(after).toHaveLength(input.length);
    expect((after[0] as { offsets: OffsetRange[] }).offsets).toEqual([
      { topic: 'input', partition: 0, from: 0, until: 3 },
    ]);
  });

  it(`evaluates its input at ${evaluates}`, () => {
    const { evaluated, read } = watched();
    expect(evaluated()).toBe(evaluates === 'arrival' ? 3 : 0);
    read();
    expect(evaluated()).toBe(stopsEarlyByItself() ? 2 : 3);
    read();
    expect(evaluated()).toBe((evaluates === 'each reading' ? 2 : 1) * (stopsEarlyByItself() ? 2 : 3));
  });

  it(stopsEarly ? 'reads no further than its reader' : 'reads its input to the end', () => {
    const { evaluated, read } = watched();
    read(() => false);
    expect(evaluated()).toBe(stopsEarly ? 1 : 3);
  });

  it('a reader can stop early', () => {
    let seen = 0;
    watched().read(() => {
      seen++;
      return false;
    });
    expect(seen).toBe(1);
  });

  it('BATCH_SETTLED if its result is read after the batch has settled', () => {
    const clock = manualClock();
    const errors: unknown[] = [];
    testSource([counts, counts])
      .pipe(
        batchInterval(new StreamingContext({ interval: 1000, scheduler: clock })),
        make(),
        foreachBatch(() => {}),
        delay(10, clock),
        map(({ records }) => records),
      )
      .subscribe({ error: (error) => errors.push(error) });
    clock.advanceBy(1010);
    expect(errors).toEqual([expect.objectContaining({ code: 'BATCH_SETTLED' })]);
  });

  const splits = (): void => {
    for (const seed of seeds(20)) {
      const random = seeded(seed);
      const all = random.list(0, 12, (): Count => [random.pick(['a', 'b', 'c']), random.int(1, 9)]);
      const pieces: Count[][] = [[]];
      for (const one of all) {
        if (random.int(0, 2) === 0) pieces.push([]);
        pieces.at(-1)?.push(one);
      }
      const of = (batches: readonly (readonly Count[])[]): unknown[] => {
        const results = runBatches(batches, (source) => source.pipe(make()));
        const records = (split === 'all' ? results : results.slice(-1)).flatMap((batch) => batch.records);
        return split === 'last in any order' ? records.toSorted(byText) : records;
      };
      expect(of(pieces), `seed ${seed}`).toEqual(of([all]));
    }
  };
  if (split !== 'nothing') it('gives the same however its records are split over batches', splits);

  /** Its result for one batch, and how many records of that batch were looked at. */
  function watched(): { evaluated(): number; read(visit?: (record: unknown) => unknown): void } {
    let evaluated = 0;
    let result: Batch<unknown> | undefined;
    const looked = operators.mapRecords((record: Count) => {
      evaluated++;
      return record;
    });
    const source = new Observable<Batch<Count>>((subscriber) =>
      subscriber.next(batchOf(counts, { run: detachedRun() })),
    );
    source.pipe(looked, make()).subscribe((batch) => {
      result = batch;
    });
    return { evaluated: () => evaluated, read: (visit = () => {}) => result?.forEach(visit) };
  }

  /** `takeRecords` is registered with fewer records than the batch has. */
  function stopsEarlyByItself(): boolean {
    return make === register.takeRecords.make;
  }
});

describe.each(chainable)('%s and then', (first) => {
  it.each(Object.keys(register) as (keyof typeof operators)[])(
    '%s, with plain RxJS and a crash in between',
    (second) => {
      const leading = register[first].make as (name: string) => OperatorFunction<Batch<Count>, Batch<Count>>;
      const following = register[second].make;
      const chain = pipe(leading('first'), following('second'));
      const plain = pipe(
        leading('first'),
        map((batch) => batch),
        filter(() => true),
        tap(() => {}),
        following('second'),
      );
      const expected = runBatches(input, (source) => source.pipe(chain));
      expect(expected).toHaveLength(input.length);
      expect(runBatches(input, (source) => source.pipe(plain))).toEqual(expected);
      expect(runBatches(input, (source) => source.pipe(plain), { restartAfter: 1, crashIn: 3 })).toEqual(expected);
    },
  );
});
