import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';

/** The scheduler of real time, which knows what waits on it. */
export class WatchedScheduler implements SchedulerLike {
  readonly #timers = new Set<Subscription>();

  /** How many timers have neither fired nor been let go of. */
  get waiting(): number {
    return this.#timers.size;
  }

  now(): number {
    return asyncScheduler.now();
  }

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T): Subscription {
    const timers = this.#timers;
    const timer = asyncScheduler.schedule<T>(
      function (given) {
        timers.delete(timer);
        work.call(this, given as T);
      },
      delay,
      state as T,
    );
    timers.add(timer);
    timer.add(() => timers.delete(timer));
    return timer;
  }
}
