import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';

/** No timer of Node waits longer: asked to, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The waits of one run, on its scheduler; all of them end with it. */
export class Waits {
  /** Aborted when the run ends, or with {@link Waits.end}. */
  readonly signal: AbortSignal;
  readonly #scheduler: SchedulerLike;
  readonly #end = new AbortController();
  readonly #timers = new Set<Subscription>();
  readonly #waiting = new Set<(reason: unknown) => void>();
  #lastRead = Number.NEGATIVE_INFINITY;
  #setBack = 0;

  constructor(scheduler: SchedulerLike, signal: AbortSignal) {
    this.#scheduler = scheduler;
    this.signal = this.#end.signal;
    if (signal.aborted) this.end(signal.reason);
    else signal.addEventListener('abort', () => this.end(signal.reason), { once: true, signal: this.#end.signal });
  }

  /** Milliseconds that never go back, also when the machine's clock is set back: pauses end by them. */
  get now(): number {
    const read = this.#scheduler.now();
    if (read < this.#lastRead) this.#setBack += this.#lastRead - read;
    this.#lastRead = read;
    return read + this.#setBack;
  }

  get over(): boolean {
    return this.signal.aborted;
  }

  /**
   * Does something later, unless the run ends before or the answered function is called. Never before its time by the clock
   * that {@link Waits.now} reads: a timer that fires early is armed again, so who compares times finds them due.
   */
  after(ms: number, work: () => void): () => void {
    if (this.over) return () => undefined;
    const due = this.now + ms;
    let timer: Subscription;
    const arm = (wait: number): void => {
      timer = this.#scheduler.schedule(
        () => {
          this.#timers.delete(timer);
          const early = due - this.now;
          if (early > 0) arm(early);
          else work();
        },
        Math.min(wait, LONGEST_TIMER_MS),
      );
      this.#timers.add(timer);
    };
    arm(ms);
    return () => {
      this.#timers.delete(timer);
      timer.unsubscribe();
    };
  }

  /** Does something once the sockets have had their turn: after what is under way has been sent, and what has come was read. */
  turn(work: () => void): void {
    if (this.#scheduler === asyncScheduler) setImmediate(() => this.over || work());
    else this.after(0, work);
  }

  /** Resolves after a while; rejects when the run ends before. */
  pause(ms: number): Promise<void> {
    return this.untilEnd((resolve) => this.after(ms, () => resolve()));
  }

  /**
   * What `work` answers, or `undefined` if that takes longer; rejects when the run ends before. An answer that came in time
   * and was kept waiting by a busy event loop counts. `work` may fail later, too: nobody is told.
   */
  within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
    work.catch(() => undefined); // after the end nobody looks at it
    return this.untilEnd((resolve, reject) => {
      let cancel = this.after(ms, () => {
        cancel = this.after(1, () => resolve(undefined));
      });
      work.finally(() => cancel()).then(resolve, reject);
    });
  }

  /** A promise that rejects when the run ends, if nothing else has settled it. */
  untilEnd<T>(begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => unknown): Promise<T> {
    if (this.over) return Promise.reject(this.signal.reason);
    return new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      const settled = <A>(settle: (with_: A) => void) => {
        return (with_: A): void => {
          this.#waiting.delete(reject);
          settle(with_);
        };
      };
      begin(settled(resolve), settled(reject));
    });
  }

  end(reason: unknown): void {
    if (this.over) return;
    this.#end.abort(reason);
    for (const timer of this.#timers) timer.unsubscribe();
    this.#timers.clear();
    for (const reject of [...this.#waiting]) reject(reason);
    this.#waiting.clear();
  }
}
