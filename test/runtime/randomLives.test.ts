import { defer, delay, map, type Observable, of, retry, share, timer } from 'rxjs';
import { expect, it } from 'vitest';
import { isPending } from '../../src/core/Answer.ts';
import {
  type Answer,
  type Batch,
  batchInterval,
  type CheckpointContents,
  commitOffsets,
  foreachBatch,
  memoryCheckpoint,
  memoryOffsets,
  StreamingContext,
} from '../../src/index.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from '../support/logSource.ts';
import { type Counted, counted, sums } from '../support/pairs.ts';
import { type Seen, watch } from '../support/stage.ts';
import { storedPairs } from '../support/stateEntries.ts';

const NAMES = ['a', 'b', 'c'];
const INTERVAL = 30;

/** Numbers from 0 to 1 that are the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed * 2_654_435_761;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What outlives a process, and what was seen of the outputs. */
function outside(seed: number) {
  return {
    random: randomFrom(seed),
    clock: manualClock(),
    checkpoint: memoryCheckpoint({ durable: true }),
    store: memoryOffsets(),
    logs: new Map(NAMES.map((name) => [name, new Log<Counted>()])),
    effects: [] as { readonly source: string; readonly time: number; readonly records: string }[],
    sums: new Map<string, number>(),
    violations: [] as string[],
  };
}

type Outside = ReturnType<typeof outside>;

/** One process: contracts take their time and fail now and then, chains are left, and in the end it stops one way or another. */
function live(world: Outside, isLast: boolean): void {
  const { random, clock, checkpoint, store, logs } = world;
  const isLikely = (probability: number): boolean => !isLast && random() < probability;
  /** The same answer, perhaps later, perhaps not at all. */
  const troubled = <T>(ask: () => Answer<T>): Answer<T> => {
    if (isLikely(0.03)) throw new Error('trouble');
    const answer = ask();
    if (isPending(answer) || random() < 0.5) return answer;
    return of(answer as T).pipe(delay(1 + Math.floor(random() * 10), clock));
  };
  const context = new StreamingContext({
    interval: INTERVAL,
    scheduler: clock,
    maxQueuedBatches: 3,
    onWarning: () => {},
    checkpoint: {
      ...checkpoint,
      load: () => troubled(() => checkpoint.load()),
      plan: (batch) => troubled(() => checkpoint.plan(batch)),
      settle: (settlement) => troubled(() => checkpoint.settle(settlement)),
    },
  });
  const troubledStore = {
    ...store,
    commit: (offsets: Parameters<typeof store.commit>[0]) => troubled(() => store.commit(offsets)),
  };
  const chain = (name: string): Observable<Batch<Counted>> =>
    defer(() => {
      const batches = logSource(logs.get(name) as Log<Counted>, {
        name,
        step: 5,
        onCut: (answer) => troubled(() => answer),
        onRead: (records) => troubled(() => records),
        onSettled: () => troubled(() => undefined),
      }).pipe(
        batchInterval(context),
        foreachBatch(({ time, records }) => {
          world.effects.push({ source: name, time, records: records.map(([, count]) => count).join() });
          return troubled(() => undefined);
        }),
        share(),
      );
      return batches.pipe(
        sums(`sums ${name}`),
        foreachBatch(({ records }) => {
          for (const [word, sum] of records) world.sums.set(word, sum);
          return troubled(() => undefined);
        }),
        commitOffsets(troubledStore),
        map((batch) => batch),
      );
    });
  const chains: Seen<unknown>[] = NAMES.map((name) => watch(chain(name).pipe(retry({ delay: () => timer(1, clock) }))));
  // Between two batches: who leaves in the middle of one has had enough of it.
  let leaving: Seen<unknown> | undefined;
  context.progress$.subscribe(({ type }) => type === 'batch' && leaving?.unsubscribe());
  const end = clock.now() + 3000;
  while (clock.now() < end) {
    clock.advanceBy(50);
    if (!isLast) for (const name of NAMES) if (isLikely(0.4)) append(world, name);
    if (isLikely(0.02)) leaving = chains[Math.floor(random() * chains.length)];
    if (isLikely(0.02)) break;
  }
  for (const { error } of chains) if (error !== undefined) world.violations.push(`a chain ended with ${error}`);
  if (isLast || isLikely(0.3)) {
    void context.stop({ graceful: true, deadline: 1000 });
    clock.advanceBy(1100);
  } else if (isLikely(0.5)) void context.stop();
  else for (const left of chains) left.unsubscribe();
  // What an abandoned process had begun comes to nothing.
  clock.advanceBy(100);
}

function append({ logs }: Outside, name: string): void {
  const log = logs.get(name) as Log<Counted>;
  log.append(counted(name, log.records.length + 1));
}

/** What the laws say of all that. */
function violationsOf({ logs, effects, checkpoint, store, sums: shown, violations }: Outside): readonly string[] {
  const found = [...violations];
  const { states, unsettled } = checkpoint.load() as CheckpointContents;
  if (unsettled.length > 0) found.push(`${unsettled.length} batches have not settled`);
  for (const [name, { records }] of logs) {
    const mine = effects.filter(({ source }) => source === name);
    const seen = new Set(mine.flatMap((effect) => effect.records.split(',').map(Number)));
    for (const [, count] of records) if (!seen.has(count)) found.push(`record ${count} of ${name} was lost`);
    const contents = new Map<number, string>();
    for (const { time, records: some } of mine) {
      if ((contents.get(time) ?? some) !== some) found.push(`${name} ${time} was repeated with other records`);
      contents.set(time, some);
    }
    const expected = records.reduce((sum, [, count]) => sum + count, 0);
    const kept = storedPairs(states.get(`sums ${name}/keys`)).map(([, sum]) => sum)[0] ?? 0;
    if (kept !== expected) found.push(`the sum of ${name} is ${kept}, not ${expected}`);
    if ((shown.get(name) ?? 0) !== expected)
      found.push(`the output was shown ${shown.get(name)} for ${name}, not ${expected}`);
    const [committed] = store.load({ topics: [name] }) as readonly { readonly until: number }[];
    if ((committed?.until ?? 0) !== records.length)
      found.push(`${name} is committed up to ${committed?.until}, not ${records.length}`);
  }
  return found;
}

it('whatever fails, waits, leaves, stops and starts again: no record is lost, none counts twice, repeats are the same', () => {
  const failures: string[] = [];
  for (let seed = 1; seed <= 12; seed++) {
    const world = outside(seed);
    for (let life = 0; life < 4; life++) live(world, false);
    live(world, true);
    const found = violationsOf(world);
    if (found.length > 0) failures.push(`seed ${seed}: ${found.slice(0, 3).join('; ')}`);
  }
  expect(failures).toEqual([]);
}, 60_000);
