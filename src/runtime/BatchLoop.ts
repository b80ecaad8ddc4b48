import type { PlannedBatch } from '../checkpoint/CheckpointStore.ts';
import { Batch, iterableBody } from '../core/Batch.ts';
import { isStreamError, StreamError } from '../core/errors.ts';
import { passOn, Scope } from '../core/Scope.ts';
import type { Cut, RecordRun } from '../sources/Source.ts';
import type { BatchProgress } from './progress.ts';
import type { Root } from './Root.ts';
import type { Run } from './Run.ts';
import { afterTurn } from './turn.ts';

/** So many batches may pass without any output seeing one. */
const MAX_UNSEEN = 10;
/** A read that failed and may pass is repeated after this many milliseconds, doubling up to the second figure. */
const READ_RETRY_FIRST = 100;
const READ_RETRY_LONGEST = 10_000;

interface Queued {
  readonly batch: PlannedBatch;
  readonly repeated: boolean;
  readonly plannedAt: number;
}

/** The batch being processed, with what is needed to settle it. */
interface Current extends Queued {
  readonly scope: Scope;
  readonly inputs: readonly Input[];
  readonly startedAt: number;
}

interface Input {
  readonly root: Root;
  readonly cut: Cut;
}

/**
 * Processes planned batches one at a time: read, pass on, wait for all holds, commit, settle, tell the sources. A loop, not a
 * recursion: between two batches the event loop gets a turn.
 */
export class BatchLoop {
  readonly #run: Run;
  readonly #settled: () => void;
  readonly #queue: Queued[] = [];
  #current: Current | undefined;
  #reading = false;
  #resting = false;
  #cancelRest: (() => void) | undefined;
  /** Processed, not seen by an output: they settle with the next batch that is. */
  readonly #unseen: Current[] = [];
  #unseenInARow = 0;
  /** Nothing can be lost and nobody looks: batches settle by themselves. */
  #settlesUnseen = false;
  #anySeen = false;
  #warnedUncommitted = false;
  #warnedUnclaimed = false;
  #hasPositions = false;

  constructor(run: Run, settled: () => void) {
    this.#run = run;
    this.#settled = settled;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Whether a batch is queued, being processed, or has only just settled. */
  get busy(): boolean {
    return this.#queue.length > 0 || this.#current !== undefined || this.#reading || this.#resting;
  }

  /** Whether any source of this run has positions. */
  get hasPositions(): boolean {
    return this.#hasPositions;
  }

  enqueue(batch: PlannedBatch, repeated: boolean): void {
    if (batch.cuts.some(({ cut }) => cut.offsets !== undefined)) this.#hasPositions = true;
    this.#queue.push({ batch, repeated, plannedAt: this.#run.scheduler.now() });
  }

  advance(): void {
    if (!this.#run.alive || this.#current !== undefined || this.#reading || this.#resting) return;
    const queued = this.#queue.shift();
    if (queued !== undefined) this.#read(queued);
  }

  end(): void {
    this.#cancelRest?.();
    this.#queue.length = 0;
    for (const { scope } of this.#unseen.splice(0)) scope.end('failed');
    this.#current?.scope.end('failed');
  }

  // ---- read and pass on ----------------------------------------------------------------------------------------

  #read(queued: Queued): void {
    const inputs = queued.batch.cuts.flatMap(({ source, cut }): readonly Input[] => {
      const root = this.#run.roots.find((candidate) => candidate.source.name === source);
      return root === undefined || root.gone ? [] : [{ root, cut }];
    });
    const startedAt = this.#run.scheduler.now();
    const records = new Map<Root, Iterable<unknown> | RecordRun<unknown>>();
    this.#reading = true;
    const loaded = (): void => {
      if (records.size < inputs.length) return;
      this.#reading = false;
      this.#emit({ ...queued, inputs, startedAt, scope: this.#scopeOf(queued.batch, inputs) }, records);
    };
    if (inputs.length === 0) loaded();
    for (const { root, cut } of inputs) {
      this.#readOne(root, cut, (read) => {
        records.set(root, read);
        loaded();
      });
    }
  }

  #readOne(root: Root, cut: Cut, then: (records: Iterable<unknown> | RecordRun<unknown>) => void, attempt = 1): void {
    this.#run.ask(
      () => root.source.read(cut),
      then,
      (error) => {
        if (!isStreamError(error) || !error.retriable) throw error;
        const { name } = root.source;
        this.#run.report(
          'READ_RETRIED',
          name,
          `Source '${name}': read ${attempt} failed, tried again: ${error.message}`,
          { cause: error },
        );
        const delay = Math.min(READ_RETRY_FIRST * 2 ** (attempt - 1), READ_RETRY_LONGEST);
        this.#run.wait(delay, () => this.#readOne(root, cut, then, attempt + 1));
      },
    );
  }

  #scopeOf(batch: PlannedBatch, inputs: readonly Input[]): Scope {
    const { interval } = this.#run.parts;
    return new Scope(
      this.#run,
      batch.time,
      interval,
      inputs.map(({ root, cut }) => ({ source: root.source.name, offsets: cut.offsets })),
    );
  }

  #emit(current: Current, records: ReadonlyMap<Root, Iterable<unknown> | RecordRun<unknown>>): void {
    const { scope, inputs } = current;
    this.#current = current;
    for (const { root } of inputs) {
      if (root.gone || !this.#run.alive) continue;
      const body = iterableBody(records.get(root) as Iterable<unknown> | RecordRun<unknown>);
      passOn(scope, () => root.batches.next(new Batch(scope, body, { origins: [root.source.name] })));
    }
    if (this.#run.alive) scope.rootsEmitted();
  }

  // ---- settle --------------------------------------------------------------------------------------------------

  /** All holds of the scope are back. */
  released(scope: Scope): void {
    const current = this.#current;
    if (current?.scope !== scope) return;
    if (scope.seen) this.#anySeen = true;
    for (const { root, cut } of current.inputs) this.#run.parts.commits.reached(root.source.name, cut.offsets ?? []);
    if (!scope.seen && !this.#settlesUnseen && !this.#countUnseen(current)) return this.#processed(current, 'unseen');
    this.#unseenInARow = 0;
    this.#run.parts.commits.commit(scope, this.#run, () => this.#settle(current));
  }

  /** Answers whether the batch is to settle although nobody saw it. */
  #countUnseen(current: Current): boolean {
    if (!current.scope.takenIn) this.#unseenInARow++;
    if (this.#unseenInARow >= MAX_UNSEEN) {
      if (this.#run.canLose) throw noOutput();
      this.#settlesUnseen = true;
      return true;
    }
    this.#unseen.push(current);
    current.scope.end('unseen');
    return false;
  }

  #settle(current: Current): void {
    const done = [...this.#unseen.splice(0), current];
    this.#run.ask(
      () =>
        this.#run.parts.checkpoint.settle({
          time: current.batch.time,
          positions: done.flatMap(({ inputs }) =>
            inputs
              .filter(({ cut }) => cut.position !== undefined)
              .map(({ root, cut }) => [root.source.name, cut.position] as const),
          ),
          states: this.#run.states?.takeChanges() ?? [],
        }),
      () => {
        for (const { scope } of done) scope.end('settled');
        this.#tellSources(current, () => this.#processed(current, 'settled'));
      },
    );
  }

  #tellSources(current: Current, then: () => void): void {
    const inputs = current.inputs.filter(({ root }) => root.open);
    const next = (): void => {
      const input = inputs.shift();
      if (input === undefined) return then();
      this.#run.ask(() => input.root.source.settled(input.cut), next);
    };
    next();
  }

  #processed(current: Current, status: BatchProgress['status']): void {
    this.#current = undefined;
    this.#report(current, status);
    const goesOn = this.#run.parts.batchDone();
    const ended = current.inputs
      .map(({ root }) => root)
      .filter((root) => !root.gone && root.end !== undefined && root.end.time <= current.batch.time);
    if (!goesOn) return this.#run.end('stopped');
    if (ended.length > 0) this.#run.completeRoots(ended);
    if (!this.#run.alive) return;
    this.#resting = true;
    this.#cancelRest = afterTurn(this.#run.scheduler, () => {
      this.#resting = false;
      this.advance();
      this.#settled();
    });
  }

  /**
   * A plain subscription in an Rx app, with no output and nothing to lose: what it has looked at is over when it ends, so that
   * subscribing again starts afresh.
   */
  settleWhatNobodyLooksAt(): void {
    if (this.#anySeen || this.#run.canLose) return;
    const last = this.#current ?? this.#unseen.at(-1);
    if (last === undefined || last.scope.seen) return;
    this.#run.parts.checkpoint.settle({ time: last.batch.time, positions: [], states: [] });
  }

  // ---- telling -------------------------------------------------------------------------------------------------

  #report(current: Current, status: BatchProgress['status']): void {
    const now = this.#run.scheduler.now();
    this.#run.parts.progress({
      type: 'batch',
      time: current.batch.time,
      status,
      repeated: current.repeated,
      sources: current.inputs.map(({ root, cut }) => ({
        name: root.source.name,
        records: cut.records,
        offsets: cut.offsets,
      })),
      schedulingDelay: current.startedAt - current.plannedAt,
      processingTime: now - current.startedAt,
      queued: this.#queue.length,
      waitingTicks: this.#run.waitingTicks,
      longestStretch: current.scope.longestStretch,
    });
    if (status === 'settled') this.#warn(current);
  }

  #warn(current: Current): void {
    if (!this.#warnedUncommitted) this.#warnUncommitted(current);
    if (this.#warnedUnclaimed) return;
    this.#warnedUnclaimed = true;
    for (const name of this.#run.states?.unclaimed() ?? []) {
      this.#run.report(
        'STATE_UNCLAIMED',
        name,
        `The checkpoint has a state '${name}' that no operator of this run has claimed; it is kept.`,
      );
    }
  }

  #warnUncommitted(current: Current): void {
    const committed = new Set([...current.scope.commits.keys()]);
    for (const { root } of current.inputs) {
      const { startsFrom, name } = root.source;
      if (startsFrom === undefined || committed.has(startsFrom)) continue;
      this.#warnedUncommitted = true;
      this.#run.report(
        'OFFSETS_NOT_COMMITTED',
        name,
        `Source '${name}' starts from the offset store '${startsFrom.name}', but nobody commits to it: the next start begins at the same place. ` +
          'End the chain with commitOffsets(store).',
      );
    }
  }
}

function noOutput(): StreamError {
  return new StreamError(
    'NO_OUTPUT',
    `No output has seen any of ${MAX_UNSEEN} batches, so nothing would ever be committed. ` +
      'End the chain with an output: foreachBatch(...), print(), saveAsTextFiles(...), or at least commitOffsets(store).',
  );
}
