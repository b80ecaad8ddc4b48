/** A chain that is left at any moment and comes back: no record is lost, none is committed before its output, calls do not overlap. */
import { map, type Observable, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import {
  type Answer,
  type Batch,
  batchInterval,
  commitOffsets,
  foreachBatch,
  foreachBatchInTransaction,
  memoryCheckpoint,
  memoryOffsets,
  StreamingContext,
  type TransactionalOffsetStore,
} from '../../src/index.ts';
import { type ManualClock, manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';

const RECORDS = ['a', 'b', 'c', 'd'];
const INTERVAL = 100;
/** How long every call of a contract takes. */
const STEP = 7;
const LONGEST = 5 * INTERVAL;

/** What a life has left outside: effects, commits that came before their output, calls that should not have come. */
interface Outside {
  readonly effects: string[];
  readonly tooEarly: string[];
  readonly overlaps: string[];
  committed(): number | undefined;
}

type Into = (
  outside: { effects: string[] },
  store: Store,
  clock: ManualClock,
) => (batches: Observable<Batch<string>>) => Observable<Batch<string>>;
type Store = TransactionalOffsetStore<{ set(key: string, value: number): unknown }>;

/** Subscribes, leaves after `leftAt`, comes back `away` later, and lets everything be processed. */
function live(into: Into, leftAt: number, away: number): Outside {
  const clock = manualClock();
  const later = <T>(answer: () => Answer<T>): Observable<T> => timer(STEP, clock).pipe(map(() => answer() as T));
  const memory = memoryOffsets<string, number>();
  const effects: string[] = [];
  const tooEarly: string[] = [];
  const overlaps: string[] = [];
  const log = new Log(...RECORDS);
  let isOpen = false;
  const store: Store = {
    ...memory,
    own: () => later(() => memory.own()) as never,
    load: (query) => later(() => memory.load(query)),
    commit: (offsets) =>
      later(() => {
        for (const { until } of offsets) if (until > new Set(effects).size) tooEarly.push(`${until} at ${clock.now()}`);
        return memory.commit(offsets);
      }),
    begin: (batch) =>
      later(() => {
        const transaction = memory.begin(batch);
        return {
          ...transaction,
          commit: (offsets) =>
            later(() => {
              const outcome = transaction.commit(offsets);
              effects.length = 0;
              effects.push(...memory.results.keys());
              return outcome;
            }),
          rollback: () => later(() => transaction.rollback()) as never,
        };
      }),
  };
  const kept = memoryCheckpoint();
  const checkpoint: CheckpointStore = {
    ...kept,
    plan: (batch) => later(() => kept.plan(batch)) as never,
    settle: (settlement) => later(() => kept.settle(settlement)) as never,
  };
  const context = new StreamingContext({ interval: INTERVAL, scheduler: clock, checkpoint, onWarning: () => {} });
  const stream = logSource(log, {
    step: 1,
    startsFrom: memory,
    onOpen: () => {
      if (isOpen) overlaps.push(`opened twice at ${clock.now()}`);
      isOpen = true;
      return later(() => undefined);
    },
    onCut: (answer) => later(() => answer),
    onRead: (records) => later(() => records),
    onSettled: () => later(() => undefined),
    onClose: () =>
      later(() => {
        isOpen = false;
      }),
  }).pipe(batchInterval(context), into({ effects }, store, clock));
  const errors: unknown[] = [];
  const subscribe = () => stream.subscribe({ error: (error) => errors.push(error) });
  const first = subscribe();
  clock.advanceBy(leftAt);
  first.unsubscribe();
  clock.advanceBy(away);
  subscribe();
  clock.advanceBy(20 * INTERVAL);
  if (errors.length > 0) overlaps.push(...errors.map(String));
  return { effects, tooEarly, overlaps, committed: () => memory.load({})[0]?.until };
}

const atLeastOnce: Into =
  ({ effects }, store, clock) =>
  (batches) =>
    batches.pipe(
      foreachBatch(({ records }) => timer(STEP, clock).pipe(map(() => effects.push(...records)))),
      commitOffsets(store),
    );

const exactlyOnce: Into = (_, store, clock) => (batches) =>
  batches.pipe(
    foreachBatchInTransaction(store, ({ records, time }, results) =>
      timer(STEP, clock).pipe(map(() => records.map((record) => results.set(record, time)))),
    ),
  );

describe.each([
  ['an output', atLeastOnce, 1],
  ['an output in the transaction of its offsets', exactlyOnce, 0],
] as const)('a chain with %s that is left at any moment and comes back', (_, into, mostRepeats) => {
  it.each([0, STEP, 2 * INTERVAL])('%i ms later processes every record', (away) => {
    for (let leftAt = 0; leftAt <= LONGEST; leftAt++) {
      const { effects, tooEarly, overlaps, committed } = live(into, leftAt, away);
      const repeats = effects.length - RECORDS.length;
      const found = { leftAt, records: [...new Set(effects)], tooEarly, overlaps, committed: committed() };
      expect(found).toEqual({ leftAt, records: RECORDS, tooEarly: [], overlaps: [], committed: RECORDS.length });
      expect(repeats, `repeats when left at ${leftAt}`).toBeLessThanOrEqual(mostRepeats);
    }
  });
});
