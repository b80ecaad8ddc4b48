import type { KeyColumns } from '../keys/KeyColumns.ts';
import { KeyFault } from '../keys/KeyFault.ts';
import { keyPhase } from '../keys/keyPhase.ts';
import {
  dueAfter,
  enterQueue,
  leaveQueue,
  queueOf,
  type Reducing,
  type ValueQueue,
  valueOfQueue,
} from './ValueQueue.ts';

/** How many queues are looked at together: few enough to stay near the processor until their turn comes. */
const TOGETHER = 256;

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
  /** What {@link lookAt} gave: were it not kept, the compiler would leave the looking out. */
  #looked = 0;

  constructor(reducing: Reducing<V>) {
    this.#reducing = reducing;
  }

  /** Puts in the batch of this step, which is later than those before it: the n-th value belongs to the n-th key, each once. */
  enter(step: number, identities: readonly unknown[], { keys, values }: KeyColumns<K, V>): void {
    const found = identities.map((identity) => this.#queues.get(identity));
    const queues: ValueQueue<K, V>[] = [];
    const part: WindowPart<K, V> = { step, queues, listed: queues, passed: 0 };
    this.#parts.push(part);
    for (let from = 0; from < found.length; from += TOGETHER) {
      const to = Math.min(from + TOGETHER, found.length);
      this.#looked += lookAt(found, from, to);
      for (let at = from; at < to; at++) {
        const key = keys[at] as K;
        const value = values[at] as V;
        const queue = found[at];
        queues.push(
          queue === undefined ? this.#begin(part, identities[at], key, value) : this.#goOn(part, queue, key, value),
        );
      }
    }
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

  #goOn(part: WindowPart<K, V>, queue: ValueQueue<K, V>, key: K, value: V): ValueQueue<K, V> {
    try {
      enterQueue(queue, value, part.step, this.#reducing);
    } catch (error) {
      throw new KeyFault(key, error);
    }
    (queue.newest as WindowPart<K, V>).passed++;
    queue.newest = part;
    // Equal texts cannot be told apart: that spares most windows the writing.
    if (typeof key !== 'string') queue.key = key;
    return queue;
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

/**
 * Looks at what the next values will be put into, one kind of memory after another. The processor then fetches many at a time,
 * which it cannot do while it reduces between one and the next: of a window of 600 batches a third to a half of the cost.
 */
function lookAt<V>(queues: readonly (ValueQueue<unknown, V> | undefined)[], from: number, to: number): number {
  let looked = 0;
  for (let at = from; at < to; at++) looked += queues[at]?.split ?? 0;
  for (let at = from; at < to; at++) looked += queues[at]?.values.length ?? 0;
  for (let at = from; at < to; at++) if (queues[at]?.values.at(-1) === undefined) looked++;
  return looked;
}
