/**
 * Lets only so many bytes wait for the log at a time. A log refuses what comes faster than its disk takes it, and an agent that is
 * refused pauses for seconds; one that waits a moment does not.
 */
export class StoreTurns {
  readonly #maxBytes: number;
  readonly #waiting: (() => void)[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Does it when it is its turn, in the order of the calls. */
  async take<T>(bytes: number, store: () => Promise<T>): Promise<T> {
    while (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#bytes += bytes;
    try {
      return await store();
    } finally {
      this.#bytes -= bytes;
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
  }
}
