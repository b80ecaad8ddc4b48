import { VirtualTimeScheduler } from 'rxjs';
import { Clock } from '../../../src/runtime/Clock.ts';
import { type Case, NotRun } from './Case.ts';
import { DIFFERENCES } from './differences.ts';
import type { RunCase } from './dstreamCase.ts';
import { type Actions, actionsCase } from './scenario.ts';

/** A scenario of a timer that calls back at each period: the clock of a context, under a scheduler that may be late. */
export function timerScenario(given: Case): RunCase {
  const { periodMs, startMs = 0 } = given.params as { periodMs?: number; startMs?: number };
  if (periodMs === undefined) throw new Error('expected a periodMs');
  if (startMs % periodMs !== 0) throw new NotRun(DIFFERENCES.timesFromTheEpoch);
  const runsOn = given.input.some((action) => (action as { interrupt?: boolean }).interrupt === false);
  if (runsOn) throw new NotRun(DIFFERENCES.gracefulStop);
  return actionsCase(given, () => timerActions(periodMs, startMs));
}

function timerActions(periodMs: number, startMs: number): Actions {
  const scheduler = new LateScheduler(startMs - 1);
  const fired: number[] = [];
  const clock = new Clock(scheduler, periodMs, (time) => fired.push(time));
  return {
    start() {
      clock.start(startMs - periodMs);
      scheduler.jumpTo(startMs);
      return { fired: [...fired] };
    },
    advance({ ms }) {
      scheduler.jumpTo(scheduler.now() + (ms as number));
      return { fired: [...fired] };
    },
    stop() {
      clock.stop();
      return { returns: fired.at(-1), fired: [...fired] };
    },
  };
}

/** Is busy while it jumps: what was due meanwhile runs afterwards, when it is later already. */
class LateScheduler extends VirtualTimeScheduler {
  #time: number;
  override readonly now: () => number = () => this.#time;

  constructor(time: number) {
    super();
    this.frame = time;
    this.#time = time;
  }

  jumpTo(time: number): void {
    this.#time = time;
    this.maxFrames = time;
    this.flush();
    this.frame = time;
  }
}
