import { map, type OperatorFunction, pipe } from 'rxjs';
import {
  type Batch,
  groupByKeyAndWindow,
  type KeyState,
  mapRecords,
  mapWithState,
  type Pair,
  reduceByKeyAndWindow,
  reduceByWindow,
  remember,
  type StateOptions,
  updateStateByKey,
  updateStates,
  windowBatches,
} from '../../src/index.ts';
import { Money } from './Money.ts';

/** Values of one kind, and how they are reckoned with. */
export interface Kind<V> {
  of(n: number): V;
  plus(left: V, right: V): V;
  minus(left: V, right: V): V;
}

export const numbers: Kind<number> = {
  of: (n) => n,
  plus: (left, right) => left + right,
  minus: (left, right) => left - right,
};

export const money: Kind<Money> = {
  of: (n) => new Money(n),
  plus: (left, right) => left.plus(right),
  minus: (left, right) => left.minus(right),
};

export type Count = Pair<string, number>;

/** A stateful operator over values of any kind: what it gives is text, the same for every kind. */
export type ValueOperator = <V>(
  kind: Kind<V>,
  options: StateOptions<V>,
) => OperatorFunction<Batch<Count>, Batch<string>>;

const window = 3000;

/** Every operator that keeps values of the user's, in each of its forms. */
export const valueOperators: Readonly<Record<string, ValueOperator>> = {
  updateStateByKey: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(
      kind,
      updateStateByKey<Pair<string, V>, V>((values, state) => sumOf(kind, values as readonly V[], state), options),
    ),
  updateStates: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(
      kind,
      updateStates<Pair<string, V>, V>(
        (keys) => [...keys].map(([key, values, state]) => [key, sumOf(kind, values as readonly V[], state)] as const),
        options,
      ),
    ),
  mapWithState: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(kind, mapWithState<Pair<string, V>, V, Pair<string, V>>(countUp(kind), options)),
  'mapWithState with a timeout': <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(kind, mapWithState<Pair<string, V>, V, Pair<string, V>>(countUp(kind), { ...options, timeout: 2000 })),
  reduceByKeyAndWindow: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(kind, reduceByKeyAndWindow<Pair<string, V>>(plus(kind), { ...(options as object), window }) as never),
  'reduceByKeyAndWindow with inverse': <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(
      kind,
      reduceByKeyAndWindow<Pair<string, V>>(plus(kind), {
        ...(options as object),
        window,
        inverse: minus(kind),
      }) as never,
    ),
  reduceByWindow: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(kind, pipe(valuesOnly<V>(), reduceByWindow<V>(plus(kind), { ...(options as object), window }) as never)),
  'reduceByWindow with inverse': <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(
      kind,
      pipe(
        valuesOnly<V>(),
        reduceByWindow<V>(plus(kind), { ...(options as object), window, inverse: minus(kind) }) as never,
      ),
    ),
  groupByKeyAndWindow: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(kind, groupByKeyAndWindow<Pair<string, V>>({ ...options, window }) as never),
  windowBatches: <V>(kind: Kind<V>, options: StateOptions<V>) =>
    shown<V>(kind, pipe(valuesOnly<V>(), windowBatches<V>({ ...options, window }) as never)),
  remember<V>(kind: Kind<V>, options: StateOptions<V>) {
    const recent = remember<V>(window, options);
    return shown<V>(
      kind,
      pipe(
        valuesOnly<V>(),
        recent,
        map((batch) => batch.withRecords([recent.slice().map(({ records }) => records.map(String))] as unknown[])),
      ) as never,
    );
  },
};

/** What an operator over pairs of this kind gives, as text; lists and pairs in brackets. */
function shown<V>(
  kind: Kind<V>,
  operator: OperatorFunction<Batch<Pair<string, V>>, Batch<unknown>>,
): OperatorFunction<Batch<Count>, Batch<string>> {
  return pipe(
    mapRecords(([key, n]: Count) => [key, kind.of(n)] as const),
    operator,
    mapRecords(textOf),
  );
}

function textOf(given: unknown): string {
  return Array.isArray(given) ? `[${given.map(textOf).join(' ')}]` : String(given);
}

function valuesOnly<V>(): OperatorFunction<Batch<Pair<string, V>>, Batch<V>> {
  return mapRecords(([, value]: Pair<string, V>) => value);
}

function sumOf<V>(kind: Kind<V>, values: readonly V[], state: V | undefined): V {
  return values.reduce((sum, value) => kind.plus(sum, value), state ?? kind.of(0));
}

function countUp<V>(kind: Kind<V>): (key: string, value: unknown, state: KeyState<V>) => Pair<string, V> {
  return (key, value, state) => {
    if (state.isTimingOut()) return [`${key} is over`, state.get()];
    const sum = kind.plus(state.getOption() ?? kind.of(0), value as V);
    state.update(sum);
    return [key, sum];
  };
}

function plus<V>(kind: Kind<V>): (left: unknown, right: unknown) => never {
  return (left, right) => kind.plus(left as V, right as V) as never;
}

function minus<V>(kind: Kind<V>): (left: unknown, right: unknown) => never {
  return (left, right) => kind.minus(left as V, right as V) as never;
}
