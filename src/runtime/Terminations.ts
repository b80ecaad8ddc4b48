interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** Who waits for the end of a context. */
export class Terminations {
  readonly #waiting = new Set<Waiting>();
  #last: { readonly error?: unknown; readonly failed: boolean } | undefined;

  /** A promise of the next end, or of the last one if nothing has begun since. */
  promise(): Promise<void> {
    const last = this.#last;
    if (last?.failed === true) return Promise.reject(last.error);
    if (last !== undefined) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.add({ resolve, reject }));
  }

  /** Something has begun: the end is ahead again. */
  begun(): void {
    this.#last = undefined;
  }

  failed(error: unknown): void {
    this.#last = { failed: true, error };
    for (const waiting of this.#waiting) waiting.reject(error);
    this.#waiting.clear();
  }

  /** Nothing is going on any more. */
  ended(): void {
    this.#last ??= { failed: false };
    for (const waiting of this.#waiting) waiting.resolve();
    this.#waiting.clear();
  }
}
