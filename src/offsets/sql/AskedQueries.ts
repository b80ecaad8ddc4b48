/** The queries of one batch: which are under way, and which failed without anybody waiting for them. */
export class AskedQueries {
  readonly #underWay = new Set<Promise<void>>();
  readonly #failed: { readonly query: AwaitedPromise<unknown>; readonly error: unknown }[] = [];

  /** The answer of a query; one that nobody waits for does not end the process where it fails. */
  add<T>(asked: Promise<T>): Promise<T> {
    const query = new AwaitedPromise<T>((resolve, reject) => void asked.then(resolve, reject));
    const settled = asked.then(
      () => void this.#underWay.delete(settled),
      (error: unknown) => {
        this.#underWay.delete(settled);
        this.#failed.push({ query, error });
      },
    );
    this.#underWay.add(settled);
    return query;
  }

  /**
   * Answers when none is under way, in the end with the failure that nobody was told. `turn` lets whoever waited for them go on, who may ask again, too
   * late: that is to be known before the commit.
   */
  async settled(turn: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay);
      await turn();
    }
    return this.#failed.find(({ query }) => !query.isAwaited);
  }
}

/** A promise that knows whether somebody waits for it, and is no unhandled rejection where nobody does. */
class AwaitedPromise<T> extends Promise<T> {
  /** What is made of it is a promise like any other. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  isAwaited = false;

  constructor(executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void) {
    super(executor);
    super.then(undefined, () => undefined); // told by whoever keeps it
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise, and this is how one is waited for
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isAwaited = true;
    return super.then(fulfilled, rejected);
  }
}
