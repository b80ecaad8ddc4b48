/** What the types of operators with state by key say: what is inferred, and what must not compile. */
import { filter, type Observable, of, share } from 'rxjs';
import { expectTypeOf } from 'vitest';
import {
  type Batch,
  batchInterval,
  dropDuplicates,
  hours,
  type KeyState,
  type KeyUpdate,
  mapRecords,
  mapWithState,
  type Pair,
  stateSnapshots,
  updateStates,
} from '../../src/index.ts';

/** The records of a stream of batches. */
type Records<S> = S extends Observable<Batch<infer T>> ? T : never;

const words = of('to', 'be').pipe(batchInterval(1000));
const ones = words.pipe(mapRecords((word) => [word, 1] as const));

export function mapWithStateInfersKeyValueStateAndRecord(): void {
  const counts = ones.pipe(
    mapWithState((word, one, state: KeyState<number>, time) => {
      expectTypeOf(word).toEqualTypeOf<string>();
      expectTypeOf(one).toEqualTypeOf<number | undefined>();
      expectTypeOf(state.getOption()).toEqualTypeOf<number | undefined>();
      expectTypeOf(time).toEqualTypeOf<number>();
      state.update((state.getOption() ?? 0) + (one ?? 0));
      return [word, state.get()] as const;
    }),
  );
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<readonly [string, number]>();
}

export function whatMayBeUndefinedIsNoRecordThen(): void {
  const some = ones.pipe(
    mapWithState((word, one, state: KeyState<number>) => {
      state.update(one ?? 0);
      return state.get() > 1 ? word : undefined;
    }),
  );
  expectTypeOf<Records<typeof some>>().toEqualTypeOf<string>();
}

export function theStateIsInferredFromInitial(): void {
  const counts = ones.pipe(
    mapWithState(
      (word, _one, state) => {
        expectTypeOf(state).toEqualTypeOf<KeyState<number>>();
        return word;
      },
      { initial: new Map<string, number>() },
    ),
  );
  expectTypeOf<Records<typeof counts>>().toEqualTypeOf<string>();
}

export function literalKeysStayLiteral(): void {
  const levels = words.pipe(
    mapRecords((word) => (word === 'be' ? (['short', 1] as const) : (['long', 2] as const))),
    mapWithState((level, n, state: KeyState<number>) => {
      state.update(n ?? 0);
      return level;
    }),
  );
  expectTypeOf<Records<typeof levels>>().toEqualTypeOf<'short' | 'long'>();
}

export function snapshotsAreTheStates(): void {
  const counted = ones.pipe(
    mapWithState((word, one, state: KeyState<{ n: number }>) => {
      state.update({ n: one ?? 0 });
      return word.length;
    }),
    share(),
  );
  expectTypeOf<Records<typeof counted>>().toEqualTypeOf<number>();

  const states = counted.pipe(stateSnapshots());
  expectTypeOf<Records<typeof states>>().toEqualTypeOf<Pair<string, { n: number }>>();

  const seldom = counted.pipe(
    filter(({ time }) => time % 60_000 === 0),
    stateSnapshots(),
  );
  expectTypeOf<Records<typeof seldom>>().toEqualTypeOf<Pair<string, { n: number }>>();

  // @ts-expect-error an operator on records gives batches without the states
  counted.pipe(mapRecords(String), stateSnapshots());

  // @ts-expect-error there are no states without mapWithState
  ones.pipe(stateSnapshots());
}

export function mapWithStateTakesPairsAlone(): void {
  const texts: Observable<Batch<string>> = words;
  // @ts-expect-error pairs are expected: make them first
  texts.pipe(mapWithState((_word, _one, _state: KeyState<number>) => 1));
}

export function updateStatesInfersFromItsFunction(): void {
  const largest = ones.pipe(
    updateStates((keys: Iterable<KeyUpdate<string, number, number>>, time) => {
      expectTypeOf(time).toEqualTypeOf<number>();
      return [...keys].map(([word, values, state = 0]) => [word, state + values.length] as const);
    }),
  );
  expectTypeOf<Records<typeof largest>>().toEqualTypeOf<Pair<string, number>>();

  const initial = ones.pipe(
    updateStates((keys) => [...keys].flatMap(([word, , state]) => (state === undefined ? [] : [[word, state]])), {
      initial: new Map<string, number>(),
    }),
  );
  expectTypeOf<Records<typeof initial>>().toEqualTypeOf<Pair<string, number>>();
}

export function dropDuplicatesKeepsTheRecords(): void {
  interface Order {
    readonly id: number;
  }
  const orders = words.pipe(mapRecords((word): Order => ({ id: word.length })));
  const once = orders.pipe(dropDuplicates({ by: ({ id }) => id, within: hours(1), name: 'orders' }));
  expectTypeOf<Records<typeof once>>().toEqualTypeOf<Order>();

  const few = words.pipe(dropDuplicates({ atMost: 10 }));
  expectTypeOf<Records<typeof few>>().toEqualTypeOf<string>();

  // @ts-expect-error how much is remembered must be said
  words.pipe(dropDuplicates({ by: (word: string) => word }));
}
