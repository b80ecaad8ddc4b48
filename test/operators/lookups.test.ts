/** Compositions that docs/lookups.md shows: what a batch and its repetition meet. */
import { BehaviorSubject, map, type Observable, retry, Subject, share, startWith, withLatestFrom } from 'rxjs';
import { expect, it } from 'vitest';
import type { Batch } from '../../src/core/batch/Batch.ts';
import type { Pair } from '../../src/core/keys/Pair.ts';
import { filterRecords } from '../../src/operators/filterRecords.ts';
import { leftOuterJoin } from '../../src/operators/leftOuterJoin.ts';
import { mapRecords } from '../../src/operators/mapRecords.ts';
import { transform } from '../../src/operators/transform.ts';
import { updateStateByKey } from '../../src/operators/updateStateByKey.ts';
import { foreachBatch } from '../../src/outputs/foreachBatch.ts';
import { batchInterval } from '../../src/runtime/batchInterval.ts';
import { runBatches } from '../../src/testing/runBatches.ts';
import { testSource } from '../../src/testing/testSource.ts';
import { stage, watch } from '../support/stage.ts';

const users = ['ann', 'bob'];
const three = [users, users, users];

function recordsOf<T>(batches: readonly { readonly records: readonly T[] }[]): (readonly T[])[] {
  return batches.map(({ records }) => records);
}

it('a list that transform reads is the one of the moment in which the batch came, for all its records', () => {
  const banned = new BehaviorSubject<ReadonlySet<string>>(new Set());
  const out = runBatches([users, users], (stream) =>
    stream.pipe(
      transform((batch) => {
        const now = banned.value;
        return batch.records.filter((user) => {
          banned.next(new Set(['ann', 'bob'])); // changes in the middle of the batch
          return !now.has(user);
        });
      }),
    ),
  );
  expect(recordsOf(out)).toEqual([users, []]);
});

it('withLatestFrom gives no batch before there is a list, and with startWith it does', () => {
  const lists = new Subject<ReadonlySet<string>>();
  const without =
    (list: Observable<ReadonlySet<string>>) =>
    (stream: Observable<Batch<string>>): Observable<Batch<string>> =>
      stream.pipe(
        withLatestFrom(list),
        map(([batch, now]) => batch.withRecords(batch.records.filter((user) => !now.has(user)))),
      );
  expect(runBatches(three, without(lists))).toEqual([]);
  expect(recordsOf(runBatches(three, without(lists.pipe(startWith(new Set(['ann']))))))).toEqual(
    three.map(() => ['bob']),
  );
});

it('on a retry the batch that failed meets the list of then', () => {
  const { clock, context } = stage();
  const banned = new BehaviorSubject<ReadonlySet<string>>(new Set());
  const written: unknown[] = [];
  let failures = 0;
  const seen = watch(
    testSource([users, users]).pipe(
      batchInterval(context),
      transform((batch) => {
        const now = banned.value;
        return batch.records.filter((user) => !now.has(user));
      }),
      foreachBatch(({ time, records }) => {
        written.push([time, ...records]);
        if (failures++ > 0) return;
        banned.next(new Set(['bob']));
        throw new Error('sink');
      }),
      retry({ count: 1 }),
    ),
  );
  clock.advanceBy(4000);
  expect(seen.error).toBeUndefined();
  expect(written.slice(0, 3)).toEqual([
    [1000, 'ann', 'bob'],
    [1000, 'ann'],
    [2000, 'ann'],
  ]);
});

it('a list that is a stream of the context is repeated with the batch', () => {
  type Decision = Pair<string, 'ban' | 'pardon'>;
  const input = {
    messages: three,
    decisions: [[], [['bob', 'ban']], [['bob', 'pardon']]] as Decision[][],
  };
  const pipeline = (streams: {
    messages: Observable<Batch<string>>;
    decisions: Observable<Batch<Decision>>;
  }): Observable<Batch<string>> => {
    const banned = streams.decisions.pipe(
      updateStateByKey((latest, known: string | undefined) => latest.at(-1) ?? known, { name: 'banned' }),
      share(),
    );
    return streams.messages.pipe(
      mapRecords((user) => [user, user] as const),
      leftOuterJoin(banned),
      filterRecords(([, [, decision]]) => decision !== 'ban'),
      mapRecords(([user]) => user),
    );
  };
  const out = runBatches(input, pipeline);
  expect(recordsOf(out)).toEqual([users, ['ann'], users]);
  for (const options of [{ crashIn: [1, 2, 3] }, { restartAfter: [1, 2] }, { crashIn: 2, restartAfter: 1 }]) {
    expect(runBatches(input, pipeline, options)).toEqual(out);
  }
});
