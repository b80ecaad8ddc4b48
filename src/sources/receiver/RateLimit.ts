import type { CutLimit } from '../Source.ts';

/** The shortest wait for a rate to allow the next record, in milliseconds. */
const SHORTEST_WAIT_MS = 100;

/** How many records a rate lets into each batch. */
export class RateLimit {
  readonly #perSecond: number;
  #credit = 0;
  #lastTime: number | undefined;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** Records that the batch of this time may have: at least one where it has an interval, as a slow rate is no standstill. */
  allowed(time: number, { maxRecords, intervalMs }: CutLimit): number {
    const rate = this.#perSecond;
    if (rate === Number.POSITIVE_INFINITY) return maxRecords;
    if (intervalMs > 0) return Math.min(maxRecords, Math.max(Math.floor((rate * intervalMs) / 1000), 1));
    // A drain trigger has no interval: what the rate allows adds up, to one second at most.
    const elapsed = this.#lastTime === undefined ? 1000 : Math.max(time - this.#lastTime, 0);
    this.#lastTime = time;
    this.#credit = Math.min(this.#credit + (rate * elapsed) / 1000, Math.max(rate, 1));
    return Math.min(maxRecords, Math.floor(this.#credit));
  }

  /** So many were cut under a drain trigger; answers the milliseconds until another one may be, if that is not now. */
  took(records: number, { intervalMs }: CutLimit): number | undefined {
    if (intervalMs > 0 || this.#perSecond === Number.POSITIVE_INFINITY) return undefined;
    this.#credit -= records;
    if (this.#credit >= 1) return undefined;
    return Math.max(((1 - this.#credit) * 1000) / this.#perSecond, SHORTEST_WAIT_MS);
  }
}
