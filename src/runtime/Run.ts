import type { Observable, SchedulerLike } from 'rxjs';
import type { CheckpointContents } from '../checkpoint/CheckpointStore.ts';
import type { Answer } from '../core/Answer.ts';
import { committedStores } from '../core/batch/committing.ts';
import type { Scope } from '../core/batch/Scope.ts';
import { StreamError } from '../core/errors.ts';
import type {
  BatchTransaction,
  OperatorReportDetails,
  OperatorState,
  RunServices,
  StateClaim,
} from '../core/RunServices.ts';
import { reasonOf } from '../core/reasonOf.ts';
import type { OffsetStore, TransactionalOffsetStore } from '../offsets/OffsetStore.ts';
import { BatchLoop } from './BatchLoop.ts';
import { Calls } from './Calls.ts';
import { Clock } from './Clock.ts';
import type { ContextParts } from './ContextParts.ts';
import { Cutter } from './Cutter.ts';
import { closed } from './closed.ts';
import { closeSources } from './closeSources.ts';
import { drained } from './drained.ts';
import { checkpointFailed, sourceMissing } from './failures.ts';
import { openSources } from './openSources.ts';
import type { ReportCode } from './progress.ts';
import type { Root } from './Root.ts';
import { RunWarnings } from './RunWarnings.ts';
import { States } from './States.ts';

/** How a run ended. */
export interface RunEnd {
  /** `left`: its last subscriber went. `stopped`: for good. */
  readonly how: 'failed' | 'completed' | 'left' | 'stopped';
  readonly error?: unknown;
  /** Nothing of it is left to do or to lose: what is subscribed next begins afresh. */
  readonly afresh: boolean;
}

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
  readonly warnings: RunWarnings = new RunWarnings(this);
  readonly #abort = new AbortController();
  readonly #calls: Calls;
  readonly #cutter: Cutter;
  readonly #loop: BatchLoop;
  readonly #clock: Clock | undefined;
  readonly #onEnd: (end: RunEnd) => void;
  readonly #onGone: () => void;
  #states: States | undefined;
  #begun = false;
  #opened = false;
  #stopping = false;

  /** `onEnd` is told when the run is over, `onGone` when nothing of it is going on any more. */
  constructor(parts: ContextParts, onEnd: (end: RunEnd) => void, onGone: () => void) {
    this.parts = parts;
    this.context = parts.context;
    this.scheduler = parts.scheduler;
    this.#onEnd = onEnd;
    this.#onGone = onGone;
    this.#calls = new Calls(parts.scheduler, (error) => this.fail(error));
    this.#loop = new BatchLoop(this, () => this.#cutter.advance());
    this.#cutter = new Cutter(this, this.#loop);
    this.#clock =
      parts.interval > 0
        ? new Clock(parts.scheduler, parts.interval, this.#cutter.due.bind(this.#cutter), this.warnings.setBack)
        : undefined;
  }

  get alive(): boolean {
    return this.#calls.going;
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

  get states(): States | undefined {
    return this.#states;
  }

  /** Whether a batch that nobody settles could be lost: then every batch needs an output. */
  get canLose(): boolean {
    return this.parts.checkpoint.durable || this.#loop.hasPositions;
  }

  // ---- beginning -----------------------------------------------------------------------------------------------

  begin(): void {
    if (!this.alive || this.#begun) return;
    this.#begun = true;
    const { checkpoint } = this.parts;
    this.ask(
      () => checkpoint.load((told) => this.parts.progress({ type: 'report', subject: checkpoint.name, ...told })),
      (contents) => this.#restore(contents),
      checkpointFailed(checkpoint.name, 'load'),
    );
  }

  #restore(contents: CheckpointContents): void {
    this.#checkSources(contents);
    this.#states = new States({
      durable: this.parts.checkpoint.durable,
      freeze: this.parts.freezeState,
      defaultNames: this.parts.defaultNames,
      restored: contents.states,
      drop: this.parts.dropStates,
      beganEmpty: (name) => this.warnings.beganEmpty(name),
      migrated: (name, count, from, to) => this.warnings.migrated(name, count, from, to),
    });
    const stores = committedStores(this.context) as readonly OffsetStore[];
    this.parts.commits.runBegins(stores, this, () => this.#open(contents));
  }

  #open(contents: CheckpointContents): void {
    openSources(
      this,
      contents,
      () => this.#cutter.wake(),
      () => this.#allOpened(contents),
    );
  }

  /** A source that was left in this process is not missing from what runs again: somebody wanted no more of it. */
  #checkSources({ unsettled }: CheckpointContents): void {
    const { left } = this.parts;
    const present = new Set(this.roots.filter(({ gone }) => !gone).map(({ source }) => source.name));
    for (const source of present) left.delete(source);
    for (const { time, cuts } of unsettled) {
      const missing = cuts.find(({ source }) => !present.has(source) && !left.has(source));
      if (missing !== undefined) throw sourceMissing(time, missing.source, present);
    }
  }

  #allOpened(contents: CheckpointContents): void {
    this.parts.progress({ type: 'run', status: 'started', unsettled: contents.unsettled.length });
    this.warnings.opened(contents);
    for (const batch of contents.unsettled) this.#loop.enqueue(batch, true);
    this.#opened = true;
    this.#cutter.start(contents.lastTime);
    this.#clock?.start(contents.lastTime);
    if (this.#stopping) this.#drain();
    this.#loop.advance();
    this.#cutter.advance();
  }

  // ---- telling -------------------------------------------------------------------------------------------------

  report(code: ReportCode, subject: string, message: string, more: OperatorReportDetails = {}): void {
    this.parts.progress({ type: 'report', code, subject, message, ...more });
  }

  // ---- what scopes, operators and the parts of the run ask for ----------------------------------------------------

  ask<T>(call: () => Answer<T>, then: (value: T) => void, failed?: (error: unknown) => void): void {
    this.#calls.ask(call, then, failed);
  }

  wait(ms: number, then: () => void): void {
    this.#calls.wait(ms, then);
  }

  track(): () => void {
    return this.#calls.track();
  }

  transaction(scope: Scope, store: object): Observable<BatchTransaction> {
    return this.parts.commits.transaction(store as TransactionalOffsetStore<unknown>, scope, this);
  }

  scopeReleased(scope: Scope): void {
    this.#calls.guard(() => this.#loop.released(scope));
  }

  claimState(claim: StateClaim): OperatorState {
    if (this.#states === undefined) throw new Error('state claimed before the run has begun');
    return this.#states.claim(claim);
  }

  // ---- ends ----------------------------------------------------------------------------------------------------

  /** The last root's subscriber has left, or one of several. */
  rootLeft(root: Root): void {
    if (root.gone) return;
    root.gone = true;
    if (!this.alive) return;
    if (this.roots.every(({ gone }) => gone)) return this.#end('left');
    this.parts.left.add(root.source.name);
    closeSources(this, [root]);
    // A turn later, as all leaving is decided: whoever leaves the others in the same call leaves the whole context.
    this.wait(0, () => {
      this.#loop.rootLeft();
      this.#cutter.rootLeft();
    });
  }

  /** All that these roots had to give has been processed. */
  completeRoots(roots: readonly Root[]): void {
    for (const root of roots) root.gone = true;
    const failed = roots.find(({ end }) => end?.failed === true);
    if (failed !== undefined) return this.fail(failed.end?.error);
    // Ended before the streams complete: what completion leads to (`repeat`, `concat`) belongs to the next run.
    if (this.roots.every(({ gone }) => gone)) return this.#end('completed');
    for (const root of roots) root.batches.complete();
    closeSources(this, roots);
  }

  fail(error: unknown): void {
    this.#end('failed', error);
  }

  /** Ends the run for good: what is open is abandoned. */
  stop(): void {
    this.#end('stopped');
  }

  /** Cuts what has come until the next tick, settles everything, then ends. */
  stopGracefully(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    if (this.#opened) this.#drain();
  }

  /** Receivers take no more in; what they have is cut from the next tick on. */
  #drain(): void {
    drained(this, this.roots, () => this.#cutter.finish(this.#clock?.next));
  }

  /** Ends the run for good although its batches have not settled; says what is lost. */
  giveUp(): void {
    this.warnings.left(this.#loop.unsettled);
    this.stop();
  }

  /** Nothing more is cut or settled, what is open runs again next time. The first call counts. */
  #end(how: RunEnd['how'], error?: unknown): void {
    if (!this.alive) return;
    const isOver = how === 'completed' || (how === 'left' && !this.#loop.anySeen);
    this.#calls.end();
    this.#clock?.stop();
    this.#loop.end(how !== 'failed');
    this.#abort.abort(error ?? new StreamError('CONTEXT_STOPPED', `The run has ended: ${how}.`));
    this.#onEnd({ how, error, afresh: isOver && !this.canLose });
    for (const root of this.roots) {
      if (how === 'failed') root.batches.error(error);
      else root.batches.complete();
      root.gone = true;
    }
    closeSources(this, this.roots);
    this.#calls.whenGone(() => this.#giveCheckpointBack());
  }

  /** Nothing of this run writes any more: the checkpoint may be another's, the next run's for one. */
  #giveCheckpointBack(): void {
    this.#states?.close();
    const { checkpoint } = this.parts;
    if (!this.#begun) return this.#onGone();
    closed(
      () => checkpoint.close(),
      (cause) => {
        const message = `Checkpoint ${checkpoint.name} could not be closed: ${reasonOf(cause)}`;
        this.report('CHECKPOINT_FAILED', checkpoint.name, message, { cause });
      },
      this.#onGone,
    );
  }
}
