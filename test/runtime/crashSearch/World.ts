import { concat, defer, ignoreElements, NEVER, type Observable, of, timer, VirtualTimeScheduler } from 'rxjs';
import type { CheckpointStore } from '../../../src/checkpoint/CheckpointStore.ts';
import type { CommittedOffset } from '../../../src/core/OffsetRange.ts';
import { clonedCheckpoint } from '../../../src/testing/clonedCheckpoint.ts';
import { MemoryPlace } from '../../checkpoint/log/memoryLog.ts';
import { PendingAnswers } from '../../support/PendingAnswers.ts';
import { type Seeded, seeded } from '../../support/seeded.ts';

/** An effect that an output had on the outside: it survives every crash. */
export interface Effect {
  readonly chain: string;
  readonly time: number;
  readonly records: readonly unknown[];
  /** Batches up to this time had settled when the effect happened. */
  readonly settledBefore: number;
}

/** A write to the offset store, with how many effects were there at that moment. */
export interface Commit {
  readonly offsets: readonly CommittedOffset[];
  readonly effects: number;
}

/** A planned batch: what the history of the pipeline is told from. */
export interface Plan {
  readonly time: number;
  readonly ranges: ReadonlyMap<string, readonly [from: number, until: number]>;
}

/** What outlives a process: the checkpoint, the offset store, the outside that outputs write to. */
export class Outside {
  readonly checkpoint: CheckpointStore;
  /** Where a checkpoint that is a log keeps its bytes. */
  readonly log: MemoryPlace = new MemoryPlace();
  readonly random: Seeded;
  readonly committed: Map<string, number> = new Map();
  readonly effects: Effect[] = [];
  readonly commits: Commit[] = [];
  readonly plans: Plan[] = [];
  settledTime = 0;
  /** The batch whose results came in the last transaction. */
  transactionTime: number | undefined;

  constructor(seed = 0, checkpoint: CheckpointStore = clonedCheckpoint()) {
    this.random = seeded(seed);
    this.checkpoint = checkpoint;
  }

  /** The machine has gone down: what was not safe from that may be gone, in part or wholly. */
  crashed(): void {
    this.log.lose(() => this.random.int(0, 999) / 1000);
  }
}

/** When a life goes wrong, and how fast the world is. */
export interface LifeOptions {
  readonly crashAt?: number;
  readonly failAt?: number;
  /** Milliseconds. */
  readonly delay?: number;
}

/**
 * One life of a process: every call of a contract is two steps, one before its effect and one after it. At the step
 * `crashAt` the process is gone: nothing it does has an effect any more and nothing is answered.
 */
export class World {
  readonly scheduler: VirtualTimeScheduler;
  readonly outside: Outside;
  readonly steps: string[] = [];
  readonly #crashAt: number;
  readonly #failAt: number;
  readonly #delay: number;
  /** Calls that are answered by promises: until then time stands. */
  readonly answers: PendingAnswers = new PendingAnswers();
  dead = false;
  /** Stands still, and knows nothing of it: what it asked for is not answered until it goes on. */
  stalled = false;

  /** At the step `failAt` the call fails instead, once, and the process lives on. `delay`: milliseconds after which contracts answer; 0 answers with a value, in the same call. */
  constructor(
    outside: Outside,
    bornAt: number,
    { crashAt = Number.POSITIVE_INFINITY, failAt = Number.POSITIVE_INFINITY, delay = 0 }: LifeOptions,
  ) {
    this.outside = outside;
    this.scheduler = new VirtualTimeScheduler();
    this.scheduler.frame = bornAt;
    this.#crashAt = crashAt;
    this.#failAt = failAt;
    this.#delay = delay;
  }

  get now(): number {
    return this.scheduler.frame;
  }

  /** A call of a contract. */
  call<T>(name: string, effect: () => T): T | Observable<T> {
    if (this.#delay === 0) {
      if (this.step(`before ${name}`)) return NEVER;
      const value = effect();
      return this.step(`after ${name}`) ? NEVER : value;
    }
    return this.later(name, effect);
  }

  /** A call that always takes a while. */
  later<T>(name: string, effect: () => T): Observable<T> {
    return defer(() => {
      if (this.step(`before ${name}`)) return NEVER;
      return concat(
        timer(Math.max(1, this.#delay), this.scheduler).pipe(ignoreElements()),
        defer(() => {
          if (this.dead) return NEVER;
          const value = effect();
          return this.step(`after ${name}`) ? NEVER : of(value);
        }),
      );
    });
  }

  /** Lives until nothing is left to do, until the crash, or until it stalls. */
  async live(): Promise<void> {
    const { actions } = this.scheduler;
    const patience = this.now + 3000;
    const isStopped = (): boolean => this.dead || this.stalled;
    while (!this.dead && this.now < patience) {
      if (this.answers.any) await this.answers.all(isStopped);
      if (this.stalled) return;
      const action = this.dead ? undefined : actions.shift();
      if (action === undefined) break;
      this.scheduler.frame = action.delay;
      const error = action.execute(action.state, action.delay);
      if (error !== undefined) throw error;
    }
    actions.length = 0;
  }

  /** A place where the process may crash or a call fail; answers whether it is dead. */
  step(name: string): boolean {
    if (this.dead) return true;
    this.steps.push(name);
    if (this.steps.length === this.#failAt) throw new Error(`made to fail at ${name}`);
    if (this.steps.length === this.#crashAt) this.dead = true;
    return this.dead;
  }
}
