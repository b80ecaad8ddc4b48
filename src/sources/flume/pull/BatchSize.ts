/** How many events to ask one agent for: fewer after what was too much, and slowly more again. */
export class BatchSize {
  #limit: number;
  #most: number;

  constructor(limit: number) {
    this.#limit = limit;
    this.#most = limit;
  }

  get most(): number {
    return this.#most;
  }

  /** The agent says how much it can give at once, `NaN` if it does not; answers whether that is less. */
  capAt(capacity: number): boolean {
    if (!(capacity < this.#most)) return false;
    this.#limit = Math.max(1, capacity);
    this.#most = this.#limit;
    return true;
  }

  /** @param tooMany how many were too much, if that is known */
  shrink(tooMany: number = this.#most): void {
    this.#most = Math.max(1, Math.floor(Math.min(this.#most, tooMany) / 2));
  }

  grow(): void {
    this.#most = Math.min(this.#limit, 2 * this.#most);
  }
}
