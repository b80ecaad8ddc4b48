/** A connection as its memory is seen. */
export interface MemoryUser {
  pause(): void;
  resume(): void;
}

/**
 * The memory of all messages that are on their way in. When it is used up, whoever is in the middle of a message waits, but for one
 * of them at a time: so each can be finished, and there are at most `maxBytes` and one message more.
 */
export class InFlight {
  readonly #maxBytes: number;
  readonly #waiting = new Set<MemoryUser>();
  readonly #held = new Map<MemoryUser, number>();
  #bytes = 0;
  #favoured: MemoryUser | undefined;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nobody should keep memory for later. */
  get isTight(): boolean {
    return this.#bytes > this.#maxBytes / 2;
  }

  /** A connection holds so many bytes now and needs more; it is paused if there is no room. */
  needs(user: MemoryUser, bytes: number): void {
    this.#set(user, bytes);
    if (this.#bytes <= this.#maxBytes || this.#favoured === user) return;
    if (this.#favoured === undefined) {
      this.#favoured = user;
    } else {
      this.#waiting.add(user);
      user.pause();
    }
  }

  /** A connection holds so many bytes, and needs no more for now. */
  hasEnough(user: MemoryUser, bytes: number): void {
    this.#set(user, bytes);
    if (this.#favoured === user) this.#favoured = undefined;
    this.#waiting.delete(user);
    for (const next of this.#waiting) {
      const isFree = this.#bytes <= this.#maxBytes;
      if (!isFree && this.#favoured !== undefined) return;
      if (!isFree) this.#favoured = next;
      this.#waiting.delete(next);
      next.resume();
    }
  }

  #set(user: MemoryUser, bytes: number): void {
    this.#bytes += bytes - (this.#held.get(user) ?? 0);
    if (bytes === 0) this.#held.delete(user);
    else this.#held.set(user, bytes);
  }
}
