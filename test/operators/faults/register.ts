/** Every function that an operator takes from its user, and where it may fail. */
import { connect, map, type Observable, type OperatorFunction, pipe, timer } from 'rxjs';
import type { Batch } from '../../../src/core/batch/Batch.ts';
import type { KeyState } from '../../../src/core/state/KeyState.ts';
import * as operators from '../../../src/operators/index.ts';
import type { Count, Fault, NoFault, Place, Trap } from './Fault.ts';

const add = (left: number, right: number): number => left + right;
const each: readonly number[] = [0, 1, 2, 3, 4, 5];
const once: readonly Count[] = [
  ['x', 1],
  ['y', 2],
  ['z', 3],
];
const key = (record: Count): string => record[0];
const keyOf = (text: string): string => text;
const isOdd = ([, n]: Count): boolean => n % 2 === 1;
const addUp = (left: Count, right: Count): Count => [left[0], left[1] + right[1]];
const parts = (n: unknown): Iterable<unknown> => [n, n];
const sum = (values: readonly number[], state: number | undefined): number => values.reduce(add, state ?? 0);
const sums = (keys: Iterable<operators.KeyUpdate<string, number, number>>): Count[] =>
  Array.from(keys, ([name, values, state]) => [name, sum(values, state)] as const);
const countUp = (name: string, n: number | undefined, state: KeyState<number>): Count => {
  if (!state.isTimingOut()) state.update((state.exists() ? state.get() : 0) + (n ?? 0));
  return [name, state.get()];
};

/** An iterable that asks the trapped function for its one part. */
function lazily(trap: Trap): () => Iterable<unknown> {
  const part = trap(() => 'part');
  return function* () {
    yield part();
  };
}

/** Gives the answer a moment later. */
function later<T, U>(fn: (value: T) => U): (value: T) => Observable<U> {
  return (value) => timer(10).pipe(map(() => fn(value)));
}

const sides = (...names: string[]): Place[] => names.flatMap((side) => each.map((record) => ({ record, side })));
const keys = (...names: string[]): Place[] => names.map((name) => ({ key: name }));
const there = 'the other stream';
const here = 'this stream';

/** Joins a stream with itself. */
function withItself(
  make: (other: Observable<Batch<Count>>) => OperatorFunction<Batch<Count>, Batch<unknown>>,
): OperatorFunction<Batch<Count>, Batch<unknown>> {
  return connect((stream) => stream.pipe(make(stream.pipe(map((batch) => batch)))));
}

/** An operator that takes no function from its user. */
const takesNone = (make: () => OperatorFunction<Batch<Count>, Batch<unknown>>): NoFault => ({ takesNone: make });

/** An operator that is exported and not here does not compile. */
export const register: Record<keyof typeof operators, readonly Fault[] | NoFault> = {
  aggregateByKey: [
    {
      fn: 'merge',
      make: (trap) =>
        operators.aggregateByKey(
          '',
          trap((text: string, n: number) => text + n),
        ),
      places: each,
    },
    {
      fn: 'zero',
      make: (trap) =>
        operators.aggregateByKey(
          trap(() => ''),
          (text, n) => text + n,
        ),
      places: [0, 1, 5],
    },
    {
      fn: 'keyOf',
      make: (trap) => operators.aggregateByKey('', (text, n) => text + n, { keyOf: trap(keyOf) }),
      places: each,
    },
  ],
  cogroup: [
    {
      fn: 'keyOf',
      make: (trap) => withItself((other) => operators.cogroup(other, { keyOf: trap(keyOf) })),
      places: sides(here, there),
    },
  ],
  combineByKey: [
    { fn: 'create', make: (trap) => operators.combineByKey(trap(String), (text, n) => text + n), places: [0, 1, 5] },
    {
      fn: 'merge',
      make: (trap) =>
        operators.combineByKey(
          String,
          trap((text, n) => text + n),
        ),
      places: [2, 3, 4],
    },
    {
      fn: 'keyOf',
      make: (trap) => operators.combineByKey(String, (text, n) => text + n, { keyOf: trap(keyOf) }),
      places: each,
    },
  ],
  countByValue: [{ fn: 'keyOf', make: (trap) => operators.countByValue({ keyOf: trap(key) }), places: each }],
  countByValueAndWindow: [
    {
      fn: 'keyOf',
      make: (trap) => operators.countByValueAndWindow({ window: 2000, keyOf: trap(key), name: 's' }),
      places: each,
    },
  ],
  countByWindow: takesNone(() => operators.countByWindow({ window: 2000, name: 's' })),
  countRecords: takesNone(() => operators.countRecords()),
  dropDuplicates: [
    { fn: 'by', make: (trap) => operators.dropDuplicates({ by: trap(key), atMost: 9, name: 's' }), places: each },
  ],
  filterRecords: [{ fn: 'keep', make: (trap) => operators.filterRecords(trap(isOdd)), places: each }],
  flatMapRecords: [
    { fn: 'fn', make: (trap) => operators.flatMapRecords(trap(parts)), places: each },
    { fn: 'the iterator it gives', make: (trap) => operators.flatMapRecords(lazily(trap)), places: each },
  ],
  flatMapValues: [
    { fn: 'fn', make: (trap) => operators.flatMapValues(trap(parts)), places: each },
    { fn: 'the iterator it gives', make: (trap) => operators.flatMapValues(lazily(trap)), places: each },
  ],
  foldByKey: [
    { fn: 'fold', make: (trap) => operators.foldByKey(0, trap(add)), places: each },
    {
      fn: 'zero',
      make: (trap) =>
        operators.foldByKey(
          trap(() => 0),
          add,
        ),
      places: [0, 1, 5],
    },
    { fn: 'keyOf', make: (trap) => operators.foldByKey(0, add, { keyOf: trap(keyOf) }), places: each },
  ],
  fullOuterJoin: [
    {
      fn: 'keyOf',
      make: (trap) => withItself((other) => operators.fullOuterJoin(other, { keyOf: trap(keyOf) })),
      places: sides(there, here),
    },
  ],
  groupByKey: [{ fn: 'keyOf', make: (trap) => operators.groupByKey({ keyOf: trap(keyOf) }), places: each }],
  groupByKeyAndWindow: [
    {
      fn: 'keyOf',
      make: (trap) => operators.groupByKeyAndWindow({ window: 2000, keyOf: trap(keyOf), name: 's' }),
      places: each,
    },
  ],
  join: [
    {
      fn: 'keyOf',
      make: (trap) => withItself((other) => operators.join(other, { keyOf: trap(keyOf) })),
      places: sides(there, here),
    },
  ],
  joinTable: [
    {
      fn: 'keyOf',
      make: (trap) => operators.joinTable(once, { keyOf: trap(keyOf), kind: 'leftOuterJoin' }),
      places: sides(here),
    },
  ],
  leftOuterJoin: [
    {
      fn: 'keyOf',
      make: (trap) => withItself((other) => operators.leftOuterJoin(other, { keyOf: trap(keyOf) })),
      places: sides(there, here),
    },
  ],
  mapChunks: [
    { fn: 'fn', make: (trap) => operators.mapChunks(2, trap(parts)), places: [0, 2, 4] },
    { fn: 'the Observable it gives', make: (trap) => operators.mapChunks(2, later(trap(parts))), places: [0, 2, 4] },
    { fn: 'the iterator it gives', make: (trap) => operators.mapChunks(2, lazily(trap)), places: [0, 2, 4] },
  ],
  mapRecords: [{ fn: 'fn', make: (trap) => operators.mapRecords(trap(key)), places: each }],
  mapRecordsAsync: [
    { fn: 'fn', make: (trap) => operators.mapRecordsAsync(trap(key)), places: each },
    { fn: 'the Observable it gives', make: (trap) => operators.mapRecordsAsync(later(trap(key))), places: each },
  ],
  mapValues: [{ fn: 'fn', make: (trap) => operators.mapValues(trap(String)), places: each }],
  mapWithState: [
    { fn: 'fn', make: (trap) => operators.mapWithState(trap(countUp), { name: 's' }), places: each },
    {
      fn: 'fn, when a key times out',
      make(trap) {
        const last = trap((name: string): Count => [name, -1]);
        return operators.mapWithState<Count, number, Count>(
          (name, n, state) => (n === undefined ? last(name) : countUp(name, n, state)),
          { name: 's', timeout: 500 },
        );
      },
      places: keys('x', 'y', 'z'),
    },
    {
      fn: 'keyOf',
      make: (trap) => operators.mapWithState(countUp, { name: 's', keyOf: trap(keyOf) }),
      places: [...each, 5],
    },
  ],
  persist: takesNone(() => operators.persist()),
  reduceByKey: [
    { fn: 'reduce', make: (trap) => operators.reduceByKey(trap(add)), places: [2, 3, 4] },
    { fn: 'keyOf', make: (trap) => operators.reduceByKey(add, { keyOf: trap(keyOf) }), places: each },
  ],
  reduceByKeyAndWindow: [
    {
      fn: 'reduce, within a batch',
      make: (trap) => operators.reduceByKeyAndWindow(trap(add), { window: 1000, name: 's' }),
      places: [2, 3, 4],
    },
    {
      fn: 'reduce, across batches',
      make: (trap) => operators.reduceByKeyAndWindow(trap(add), { window: 2000, name: 's' }),
      batch: once,
      places: [
        { record: 1, key: 'y' },
        { record: 0, key: 'x' },
        { record: 2, key: 'z' },
      ],
    },
    {
      fn: 'reduce with inverse, across batches',
      make: (trap) => operators.reduceByKeyAndWindow(trap(add), { window: 2000, inverse: (a, b) => a - b, name: 's' }),
      batch: once,
      places: ['x', 'y', 'z'].map((name, record) => ({ record, key: name })),
    },
    {
      fn: 'inverse',
      make: (trap) => operators.reduceByKeyAndWindow(add, { window: 1000, inverse: trap((a, b) => a - b), name: 's' }),
      places: [{ record: 0, key: 'a' }, { record: 1, key: 'b' }, ...keys('x', 'y', 'z')],
    },
    {
      fn: 'filter',
      make: (trap) => operators.reduceByKeyAndWindow(add, { window: 2000, filter: trap(() => true), name: 's' }),
      places: [...keys('x', 'y', 'z'), { record: 0, key: 'a' }, { record: 1, key: 'b' }, { record: 5, key: 'c' }],
    },
  ],
  reduceRecords: [
    {
      fn: 'reduce',
      make: (trap) => operators.reduceRecords<Count>(trap(addUp)),
      places: [1, 2, 3, 4, 5],
    },
  ],
  reduceByWindow: [
    {
      fn: 'reduce, within a batch',
      make: (trap) => operators.reduceByWindow<Count>(trap(addUp), { window: 1000, name: 's' }),
      places: [1, 2, 3, 4, 5],
    },
    {
      fn: 'reduce, across batches',
      make: (trap) => operators.reduceByWindow<Count>(trap(addUp), { window: 2000, name: 's' }),
      batch: once.slice(0, 1),
      places: 'whole batch',
    },
    {
      fn: 'inverse',
      make: (trap) => operators.reduceByWindow<Count>(addUp, { window: 1000, inverse: trap(addUp), name: 's' }),
      places: 'whole batch',
    },
  ],
  remember: takesNone(() => operators.remember(2000, { name: 's' })),
  rightOuterJoin: [
    {
      fn: 'keyOf',
      make: (trap) => withItself((other) => operators.rightOuterJoin(other, { keyOf: trap(keyOf) })),
      places: sides(here, there),
    },
  ],
  sortRecords: [
    { fn: 'compare', make: (trap) => operators.sortRecords(trap(([, a], [, b]) => a - b)), places: 'whole batch' },
  ],
  split: [
    {
      fn: 'a branch',
      make: (trap) => (source) => operators.split(source, { odd: trap(isOdd), even: 'otherwise' }).odd,
      places: each,
    },
  ],
  stateSnapshots: takesNone(() => pipe(operators.mapWithState(countUp, { name: 's' }), operators.stateSnapshots())),
  takeRecords: takesNone(() => operators.takeRecords(2)),
  topRecords: [
    {
      fn: 'by',
      make: (trap) =>
        operators.topRecords(
          2,
          trap(([, n]: Count) => n),
        ),
      places: each,
    },
  ],
  transform: [
    { fn: 'fn', make: (trap) => operators.transform(trap((batch) => batch)), places: 'whole batch' },
    {
      fn: 'the Observable it gives',
      make: (trap) => operators.transform(later(trap(() => ['part']))),
      places: 'whole batch',
    },
    { fn: 'the iterator it gives', make: (trap) => operators.transform(lazily(trap)), places: 'whole batch' },
  ],
  transformOf: [
    {
      fn: 'fn',
      make: (trap) =>
        connect((stream) =>
          operators.transformOf(
            [stream, stream.pipe(map((b) => b))],
            trap(([b]) => b),
          ),
        ),
      places: 'whole batch',
    },
  ],
  transformWith: [
    {
      fn: 'fn',
      make: (trap) =>
        withItself((other) =>
          operators.transformWith(
            other,
            trap((batch) => batch),
          ),
        ),
      places: 'whole batch',
    },
    {
      fn: 'the iterator it gives',
      make: (trap) => withItself((other) => operators.transformWith(other, lazily(trap))),
      places: 'whole batch',
    },
  ],
  unionBatches: takesNone(() => withItself((other) => operators.unionBatches(other))),
  unionOf: takesNone(() => connect((stream) => operators.unionOf(stream, stream.pipe(map((b) => b))))),
  updateStateByKey: [
    {
      fn: 'update',
      make: (trap) => operators.updateStateByKey(trap(sum), { name: 's' }),
      places: [{ record: 0, key: 'a' }, { record: 1, key: 'b' }, ...keys('x', 'y', 'z'), { record: 5, key: 'c' }],
    },
    {
      fn: 'keyOf',
      make: (trap) => operators.updateStateByKey(sum, { name: 's', keyOf: trap(keyOf) }),
      places: [...each, 5, 5],
    },
  ],
  updateStates: [
    { fn: 'update', make: (trap) => operators.updateStates(trap(sums), { name: 's' }), places: 'whole batch' },
    { fn: 'keyOf', make: (trap) => operators.updateStates(sums, { name: 's', keyOf: trap(keyOf) }), places: each },
  ],
  windowBatches: takesNone(() => operators.windowBatches({ window: 2000, name: 's' })),
};
