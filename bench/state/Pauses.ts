import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';

/** A stretch of time. */
export interface Stretch {
  readonly begun: number;
  readonly ms: number;
}

/** Looks at the pauses of the garbage collector. */
export class Pauses {
  readonly #pauses: Stretch[] = [];
  readonly #observer = new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) this.#pauses.push({ begun: startTime, ms: duration });
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** These stretches without the pauses in them. */
  async without(stretches: readonly Stretch[]): Promise<readonly number[]> {
    await turn();
    await turn();
    this.#observer.disconnect();
    const pauses = this.#pauses.sort((a, b) => a.begun - b.begun);
    let at = 0;
    return stretches.map(({ begun, ms }) => {
      while (at < pauses.length && (pauses[at] as Stretch).begun < begun) at++;
      let own = ms;
      while (at < pauses.length && (pauses[at] as Stretch).begun < begun + ms) own -= (pauses[at++] as Stretch).ms;
      return own;
    });
  }
}
