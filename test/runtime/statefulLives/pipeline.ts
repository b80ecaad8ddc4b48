import { filter, merge, type Observable, pipe, share } from 'rxjs';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  countByWindow,
  dropDuplicates,
  flatMapRecords,
  foreachBatch,
  groupByKeyAndWindow,
  join,
  joinTable,
  leftOuterJoin,
  mapRecords,
  mapRecordsAsync,
  mapWithState,
  type OffsetStore,
  reduceByKeyAndWindow,
  reduceByWindow,
  remember,
  type StreamingContext,
  split,
  stateSnapshots,
  updateStateByKey,
  updateStates,
} from '../../../src/index.ts';
import { logSource } from '../../support/logSource.ts';
import { add } from '../../support/pairs.ts';
import type { Life, Sale } from './Outside.ts';
import { otherOperators } from './otherOperators.ts';

export const INTERVAL = 30;
export const TIMEOUT = 120;
export const INITIAL = [
  ['w4', 7],
  ['w9', 1],
] as const;
export const TABLE = [
  ['w0', 'zero'],
  ['w1', 'one'],
  ['w1', 'uno'],
  ['w3', 'three'],
] as const;

/** Functions of the time alone, as a repeated batch must behave the same: two of four batches are seen by no output. */
export const isSeen = (time: number): boolean => (time / INTERVAL) % 4 === 0 || (time / INTERVAL) % 4 === 3;
/** Some batches do not come to every operator. */
export const isKept = (time: number): boolean => (time / INTERVAL) % 5 !== 3;

/** `undefined`: the key is forgotten. */
export function total(counts: readonly number[], state: number | undefined): number | undefined {
  const sum = counts.reduce(add, state ?? 0);
  return sum % 4 === 0 ? undefined : sum;
}

export const pairOf = ({ word, count }: Sale): readonly [string, number] => [word, count];

/** Every operator that keeps anything, in one pipeline of two sources. */
export function pipelineIn(life: Life, context: StreamingContext, store: OffsetStore): Observable<unknown> {
  const { outside } = life;
  const where = outside.values === undefined ? {} : { values: outside.values };
  const fails = <A extends readonly unknown[], R>(fn: (...args: A) => R): ((...args: A) => R) => {
    return (...args) => {
      life.mayFail();
      return fn(...args);
    };
  };
  const stream = (name: 'a' | 'b'): Observable<Batch<Sale>> =>
    logSource(outside.logs[name], {
      name,
      step: 6,
      onCut: (answer) => life.troubled(() => answer),
      onRead: (records) => life.troubled(() => structuredClone(records)),
      onSettled: () => life.troubled(() => undefined),
    }).pipe(batchInterval(context), share());
  const written = (chain: string, what: (records: readonly unknown[]) => readonly unknown[] = (records) => records) =>
    pipe(
      filter((batch: Batch<unknown>) => isSeen(batch.time)),
      foreachBatch(({ time, records }) =>
        life.troubled(() => void outside.effects.push({ chain, time, records: structuredClone(what(records)) })),
      ),
    );

  const a = stream('a');
  const b = stream('b');
  const kept = a.pipe(filter(({ time }) => isKept(time)));
  const sums = a.pipe(
    mapRecords(fails(pairOf)),
    reduceByKeyAndWindow(fails(add), {
      inverse: fails((sum: number, left: number) => sum - left),
      filter: ([, sum]) => sum !== 0,
      window: 4 * INTERVAL,
      slide: 2 * INTERVAL,
      name: 'inverse',
    }),
    share(),
  );
  const texts = a.pipe(
    mapRecords(({ word, at }) => [word, `${at}`] as const),
    reduceByKeyAndWindow(fails(inOrder), { window: 3 * INTERVAL, name: 'plain' }),
    leftOuterJoin(b.pipe(mapRecords(fails(pairOf)))),
  );
  const grouped = a.pipe(
    mapRecords(pairOf),
    groupByKeyAndWindow({ window: 6 * INTERVAL, slide: 2 * INTERVAL, name: 'grouped' }),
    join(sums),
  );
  const totals = kept.pipe(
    mapRecords(({ word, count, at }) => [[word, at % 2], count] as const),
    updateStateByKey(fails(total), { name: 'totals', ...where }),
  );
  const states = a.pipe(
    mapRecords(({ word, count }) => [{ word }, count] as const),
    mapWithState<readonly [{ readonly word: string }, number], number, string>(
      fails(({ word }, count, state) => {
        if (state.isTimingOut()) return `${word} out ${state.get()}`;
        const sum = (state.getOption() ?? 0) + (count as number);
        if (sum % 5 !== 0) state.update(sum);
        else if (state.exists()) state.remove();
        return `${word} ${sum}`;
      }),
      {
        name: 'states',
        ...where,
        timeout: TIMEOUT,
        keyOf: ({ word }) => word,
        initial: INITIAL.map(([word, state]) => [{ word }, state] as const),
      },
    ),
    share(),
  );
  const distinct = a.pipe(
    dropDuplicates({
      by: fails(({ word, count }: Sale) => [word, count]),
      within: 5 * INTERVAL,
      atMost: 6,
      name: 'distinct',
    }),
  );
  const whole = kept.pipe(
    mapRecords(({ at }) => `${at}`),
    reduceByWindow(fails(inOrder), { window: 4 * INTERVAL, slide: 2 * INTERVAL, name: 'whole' }),
  );
  const memory = remember<Sale>(4 * INTERVAL, { name: 'memory' });
  const { losses, gains } = split(a, { losses: fails(({ count }) => count < 0), gains: 'otherwise' });
  const lowest = losses.pipe(
    mapRecords(pairOf),
    updateStates(
      fails((keys: Iterable<readonly [string, readonly number[], number | undefined]>) => {
        const after: (readonly [string, number])[] = [];
        for (const [key, counts, state] of keys) {
          const low = counts.reduce(add, state ?? 0);
          if (low > -9) after.push([key, low]);
        }
        return after;
      }),
      { name: 'lowest' },
    ),
  );
  const gainCounts = gains.pipe(countByWindow({ window: 3 * INTERVAL, slide: INTERVAL, name: 'gains' }));
  const slow = a.pipe(
    mapRecordsAsync((sale) => life.troubled(() => sale), { concurrency: 3 }),
    mapRecords(({ word, at }) => [word, at] as const),
    joinTable(() => life.troubled(() => TABLE), { reloadEvery: 3 }),
    mapRecords(([, [at, name]]) => [name, at] as const),
    updateStateByKey(
      fails((ats: readonly number[], last: number | undefined) => Math.max(last ?? -1, ...ats)),
      {
        name: 'slow',
        ...where,
      },
    ),
  );
  return merge(
    sums.pipe(written('sums')),
    texts.pipe(written('texts')),
    grouped.pipe(written('grouped')),
    totals.pipe(written('totals')),
    states.pipe(written('states')),
    states.pipe(stateSnapshots(), written('snapshots')),
    distinct.pipe(written('distinct')),
    whole.pipe(written('whole')),
    a.pipe(
      memory,
      written('memory', () => memory.slice()),
    ),
    lowest.pipe(written('lowest')),
    gainCounts.pipe(written('gains')),
    slow.pipe(written('slow')),
    ...Object.entries(otherOperators(a, fails, where)).map(([chain, batches]) => batches.pipe(written(chain))),
    a.pipe(
      flatMapRecords(({ at }) => [at]),
      written('raw'),
      commitOffsets({ ...store, commit: (offsets) => life.troubled(() => store.commit(offsets) as never) }),
    ),
    b.pipe(commitOffsets(store)),
  );
}

/** Not commutative, and grouped as it comes. */
const inOrder = (left: string, right: string): string => `${left} ${right}`;
