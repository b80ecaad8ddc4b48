/** The promises that a world of simulated time waits for: while there are any its clock should stand. */
export class PendingAnswers {
  #count = 0;

  /** Counts this one until it is settled. */
  wait<T>(answer: Promise<T>): Promise<T> {
    this.#count++;
    const over = (): void => {
      this.#count--;
    };
    void answer.then(over, over);
    return answer;
  }

  get any(): boolean {
    return this.#count > 0;
  }

  /** Gives the event loop turns until all are settled and what comes of the last one is done, or nobody waits any more. */
  async all(isOver: () => boolean = () => false): Promise<void> {
    while (this.any && !isOver()) await new Promise((done) => setImmediate(done));
  }
}
