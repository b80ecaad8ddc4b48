import { merge, type Observable, type OperatorFunction, share } from 'rxjs';
import {
  type Batch,
  foreachBatch,
  mapRecords,
  mapWithState,
  reduceByKeyAndWindow,
  reduceRecords,
  stateSnapshots,
  updateStateByKey,
} from '../../../src/index.ts';
import { add } from '../../support/pairs.ts';

/** How the pipeline is built, the same in every life. */
export interface Build {
  readonly interval: number;
  /** So many keys change in every batch. From some thousands on a settlement is written in pieces, as a merge is. */
  readonly tides: number;
}

/** What the pipeline does outside of itself. */
export interface Effects {
  /** Called in every function that the operators are given. */
  inOperator(): void;
  /** One output's records of one batch. */
  write(output: string, batch: Batch<unknown>): void;
}

type Amount = readonly [key: string, amount: number];

/**
 * Windows with and without an inverse, updateStateByKey and mapWithState with a timeout in one context, fed with lines of
 * `<partition> <number> <key> <amount>`. Keys come, go, time out and come back.
 */
export function matrixPipeline(
  lines: Observable<Batch<string>>,
  { interval, tides }: Build,
  { inOperator, write }: Effects,
): Observable<unknown> {
  const to = (output: string) => foreachBatch((batch: Batch<unknown>) => write(output, batch));
  const shared = lines.pipe(share());
  const amounts = shared.pipe(mapRecords(amountOf), share());
  const sightings = amounts.pipe(seen(4 * interval, inOperator), share());
  return merge(
    shared.pipe(to('lines')),
    amounts.pipe(sums(interval, inOperator), to('sums')),
    amounts.pipe(texts(interval, inOperator), to('texts')),
    amounts.pipe(totals(inOperator), to('totals')),
    sightings.pipe(to('sightings')),
    sightings.pipe(stateSnapshots(), to('snapshots')),
    amounts.pipe(
      levels(tides, inOperator),
      mapRecords(([, level]) => level),
      reduceRecords(add),
      to('levels'),
    ),
  );
}

function amountOf(line: string): Amount {
  const [, , key, amount] = line.trim().split(' ');
  return [key as string, Number(amount)];
}

function sums(interval: number, inOperator: () => void): OperatorFunction<Batch<Amount>, Batch<Amount>> {
  const counted = (step: (a: number, b: number) => number) => (a: number, b: number) => {
    inOperator();
    return step(a, b);
  };
  return reduceByKeyAndWindow<Amount>(counted(add), {
    inverse: counted((a, b) => a - b),
    filter: ([, sum]) => sum !== 0,
    window: 6 * interval,
    slide: 2 * interval,
    name: 'sums',
  });
}

function texts(interval: number, inOperator: () => void): OperatorFunction<Batch<Amount>, Batch<unknown>> {
  return (amounts) =>
    amounts.pipe(
      mapRecords(([key, amount]) => [[key, amount % 2], `${amount}`] as const),
      reduceByKeyAndWindow(
        (a, b) => {
          inOperator();
          return `${a} ${b}`;
        },
        { window: 4 * interval, name: 'texts' },
      ),
    );
}

interface Total {
  readonly count: number;
  readonly sum: bigint;
}

function totals(inOperator: () => void): OperatorFunction<Batch<Amount>, Batch<readonly [string, Total]>> {
  return updateStateByKey<Amount, Total>(
    (amounts, total) => {
      inOperator();
      if (amounts.length === 0) return total;
      const sum = BigInt(amounts.reduce(add)) + (total?.sum ?? 0n);
      return sum % 5n === 0n ? undefined : { count: (total?.count ?? 0) + amounts.length, sum };
    },
    { name: 'totals' },
  );
}

/** Every key's level rises in every batch. */
function levels(
  tides: number,
  inOperator: () => void,
): OperatorFunction<Batch<Amount>, Batch<readonly [string, number]>> {
  return updateStateByKey<Amount, number>(
    (amounts, level = 0) => {
      if (amounts.length > 0) inOperator();
      return level + 1 + amounts.reduce(add, 0);
    },
    { name: 'levels', initial: Array.from({ length: tides }, (_, n) => [`t${n}`, n] as const) },
  );
}

interface Sighting {
  readonly sightings: number;
  readonly first: Date;
}

function seen(timeout: number, inOperator: () => void) {
  return mapWithState<Amount, Sighting, string>(
    (key, amount, state, time) => {
      inOperator();
      if (state.isTimingOut()) return `${key} is gone after ${state.get().sightings}`;
      const before = state.exists() ? state.get() : undefined;
      if (amount === 0) {
        if (before === undefined) return undefined;
        state.remove();
        return `${key} is removed`;
      }
      state.update({ sightings: (before?.sightings ?? 0) + 1, first: before?.first ?? new Date(time) });
      return `${key} ${amount}`;
    },
    { name: 'sightings', timeout, initial: [['k0', { sightings: 100, first: new Date(0) }]] },
  );
}
