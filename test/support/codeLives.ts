import { type OperatorFunction, Subject } from 'rxjs';
import {
  type Batch,
  batchInterval,
  type CheckpointContents,
  type CheckpointStore,
  foreachBatch,
  type StreamingContextOptions,
} from '../../src/index.ts';
import { manualClock } from '../../src/testing/manualClock.ts';
import { Log, logSource } from './logSource.ts';
import { type Stage, stage, watch } from './stage.ts';
import { pairsOf } from './stateEntries.ts';

/** One version of the code: what it does, and what else its context is told. */
export interface CodeLife<T> {
  readonly operator: OperatorFunction<Batch<T>, Batch<unknown>>;
  readonly context?: Partial<StreamingContextOptions>;
  /** The last batch is planned and put out, and its settlement never comes. */
  readonly crashes?: boolean;
}

/** What became of a life. */
export interface Lived extends Stage {
  /** The records of each batch, by time. */
  readonly outputs: ReadonlyMap<number, readonly unknown[]>;
  readonly error: unknown;
}

/** Versions of one program, one after the other, over one log and one checkpoint. */
export class CodeLives<T> {
  readonly #store: CheckpointStore;
  readonly #log = new Log<T>();
  #time = 0;

  constructor(store: CheckpointStore) {
    this.#store = store;
  }

  /** Goes through these batches, a second each; the batch of a life that crashed comes first, together with the first of them. */
  async live(
    batches: readonly (readonly T[])[],
    { operator, context = {}, crashes = false }: CodeLife<T>,
  ): Promise<Lived> {
    const store = this.#store;
    const lost = new Subject<void>();
    let left = batches.length;
    const checkpoint: CheckpointStore = {
      ...store,
      settle: (settlement) => (crashes && left === 0 ? lost : store.settle(settlement)),
    };
    const outputs = new Map<number, readonly unknown[]>();
    const at = stage({ clock: manualClock(this.#time), freezeState: true, ...context, checkpoint });
    const seen = watch(
      logSource(this.#log).pipe(
        batchInterval(at.context),
        operator,
        foreachBatch(({ time, records }) => {
          outputs.set(time, [...records]);
        }),
      ),
    );
    at.clock.advanceBy(0);
    for (const batch of batches) {
      await until(at, () => seen.error !== undefined || at.progress.some(({ type }) => type === 'run'));
      left--;
      this.#log.append(...batch);
      this.#time += 1000;
      at.clock.advanceBy(1000);
      const time = this.#time;
      await until(
        at,
        () => seen.error !== undefined || (crashes && left === 0 ? outputs.has(time) : hasEnded(at, time)),
      );
    }
    let isOver = false;
    void at.context.stop().then(() => {
      isOver = true;
    });
    lost.complete();
    await until(at, () => isOver);
    return { ...at, outputs, error: seen.error };
  }
}

function hasEnded(at: Stage, time: number): boolean {
  return at.batchEvents().some((batch) => batch.time === time);
}

/** Lets what is due and what was answered go on, without any time passing, until it is so. */
async function until({ clock }: Stage, condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 1_000_000) throw new Error('expected the batch to be processed, and it is not');
    await new Promise((resolve) => setImmediate(resolve));
    clock.advanceBy(0);
  }
}

/** All that a checkpoint has of states, as text. */
export async function stored(store: CheckpointStore): Promise<Record<string, readonly unknown[]>> {
  const { inspect } = store;
  if (inspect === undefined) throw new Error(`${store.name} cannot be looked at`);
  let found: Record<string, readonly unknown[]> = {};
  await inspect((contents: CheckpointContents) => {
    found = Object.fromEntries(
      [...contents.states].map(([name, { version, entries }]) => [name, [version, ...pairsOf(entries)]]),
    );
  });
  return found;
}
