/** Runs tasks one after another, in the order in which they came, whatever becomes of each. */
export class InOrder {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.then(ignore, ignore);
    return result;
  }
}

function ignore(): void {}
