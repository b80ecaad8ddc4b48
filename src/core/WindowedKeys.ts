import { KeyFault } from './KeyFault.ts';
import { keyPhase } from './keyPhase.ts';
import {
  dueAfter,
  enterQueue,
  leaveQueue,
  queueOf,
  type Reducing,
  type ValueQueue,
  valueOfQueue,
} from './ValueQueue.ts';

/** One batch of the window. */
interface WindowPart<K, V> {
  readonly step: number;
  /** The queues it went into. */
  readonly queues: ValueQueue<K, V>[];
  /** Those of them whose newest batch it is, and some that a later batch has had since. */
  listed: readonly ValueQueue<K, V>[];
  /** How many of `listed` a later batch has had since. */
  passed: number;
}

/**
 * The keys of a window without inverse. Batches enter and leave in order of time, by whole steps of the input; each costs what
 * it holds, and a reading costs the keys there are and a look at what has entered since the reading before. A batch that leaves
 * knows the queues it went into: nothing is looked up or searched.
 *
 * Keys are given in the order of the batches that had them last, and within a batch in the order of their first record: an
 * order that follows from what the window holds, so that it is the same after a restart.
 */
export class WindowedKeys<K, V> {
  readonly #queues: Map<unknown, ValueQueue<K, V>> = new Map();
  readonly #parts: WindowPart<K, V>[] = [];
  readonly #reducing: Reducing<V>;

  constructor(reducing: Reducing<V>) {
    this.#reducing = reducing;
  }

  /** Begins the batch of this step, which is later than those before it; the answer adds its keys, each once. */
  enter(step: number): (identity: unknown, key: K, value: V) => void {
    const reducing = this.#reducing;
    const part: WindowPart<K, V> = { step, queues: [], listed: [], passed: 0 };
    part.listed = part.queues;
    this.#parts.push(part);
    return (identity, key, value) => {
      const queue = this.#queues.get(identity);
      if (queue === undefined) {
        part.queues.push(this.#begin(part, identity, key, value));
        return;
      }
      try {
        enterQueue(queue, value, step, reducing);
      } catch (error) {
        throw new KeyFault(key, error);
      }
      (queue.newest as WindowPart<K, V>).passed++;
      queue.newest = part;
      // Equal texts cannot be told apart: that spares most windows the writing.
      if (typeof key !== 'string') queue.key = key;
      part.queues.push(queue);
    };
  }

  /** Takes out the batches whose step is `last` or before it, at step `now`. */
  leave(last: number, now: number): void {
    const parts = this.#parts;
    let leaving = 0;
    for (; leaving < parts.length; leaving++) {
      const part = parts[leaving] as WindowPart<K, V>;
      if (part.step > last) break;
      for (const queue of part.queues) {
        if (queue.newest === part) this.#queues.delete(queue.identity);
        else this.#leave(queue, now);
      }
    }
    if (leaving > 0) parts.splice(0, leaving);
  }

  /** Hands on each key with its value as it is at step `now`, until `visit` answers false. */
  visit(now: number, visit: (key: K, value: V) => unknown): void {
    for (const part of this.#parts) {
      for (const queue of stillNewest(part)) {
        if (visit(queue.key, this.#valueOf(queue, now)) === false) return;
      }
    }
  }

  #leave(queue: ValueQueue<K, V>, now: number): void {
    try {
      leaveQueue(queue, now, this.#reducing);
    } catch (error) {
      throw new KeyFault(queue.key, error);
    }
  }

  #valueOf(queue: ValueQueue<K, V>, now: number): V {
    try {
      return valueOfQueue(queue, now, this.#reducing);
    } catch (error) {
      throw new KeyFault(queue.key, error);
    }
  }

  #begin(part: WindowPart<K, V>, identity: unknown, key: K, value: V): ValueQueue<K, V> {
    const { length } = this.#reducing;
    const due = dueAfter(part.step, keyPhase(identity, length), length);
    const queue = queueOf(part, due, identity, key, value);
    this.#queues.set(identity, queue);
    return queue;
  }
}

/** Drops what later batches have had from the list, so that no reading meets it again. */
function stillNewest<K, V>(part: WindowPart<K, V>): readonly ValueQueue<K, V>[] {
  if (part.passed > 0) {
    part.listed = part.listed.filter(({ newest }) => newest === part);
    part.passed = 0;
  }
  return part.listed;
}
