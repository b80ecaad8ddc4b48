import { defer, delay, map, type Observable, of, retry, share, timer } from 'rxjs';
import { expect, it } from 'vitest';
import type { CheckpointStore } from '../../src/checkpoint/CheckpointStore.ts';
import { loggedCheckpoint } from '../../src/checkpoint/log/loggedCheckpoint.ts';
import { isPending, promised } from '../../src/core/Answer.ts';
import {
  type Answer,
  type Batch,
  batchInterval,
  commitOffsets,
  foreachBatch,
  memoryCheckpoint,
  memoryOffsets,
  StreamingContext,
} from '../../src/index.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { MemoryPlace, memoryLog } from '../checkpoint/log/memoryLog.ts';
import { Log, logSource } from '../support/logSource.ts';
import { mortalLog } from '../support/mortalLog.ts';
import { PendingAnswers } from '../support/PendingAnswers.ts';
import { type Counted, counted, sums } from '../support/pairs.ts';
import { seeds } from '../support/seeded.ts';
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

/** Makes the checkpoint of a process; `gone` ends it with its process. */
type Open = (answers: PendingAnswers) => { readonly store: CheckpointStore; readonly gone: () => Promise<void> };

/** One object for all processes. */
function inMemory(): Open {
  const store = memoryCheckpoint({ durable: true });
  return () => ({ store, gone: async () => {} });
}

/** A log that is merged all the time, which answers with promises. */
function inALog(): Open {
  const place = new MemoryPlace();
  return (answers) => {
    let isGone = false;
    const storage = mortalLog(memoryLog(place), () => isGone);
    const log = loggedCheckpoint(storage, { compactAfterBytes: 1 });
    const answer = <T>(ask: () => Answer<T>): Promise<T> => answers.wait(promised(ask));
    const store: CheckpointStore = {
      ...log,
      load: () => answer(() => log.load()),
      plan: (batch) => answer(() => log.plan(batch)),
      settle: (settlement) => answer(() => log.settle(settlement)),
      close: () => answer(() => log.close()),
    };
    const gone = async (): Promise<void> => {
      isGone = true;
      await promised(() => log.close()).catch(() => {});
    };
    return { store, gone };
  };
}

/** What outlives a process, and what was seen of the outputs. */
function outside(seed: number, open: Open) {
  return {
    random: randomFrom(seed),
    clock: manualClock(),
    open,
    store: memoryOffsets(),
    logs: new Map(NAMES.map((name) => [name, new Log<Counted>()])),
    effects: [] as { readonly source: string; readonly time: number; readonly records: string }[],
    sums: new Map<string, number>(),
    violations: [] as string[],
  };
}

type Outside = ReturnType<typeof outside>;

/** One process: contracts take their time and fail now and then, chains are left, and in the end it stops one way or another. */
async function live(world: Outside, isLast: boolean): Promise<void> {
  const { random, clock, store, logs } = world;
  const answers = new PendingAnswers();
  const { store: checkpoint, gone } = world.open(answers);
  const advance = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 5) {
      clock.advanceBy(5);
      if (answers.any) await answers.all();
    }
  };
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
    await advance(50);
    if (!isLast) for (const name of NAMES) if (isLikely(0.4)) append(world, name);
    if (isLikely(0.02)) leaving = chains[Math.floor(random() * chains.length)];
    if (isLikely(0.02)) break;
  }
  for (const { error } of chains) if (error !== undefined) world.violations.push(`a chain ended with ${error}`);
  if (isLast || isLikely(0.3)) {
    void context.stop({ graceful: true, deadline: 1000 });
    await advance(1100);
  } else if (isLikely(0.5)) void context.stop();
  else for (const left of chains) left.unsubscribe();
  // What an abandoned process had begun comes to nothing.
  await advance(100);
  await gone();
}

function append({ logs }: Outside, name: string): void {
  const log = logs.get(name) as Log<Counted>;
  log.append(counted(name, log.records.length + 1));
}

/** What the laws say of all that. */
async function violationsOf({
  logs,
  effects,
  open,
  store,
  sums: shown,
  violations,
}: Outside): Promise<readonly string[]> {
  const found = [...violations];
  const { store: checkpoint } = open(new PendingAnswers());
  const { states, unsettled } = await promised(() => checkpoint.load());
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

it.each([
  { name: 'in memory', lives: 12, kind: inMemory },
  { name: 'that is a log', lives: 2, kind: inALog },
])(
  'whatever fails, waits, leaves, stops and starts again over a checkpoint $name: no record is lost, none counts twice, repeats are the same',
  async ({ lives, kind }) => {
    const failures: string[] = [];
    for (const seed of seeds(lives)) {
      const world = outside(seed, kind());
      for (let life = 0; life < 4; life++) await live(world, false);
      await live(world, true);
      const found = await violationsOf(world);
      if (found.length > 0) failures.push(`seed ${seed}: ${found.slice(0, 3).join('; ')}`);
    }
    expect(failures).toEqual([]);
  },
  60_000,
);
