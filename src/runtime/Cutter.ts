import type { PlannedBatch } from '../checkpoint/CheckpointStore.ts';
import type { CutAnswer, CutLimit, Source } from '../sources/Source.ts';
import type { BatchLoop } from './BatchLoop.ts';
import { checkpointFailed, sourceFailed } from './failures.ts';
import type { Root } from './Root.ts';
import type { Run } from './Run.ts';

/** Milliseconds between two looks at sources that cannot tell a drain trigger when something arrives, or when they may give more. */
const POLL_INTERVAL = 10;

/** A cut under way: who was asked, and who has answered. */
interface Cutting {
  readonly time: number;
  readonly roots: readonly Root[];
  readonly answers: Map<Root, CutAnswer>;
}

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
  #cutting: Cutting | undefined;
  #planning = false;
  #advancing = false;
  /** The last time that was planned. */
  #last = Number.NEGATIVE_INFINITY;
  /** The tick after which nothing is cut any more: the run is stopping. */
  #finalTick: number | undefined;
  /** Something has arrived since the last cut of a drain trigger. */
  #woken = true;
  #polling = false;
  /** A source has more under a drain trigger, and may not give it yet. */
  #heldBack = false;

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
    if (this.#interval > 0 || this.#finalTick !== undefined) return;
    this.#woken = true;
    this.advance();
  }

  /** Cuts once more, at `tick`, or at once under a drain trigger; then the run ends when all has settled. */
  finish(tick: number | undefined): void {
    if (this.#finalTick !== undefined) return;
    this.#finalTick = tick ?? this.#run.scheduler.now();
    this.#woken = true;
    this.advance();
  }

  /** A subscriber has left: a cut does not wait for its source. */
  rootLeft(): void {
    this.#planIfAnswered();
    this.advance();
  }

  /** Cuts while there is something to cut and room for it. A loop: what calls it from within a cut finds it going round. */
  advance(): void {
    if (!this.#started || this.#advancing) return;
    this.#advancing = true;
    try {
      while (this.#run.alive && this.#cutting === undefined && !this.#planning) {
        const time = this.#interval > 0 ? this.#nextTick() : this.#nextDrain();
        if (time === undefined) break;
        this.#cut(time);
      }
    } finally {
      this.#advancing = false;
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
    const cutting: Cutting = { time, roots, answers: new Map() };
    this.#cutting = cutting;
    for (const root of roots) {
      const { source } = root;
      const limit = this.#limitOf(source);
      this.#run.ask(
        () => source.cut(time, limit),
        (answer) => {
          cutting.answers.set(root, answer);
          if (this.#cutting === cutting) this.#planIfAnswered();
        },
        (error) => {
          if (!root.gone) sourceFailed(source.name, 'cut')(error);
        },
      );
    }
  }

  #limitOf({ name }: Source<unknown>): CutLimit {
    const { maxRecords, rates } = this.#run.parts;
    return { maxRecords: Math.min(maxRecords, rates.maxRecords(name)), intervalMs: this.#interval };
  }

  /** Plans the batch once every source that somebody still wants has answered. */
  #planIfAnswered(): void {
    const cutting = this.#cutting;
    if (cutting === undefined) return;
    const { time, roots, answers } = cutting;
    const wanted = roots.filter((root) => !root.gone);
    if (!wanted.every((root) => answers.has(root))) return;
    this.#cutting = undefined;
    const cuts = wanted.map((root) => ({ root, answer: answers.get(root) as CutAnswer }));
    for (const { root, answer } of cuts) this.#note(time, root, answer);
    this.#pollLater();
    if (this.#interval === 0 && cuts.every(({ answer }) => answer.empty)) {
      // No empty batches. Everything before has been processed: a drain trigger does not cut earlier.
      const ended = wanted.filter((root) => root.end !== undefined);
      if (ended.length > 0) this.#run.completeRoots(ended);
    } else if (cuts.length > 0) {
      this.#plan({ time, cuts: cuts.map(({ root, answer }) => ({ source: root.source.name, cut: answer.cut })) });
    }
    this.advance();
  }

  #note(time: number, root: Root, answer: CutAnswer): void {
    const isStopping = this.#finalTick !== undefined;
    // What a receiver has taken in is processed before the end, however many batches that takes; a topic has it next time, too.
    const hasMore = answer.more === true && (!isStopping || root.source.drain !== undefined);
    if (hasMore && answer.empty) this.#heldBack = true;
    else if (hasMore) this.#woken = true;
    const isLast = this.#finalTick !== undefined && this.#interval > 0 && time >= this.#finalTick;
    if (isLast && hasMore) this.#finalTick = time + this.#interval;
    if (answer.last === true) root.end = { time, failed: 'error' in answer, error: answer.error };
  }

  #plan(batch: PlannedBatch): void {
    const { checkpoint } = this.#run.parts;
    this.#planning = true;
    this.#run.ask(
      () => checkpoint.plan(batch),
      () => {
        this.#last = batch.time;
        this.#planning = false;
        this.#loop.enqueue(batch, false);
        this.#loop.advance();
        this.advance();
      },
      checkpointFailed(checkpoint.name, 'plan'),
    );
  }

  /** Sources that cannot wake are asked every few milliseconds; so are those that have more and may not give it yet. */
  #pollLater(): void {
    const isMute = this.#run.roots.some((root) => root.cutting && !root.source.wakes);
    if (this.#interval > 0 || this.#polling || !(isMute || this.#heldBack)) return;
    this.#polling = true;
    this.#run.wait(POLL_INTERVAL, () => {
      this.#polling = false;
      if (!this.#heldBack) return this.wake();
      this.#heldBack = false;
      this.#woken = true;
      this.advance();
    });
  }

  /** The final tick has been cut, or under a drain trigger what a cut took in and what receivers have. */
  #finished(): boolean {
    if (this.#finalTick === undefined || this.#cutting !== undefined || this.#planning) return false;
    return this.#interval > 0 ? this.#last >= this.#finalTick : !this.#woken && !this.#heldBack;
  }

  #endIfFinished(): void {
    if (this.#run.alive && this.#finished() && !this.#loop.busy) this.#run.stop();
  }
}
