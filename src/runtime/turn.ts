import { asyncScheduler, type SchedulerLike } from 'rxjs';

/** A minute: further than two readings of one clock can lie apart, nearer than virtual time is to the real one. */
const ANOTHER_CLOCK = 60_000;

/**
 * Gives the event loop one macrotask turn, then goes on. The default scheduler's own turn would be a timer (a millisecond or
 * more), so `setImmediate` stands in for it; under a virtual scheduler a turn is one of its actions.
 */
export function afterTurn(scheduler: SchedulerLike, work: () => void): void {
  if (scheduler === asyncScheduler && !isVirtual(scheduler)) setImmediate(work);
  else scheduler.schedule(work);
}

/** `TestScheduler.run` gives the default scheduler another clock; that is how it is known. */
function isVirtual(scheduler: SchedulerLike): boolean {
  return Math.abs(scheduler.now() - Date.now()) > ANOTHER_CLOCK;
}
