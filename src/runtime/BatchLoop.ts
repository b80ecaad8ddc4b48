import type { PlannedBatch, Settlement } from '../checkpoint/CheckpointStore.ts';
import { Batch } from '../core/batch/Batch.ts';
import { passOn, Scope } from '../core/batch/Scope.ts';
import { BatchReader, type Input, type ReadInput } from './BatchReader.ts';
import { checkpointFailed, noOutput, sourceFailed } from './failures.ts';
import type { BatchProgress } from './progress.ts';
import type { Run } from './Run.ts';
import { afterTurn } from './turn.ts';

/** So many batches may pass without any output seeing one. */
const MAX_UNSEEN = 10;

interface Queued {
  readonly batch: PlannedBatch;
  readonly repeated: boolean;
  /** When it was due: its tick; for a repeated batch, the beginning of the run. */
  readonly dueAt: number;
}

/** The batch being processed, with what is needed to settle it. */
interface Current extends Queued {
  readonly scope: Scope;
  /** What was passed on. A source whose subscriber left before that is not among them, and does not settle. */
  readonly inputs: Input[];
  readonly startedAt: number;
}

/**
 * Processes planned batches one at a time: read, pass on, wait for all holds, commit, settle, tell the sources. A loop, not a
 * recursion: between two batches the event loop gets a turn.
 */
export class BatchLoop {
  readonly #run: Run;
  readonly #turnOver: () => void;
  readonly #reader: BatchReader;
  readonly #queue: Queued[] = [];
  #current: Current | undefined;
  #resting = false;
  /** Processed, not seen by an output: they settle with the next batch that is. */
  readonly #unseen: Current[] = [];
  #unseenInARow = 0;
  /** Nothing can be lost and nobody looks: batches settle by themselves. */
  #settlesUnseen = false;
  #hasPositions = false;

  /** `turnOver` is told after the turn that follows each batch. */
  constructor(run: Run, turnOver: () => void) {
    this.#run = run;
    this.#turnOver = turnOver;
    this.#reader = new BatchReader(run);
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Planned and not settled, unseen ones included. */
  get unsettled(): number {
    return this.#queue.length + this.#unseen.length + (this.#current !== undefined || this.#reader.busy ? 1 : 0);
  }

  /** Whether a batch is queued, being processed, or has only just settled. */
  get busy(): boolean {
    return this.#queue.length > 0 || this.#current !== undefined || this.#reader.busy || this.#resting;
  }

  /** Whether any source of this run has positions. */
  get hasPositions(): boolean {
    return this.#hasPositions;
  }

  /** Whether an output has seen any batch. */
  get anySeen(): boolean {
    return this.#run.parts.anySeen || this.#current?.scope.seen === true;
  }

  enqueue(batch: PlannedBatch, repeated: boolean): void {
    if (batch.cuts.some(({ cut }) => cut.offsets !== undefined)) this.#hasPositions = true;
    const now = this.#run.scheduler.now();
    const isTick = !repeated && this.#run.parts.interval > 0;
    this.#queue.push({ batch, repeated, dueAt: isTick ? Math.min(batch.time, now) : now });
  }

  /** Begins the next batch if none is being processed. */
  advance(): void {
    if (!this.#run.alive || this.#current !== undefined || this.#reader.busy || this.#resting) return;
    const queued = this.#queue.shift();
    if (queued === undefined) return;
    const startedAt = this.#run.scheduler.now();
    this.#reader.read(queued.batch, (inputs) => this.#passOn(queued, inputs, startedAt));
  }

  /** A subscriber has left: nobody waits for what only it wanted. */
  rootLeft(): void {
    this.#reader.advance();
  }

  /** The run is over; `inPeace` unless it has failed. */
  end(inPeace: boolean): void {
    if (inPeace) this.#run.warnings.sayMissing();
    this.#queue.length = 0;
    for (const { scope } of this.#unseen.splice(0)) scope.end('failed');
    this.#run.parts.anySeen = this.anySeen;
    this.#current?.scope.end('failed');
  }

  // ---- pass on -------------------------------------------------------------------------------------------------

  #passOn(queued: Queued, inputs: readonly ReadInput[], startedAt: number): void {
    const { batch } = queued;
    const scope = new Scope(
      this.#run,
      batch.time,
      this.#run.parts.interval,
      inputs.map(({ root, cut }) => ({ source: root.source.name, offsets: cut.offsets })),
      queued.repeated,
    );
    const current: Current = { ...queued, scope, startedAt, inputs: [] };
    this.#current = current;
    for (const { root, cut, body } of inputs) {
      if (!this.#run.alive) return;
      if (root.gone) continue;
      current.inputs.push({ root, cut });
      passOn(scope, () => root.batches.next(new Batch(scope, body, { origins: [root.source.name] })));
    }
    if (this.#run.alive) scope.rootsEmitted();
  }

  // ---- settle --------------------------------------------------------------------------------------------------

  /** All holds of the scope are back. */
  released(scope: Scope): void {
    const current = this.#current;
    if (current?.scope !== scope) return;
    if (scope.seen) this.#run.parts.anySeen = true;
    for (const { root, cut } of current.inputs) this.#run.parts.commits.reached(root.source.name, cut.offsets ?? []);
    if (!scope.seen && !this.#settlesUnseen && !this.#countUnseen(current)) return this.#processed(current, 'unseen');
    this.#unseenInARow = 0;
    const startedFrom = new Set(this.#run.roots.flatMap(({ source }) => source.startsFrom ?? []));
    this.#run.parts.commits.commit(scope, startedFrom, this.#run, () => this.#settle(current));
  }

  /** Answers whether the batch is to settle although nobody saw it. */
  #countUnseen(current: Current): boolean {
    if (!current.scope.takenIn) this.#unseenInARow++;
    if (this.#unseenInARow >= MAX_UNSEEN) {
      if (this.#run.canLose) throw noOutput(MAX_UNSEEN);
      this.#settlesUnseen = true;
      return true;
    }
    this.#unseen.push(current);
    current.scope.end('unseen');
    return false;
  }

  #settle(current: Current): void {
    const { checkpoint, left: leaving } = this.#run.parts;
    const done = [...this.#unseen.splice(0), current];
    const left = [...leaving];
    const dropped = this.#run.states?.takeDropped() ?? [];
    const settlement: Settlement = {
      time: current.batch.time,
      positions: done.flatMap(({ inputs }) =>
        inputs
          .filter(({ cut }) => cut.position !== undefined)
          .map(({ root, cut }) => [root.source.name, cut.position] as const),
      ),
      states: this.#run.states?.takeChanges() ?? [],
      ...(left.length > 0 ? { left } : {}),
      ...(dropped.length > 0 ? { dropped } : {}),
    };
    this.#run.ask(
      () => checkpoint.settle(settlement),
      () => {
        for (const source of left) leaving.delete(source);
        for (const { scope } of done) scope.end('settled');
        this.#tellSources(current, () => this.#processed(current, 'settled'));
      },
      checkpointFailed(checkpoint.name, 'settle'),
    );
  }

  #tellSources(current: Current, then: () => void): void {
    const inputs = current.inputs.filter(({ root }) => root.open);
    const next = (): void => {
      const input = inputs.shift();
      if (input === undefined) return then();
      const { source } = input.root;
      this.#run.ask(() => source.settled(input.cut), next, sourceFailed(source.name, 'settled'));
    };
    next();
  }

  #processed(current: Current, status: BatchProgress['status']): void {
    this.#current = undefined;
    this.#report(current, status);
    if (status === 'settled') this.#run.warnings.settled(current.scope);
    if (!this.#run.parts.batchDone()) return this.#run.stop();
    const ended = current.inputs
      .map(({ root }) => root)
      .filter((root) => !root.gone && root.end !== undefined && root.end.time <= current.batch.time);
    if (ended.length > 0) this.#run.completeRoots(ended);
    if (!this.#run.alive) return;
    this.#resting = true;
    afterTurn(this.#run.scheduler, () => {
      this.#resting = false;
      this.advance();
      this.#turnOver();
    });
  }

  #report(current: Current, status: BatchProgress['status']): void {
    const { rates, progress } = this.#run.parts;
    const time = this.#run.scheduler.now();
    // A clock that is set back in between has measured nothing.
    const schedulingDelay = Math.max(0, current.startedAt - current.dueAt);
    const processingTime = Math.max(0, time - current.startedAt);
    const sources = current.inputs.map(({ root, cut: { records, offsets } }) => {
      const { name } = root.source;
      rates.processed(name, { time, records: records ?? 0, processingTime, schedulingDelay });
      return { name, records, offsets, ratePerSecond: rates.perSecond(name) };
    });
    progress({
      type: 'batch',
      time: current.batch.time,
      status,
      repeated: current.repeated,
      sources,
      schedulingDelay,
      processingTime,
      queued: this.#queue.length,
      waitingTicks: this.#run.waitingTicks,
      longestStretch: current.scope.longestStretch,
    });
  }
}
