import { type SchedulerLike, Subscription } from 'rxjs';
import type { CheckpointContents, PlannedBatch } from '../checkpoint/CheckpointStore.ts';
import { type Answer, answered, isPending } from '../core/Answer.ts';
import { StreamError } from '../core/errors.ts';
import type { OperatorState, RunServices, StateClaim } from '../core/RunServices.ts';
import type { Scope } from '../core/Scope.ts';
import type { SourceReport } from '../sources/Source.ts';
import { BatchLoop } from './BatchLoop.ts';
import { Clock } from './Clock.ts';
import type { ContextParts } from './ContextParts.ts';
import { Cutter } from './Cutter.ts';
import type { ReportCode } from './progress.ts';
import type { Root } from './Root.ts';
import { States } from './States.ts';

/** Why a run ended. */
export type RunEnd = 'failed' | 'completed' | 'left' | 'stopped';

/**
 * One life of a context: from its start to its end or its first failure. It opens the sources at the positions of the
 * checkpoint, runs unsettled batches again, then cuts a batch at every tick and processes them one at a time. A run that
 * failed is dropped; its successor restores from the checkpoint.
 */
export class Run implements RunServices {
  readonly context: object;
  readonly scheduler: SchedulerLike;
  readonly parts: ContextParts;
  readonly roots: Root[] = [];
  readonly #abort = new AbortController();
  readonly #timers = new Subscription();
  readonly #cutter: Cutter;
  readonly #loop: BatchLoop;
  readonly #clock: Clock | undefined;
  readonly #onEnd: (end: RunEnd, error?: unknown) => void;
  readonly #onGone: () => void;
  #states: States | undefined;
  #alive = true;
  #begun = false;
  #inFlight = 0;
  #closing = false;
  #resumed = false;

  /** `onEnd` is told when the run is over, `onGone` when nothing of it is going on any more. */
  constructor(parts: ContextParts, onEnd: (end: RunEnd, error?: unknown) => void, onGone: () => void) {
    this.parts = parts;
    this.context = parts.context;
    this.scheduler = parts.scheduler;
    this.#onEnd = onEnd;
    this.#onGone = onGone;
    this.#loop = new BatchLoop(this, () => this.#cutter.advance());
    this.#cutter = new Cutter(this, this.#loop);
    this.#clock =
      parts.interval > 0 ? new Clock(parts.scheduler, parts.interval, (time) => this.#cutter.due(time)) : undefined;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get waitingTicks(): number {
    return this.#cutter.waitingTicks;
  }

  /** Whether a batch that nobody settles could be lost: then every batch needs an output. */
  get canLose(): boolean {
    return this.parts.checkpoint.durable || this.#loop.hasPositions;
  }

  // ---- beginning -----------------------------------------------------------------------------------------------

  begin(): void {
    if (!this.#alive || this.#begun) return;
    this.#begun = true;
    this.ask(
      () => this.parts.checkpoint.load(),
      (contents) => {
        this.#checkSources(contents);
        this.#states = new States({
          durable: this.parts.checkpoint.durable,
          freeze: this.parts.freezeState,
          defaultNames: this.parts.defaultNames,
          restored: contents.states,
          beganEmpty: (name) => this.#beganEmpty(name),
        });
        this.parts.commits.forgetReached();
        this.#openNext(contents, [...this.roots]);
      },
    );
  }

  #checkSources({ unsettled }: CheckpointContents): void {
    const names = new Set(this.roots.map((root) => root.source.name));
    for (const { time, cuts } of unsettled) {
      const missing = cuts.find(({ source }) => !names.has(source));
      if (missing === undefined) continue;
      throw new StreamError(
        'SOURCE_MISSING',
        `The checkpoint holds the unsettled batch of time ${time} with records of the source '${missing.source}', ` +
          `which this run does not have (it has ${[...names].map((name) => `'${name}'`).join(', ') || 'none'}). ` +
          `Run with that source until the batch has settled, or give a source { name: '${missing.source}' }.`,
        { details: { time, source: missing.source } },
      );
    }
  }

  #openNext(contents: CheckpointContents, roots: Root[]): void {
    const root = roots.shift();
    if (root === undefined) return this.#opened(contents);
    if (root.gone) return this.#openNext(contents, roots);
    const { source } = root;
    const position = positionOf(source.name, contents);
    // With nothing settled yet, no record is missing from a state that begins empty.
    if (contents.positions.has(source.name)) this.#resumed = true;
    root.open = true;
    this.ask(
      () =>
        source.open({
          position,
          scheduler: this.scheduler,
          signal: this.signal,
          wake: () => this.#cutter.wake(),
          report: (report) => this.#sourceReport(source.name, report),
        }),
      () => this.#openNext(contents, roots),
    );
  }

  #opened(contents: CheckpointContents): void {
    const { unsettled, lastTime } = contents;
    this.parts.progress({ type: 'run', status: 'started', unsettled: unsettled.length });
    if (this.parts.checkpoint.durable) {
      for (const { source } of this.roots) {
        if (source.replayable) continue;
        this.report(
          'NOT_REPLAYABLE',
          source.name,
          `Source '${source.name}' cannot be read again: what it delivered is lost when the process dies.`,
        );
      }
    }
    for (const batch of unsettled) this.#loop.enqueue(batch, true);
    this.#cutter.start(lastTime);
    this.#clock?.start(lastTime);
    this.#loop.advance();
    this.#cutter.advance();
  }

  #beganEmpty(name: string): void {
    if (!this.#resumed) return;
    this.report(
      'STATE_EMPTY_AT_START',
      name,
      `The state '${name}' begins empty although its source goes on in the middle: counts and windows miss what came before. ` +
        'Only a durable checkpoint keeps state across processes.',
    );
  }

  #sourceReport(name: string, report: SourceReport): void {
    if (report.code === 'RESUMED') this.#resumed = true;
    this.parts.progress({ type: 'report', subject: name, ...report });
  }

  report(
    code: ReportCode,
    subject: string,
    message: string,
    more: { cause?: unknown; details?: Record<string, unknown> } = {},
  ): void {
    this.parts.progress({ type: 'report', code, subject, message, ...more });
  }

  // ---- asking contracts ----------------------------------------------------------------------------------------

  /**
   * Asks a contract and goes on with its answer, in the same call if it answers with a value. A failure ends the run unless
   * `failed` handles it; the answer of a run that is over is dropped.
   */
  ask<T>(call: () => Answer<T>, then: (value: T) => void, failed?: (error: unknown) => void): void {
    if (!this.#alive) return;
    let answer: Answer<T>;
    try {
      answer = call();
    } catch (error) {
      return this.#guard(() => (failed ?? rethrow)(error));
    }
    if (!isPending(answer)) return this.#guard(() => then(answer as T));
    const pending = answer;
    const ended = this.track();
    let value: T | undefined;
    // Not unsubscribed when the run ends: what has begun cannot be undone by looking away, and the next run waits for it.
    answered(() => pending).subscribe({
      next: (next) => {
        value = next;
      },
      error: (error) => {
        this.#guard(() => (failed ?? rethrow)(error));
        ended();
      },
      complete: () => {
        this.#guard(() => then(value as T));
        ended();
      },
    });
  }

  /** Goes on after a while, if the run is still there. */
  wait(ms: number, then: () => void): void {
    this.#timers.add(this.scheduler.schedule(() => this.#guard(then), ms));
  }

  track(): () => void {
    this.#inFlight++;
    let going = true;
    return () => {
      if (!going) return;
      going = false;
      this.#inFlight--;
      this.#checkGone();
    };
  }

  #guard(work: () => void): void {
    if (!this.#alive) return;
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  // ---- scopes and state ----------------------------------------------------------------------------------------

  scopeReleased(scope: Scope): void {
    this.#guard(() => this.#loop.released(scope));
  }

  claimState(claim: StateClaim): OperatorState {
    if (this.#states === undefined) throw new Error('state claimed before the run has begun');
    return this.#states.claim(claim);
  }

  get states(): States | undefined {
    return this.#states;
  }

  // ---- ends ----------------------------------------------------------------------------------------------------

  /** The last root's subscriber has left, or one of several. */
  rootLeft(root: Root): void {
    if (root.gone) return;
    root.gone = true;
    if (!this.#alive) return;
    if (this.roots.every(({ gone }) => gone)) return this.end('left');
    this.#close([root]);
    this.#cutter.advance();
  }

  /** All that a root had to give has settled. */
  completeRoots(roots: readonly Root[]): void {
    for (const root of roots) {
      root.gone = true;
      if (root.end?.failed) return this.fail(root.end.error);
      root.batches.complete();
    }
    if (!this.#alive) return;
    if (this.roots.every(({ gone }) => gone)) this.end('completed');
    else this.#close(roots);
  }

  fail(error: unknown): void {
    this.end('failed', error);
  }

  /** Cuts what has come until the next tick, settles everything, then ends. */
  stopGracefully(): void {
    if (!this.#begun || this.roots.every((root) => !root.open)) return this.end('stopped');
    this.#cutter.finish(this.#clock?.next);
  }

  /** Ends the run: nothing more is cut or settled, what is open runs again next time. The first call counts. */
  end(end: RunEnd, error?: unknown): void {
    if (!this.#alive) return;
    if (end !== 'failed') this.#loop.settleWhatNobodyLooksAt();
    this.#alive = false;
    this.#clock?.stop();
    this.#timers.unsubscribe();
    this.#loop.end();
    this.#abort.abort(error ?? new StreamError('CONTEXT_STOPPED', `The run has ended: ${end}.`));
    this.#onEnd(end, error);
    for (const root of this.roots) {
      if (end === 'failed') root.batches.error(error);
      else root.batches.complete();
      root.gone = true;
    }
    this.#closing = true;
    this.#close(this.roots);
    this.#checkGone();
  }

  #close(roots: readonly Root[]): void {
    for (const root of roots) {
      if (!root.open) continue;
      root.open = false;
      const ended = this.track();
      answered(() => root.source.close()).subscribe({
        error: (cause) => {
          this.report('SOURCE_FAILED', root.source.name, `Source '${root.source.name}' could not be closed.`, {
            cause,
          });
          ended();
        },
        complete: ended,
      });
    }
  }

  #checkGone(): void {
    if (!this.#closing || this.#inFlight > 0) return;
    this.#closing = false;
    this.#onGone();
  }
}

function rethrow(error: unknown): never {
  throw error;
}

/** The position after the last planned cut of the source, else after its last settled one. */
function positionOf(source: string, { unsettled, positions }: CheckpointContents): unknown {
  for (const batch of [...unsettled].reverse()) {
    const planned = (batch satisfies PlannedBatch).cuts.find((cut) => cut.source === source);
    if (planned?.cut.position !== undefined) return planned.cut.position;
  }
  return positions.get(source);
}
