import { frameBytes, type NewFrame } from './frames.ts';

/** A block that waits for the disk. */
export interface WaitingBlock {
  readonly frame: NewFrame;
  readonly answer: (first: number) => void;
  readonly refuse: (error: unknown) => void;
}

/** What writes a group. */
export interface GroupTarget {
  /** How many bytes a group had best have at most; one block is always taken. */
  readonly groupBytes: number;
  /** Resolves when all of it is safe. May be given no blocks: then it writes what else there is to say. */
  commit(blocks: readonly WaitingBlock[]): Promise<void>;
}

/**
 * Everybody who waits is served by one write and one sync: while one group is on its way the next one collects. A failure is final: what waits
 * and what comes later is refused with it.
 */
export class GroupCommit {
  readonly #target: GroupTarget;
  #waiting: WaitingBlock[] = [];
  #bytes = 0;
  #flushes: { readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  #running: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(target: GroupTarget) {
    this.#target = target;
  }

  /** What waits and what is being written. */
  get bytes(): number {
    return this.#bytes;
  }

  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** Answers the number of the first record when it is safe. */
  add(frame: NewFrame): Promise<number> {
    return new Promise((answer, refuse) => {
      if (this.#failure !== undefined) return refuse(this.#failure.error);
      this.#waiting.push({ frame, answer, refuse });
      this.#bytes += frameBytes(frame);
      this.#run();
    });
  }

  /** Writes once more, though there may be no blocks. */
  flush(): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#failure !== undefined) return failed(this.#failure.error);
      this.#flushes.push({ done, failed });
      this.#run();
    });
  }

  /** Resolves when nothing waits any more, however it ended. */
  async drained(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Refuses everything from now on. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  #run(): void {
    this.#running ??= this.#loop();
  }

  async #loop(): Promise<void> {
    // What else is appended in this turn joins the first group.
    await undefined;
    while (this.#waiting.length + this.#flushes.length > 0) {
      if (this.#failure === undefined) await this.#serve();
      else this.#refuseAll(this.#failure.error);
    }
    this.#running = undefined;
  }

  async #serve(): Promise<void> {
    const [blocks, flushes] = [this.#nextGroup(), this.#flushes.splice(0)];
    try {
      await this.#target.commit(blocks);
    } catch (error) {
      this.fail(error);
      this.#ended(blocks);
      for (const { refuse } of blocks) refuse(error);
      for (const { failed } of flushes) failed(error);
      return;
    }
    this.#ended(blocks);
    for (const { frame, answer } of blocks) answer(frame.record);
    for (const { done } of flushes) done();
  }

  #nextGroup(): readonly WaitingBlock[] {
    let [count, bytes] = [0, 0];
    for (const { frame } of this.#waiting) {
      bytes += frameBytes(frame);
      if (count > 0 && bytes > this.#target.groupBytes) break;
      count += 1;
    }
    return count === this.#waiting.length ? this.#all() : this.#waiting.splice(0, count);
  }

  #all(): readonly WaitingBlock[] {
    const all = this.#waiting;
    this.#waiting = [];
    return all;
  }

  #ended(blocks: readonly WaitingBlock[]): void {
    for (const { frame } of blocks) this.#bytes -= frameBytes(frame);
  }

  #refuseAll(error: unknown): void {
    const waiting = this.#all();
    this.#ended(waiting);
    for (const { refuse } of waiting) refuse(error);
    for (const { failed } of this.#flushes.splice(0)) failed(error);
  }
}
