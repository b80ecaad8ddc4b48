import type { SourceReport } from '../Source.ts';

/** Tells once when something cannot be reached, and once when it goes on. */
export class Outages {
  readonly #name: string;
  readonly #report: (report: SourceReport) => void;
  readonly #now: () => number;
  readonly #open = new Map<string, number>();

  constructor(name: string, report: (report: SourceReport) => void, now: () => number) {
    this.#name = name;
    this.#report = report;
    this.#now = now;
  }

  /** `what` cannot be reached, as `why` says. */
  began(what: string, why: string, cause?: unknown): void {
    if (this.#open.has(what)) return;
    this.#open.set(what, this.#now());
    const message = `${this.#name}: ${what} cannot be reached; trying again, nothing is lost: ${why}`;
    this.#report({ code: 'RECONNECTING', message, ...(cause === undefined ? {} : { cause }), details: { what } });
  }

  ended(what: string): void {
    const since = this.#open.get(what);
    if (since === undefined) return;
    this.#open.delete(what);
    const ms = this.#now() - since;
    this.#report({
      code: 'RECONNECTED',
      message: `${this.#name}: ${what} goes on after ${ms} ms.`,
      details: { what, ms },
    });
  }

  /** Ends what is no longer so, though nobody saw it end. */
  endUnless(isStillSo: (what: string) => boolean): void {
    for (const what of [...this.#open.keys()]) if (!isStillSo(what)) this.ended(what);
  }
}
