import type { PlannedBatch } from '../checkpoint/CheckpointStore.ts';
import type { CutAnswer, CutLimit } from '../sources/Source.ts';
import type { BatchLoop } from './BatchLoop.ts';
import type { Root } from './Root.ts';
import type { Run } from './Run.ts';

/** Milliseconds between two looks at sources that cannot tell a drain trigger when something arrives. */
const POLL_INTERVAL = 10;

/**
 * Decides what batches contain: at each tick asks every source for its cut, writes the plan down, and puts it into the
 * queue. Cuts are strictly sequential. Ticks that come while a cut is under way or the queue is full wait as a count; each
 * of them is cut later, none is skipped or merged.
 */
export class Cutter {
  readonly #run: Run;
  readonly #loop: BatchLoop;
  readonly #interval: number;
  /** The oldest waiting tick, and how many follow it on the grid. */
  #firstWaiting = 0;
  #waiting = 0;
  #started = false;
  #cutting = false;
  /** The last time that was planned. */
  #last = Number.NEGATIVE_INFINITY;
  /** The tick after which nothing is cut any more: the run is stopping. */
  #finalTick: number | undefined;
  /** Something has arrived since the last cut of a drain trigger. */
  #woken = true;
  #polling = false;

  constructor(run: Run, loop: BatchLoop) {
    this.#run = run;
    this.#loop = loop;
    this.#interval = run.parts.interval;
  }

  get waitingTicks(): number {
    return this.#waiting;
  }

  start(lastTime: number | undefined): void {
    this.#last = lastTime ?? Number.NEGATIVE_INFINITY;
    this.#started = true;
  }

  /** The clock has reached `time`. */
  due(time: number): void {
    if (this.#waiting === 0) this.#firstWaiting = time;
    this.#waiting++;
    this.advance();
  }

  /** A source says that something has arrived. */
  wake(): void {
    this.#woken = true;
    if (this.#interval === 0) this.advance();
  }

  /** Cuts once more, at `tick`, or at once under a drain trigger; then the run ends when all has settled. */
  finish(tick: number | undefined): void {
    if (this.#finalTick !== undefined) return;
    this.#finalTick = tick ?? this.#run.scheduler.now();
    this.#woken = true;
    this.advance();
  }

  /** Cuts while there is something to cut and room for it. */
  advance(): void {
    if (!this.#started) return;
    while (this.#run.alive && !this.#cutting) {
      const time = this.#interval > 0 ? this.#nextTick() : this.#nextDrain();
      if (time === undefined) break;
      this.#cut(time);
    }
    this.#endIfFinished();
  }

  #nextTick(): number | undefined {
    const isRoom = this.#loop.queued < this.#run.parts.maxQueuedBatches;
    if (this.#waiting === 0 || !isRoom || !this.#anyCutting() || this.#finished()) return undefined;
    const time = this.#firstWaiting;
    this.#firstWaiting += this.#interval;
    this.#waiting--;
    return time;
  }

  /** A drain trigger cuts when the batch before has settled and something has arrived. */
  #nextDrain(): number | undefined {
    if (this.#loop.busy || !this.#woken || !this.#anyCutting()) return undefined;
    this.#woken = false;
    return Math.max(this.#run.scheduler.now(), this.#last + 1);
  }

  #anyCutting(): boolean {
    return this.#run.roots.some((root) => root.cutting);
  }

  #cut(time: number): void {
    const roots = this.#run.roots.filter((root) => root.cutting);
    const answers = new Map<Root, CutAnswer>();
    const limit: CutLimit = { maxRecords: this.#run.parts.maxRecords, intervalMs: this.#interval };
    this.#cutting = true;
    for (const root of roots) {
      this.#run.ask(
        () => root.source.cut(time, limit),
        (answer) => {
          answers.set(root, answer);
          if (answers.size === roots.length) this.#plan(time, roots, answers);
        },
      );
    }
  }

  #plan(time: number, all: readonly Root[], answers: ReadonlyMap<Root, CutAnswer>): void {
    const roots = all.filter((root) => !root.gone);
    const answerOf = (root: Root): CutAnswer => answers.get(root) as CutAnswer;
    for (const root of roots) {
      const answer = answerOf(root);
      if (answer.more === true) this.#woken = true;
      if (answer.last === true)
        root.end = { time, failed: 'error' in answer && answer.error !== undefined, error: answer.error };
    }
    const isDrain = this.#interval === 0;
    if (roots.length === 0 || (isDrain && roots.every((root) => answerOf(root).empty && root.end === undefined))) {
      this.#cutting = false;
      this.#pollLater();
      return this.advance();
    }
    const batch: PlannedBatch = {
      time,
      cuts: roots.map((root) => ({ source: root.source.name, cut: answerOf(root).cut })),
    };
    this.#run.ask(
      () => this.#run.parts.checkpoint.plan(batch),
      () => {
        this.#last = time;
        this.#cutting = false;
        this.#loop.enqueue(batch, false);
        this.#pollLater();
        this.#loop.advance();
        this.advance();
      },
    );
  }

  /** Sources that cannot wake are asked every few milliseconds. */
  #pollLater(): void {
    const mustPoll = this.#interval === 0 && this.#run.roots.some((root) => root.cutting && !root.source.wakes);
    if (!mustPoll || this.#polling) return;
    this.#polling = true;
    this.#run.wait(POLL_INTERVAL, () => {
      this.#polling = false;
      this.wake();
    });
  }

  /** The final tick has been cut, or under a drain trigger everything that had arrived. */
  #finished(): boolean {
    if (this.#finalTick === undefined || this.#cutting) return false;
    return this.#interval > 0 ? this.#last >= this.#finalTick : !this.#woken;
  }

  #endIfFinished(): void {
    if (this.#run.alive && this.#finished() && !this.#loop.busy) this.#run.end('stopped');
  }
}
