/**
 * What a window without inverse holds of one key: the values of its batches, oldest first, in two stacks. Those before `split`
 * are reduced in advance, each with all that follow it up to `split`: when the oldest leaves, the next one already stands for
 * the rest. Those from `split` on are as they came, and `back` is all of them reduced. So the whole is at most one call of
 * `reduce` away, a value costs two calls in its life, and the order of batches is kept: `reduce` need not be commutative.
 */
export interface ValueQueue<K, V> {
  /** The batch of the window that had the key last. */
  newest: object;
  /** The step from which on all values there are then are to be before `split`. */
  due: number;
  split: number;
  back: V | undefined;
  readonly values: V[];
  /** Whether `whole` is all values reduced. */
  isWhole: boolean;
  /** Values before it have left. */
  head: number;
  whole: V | undefined;
  /** As the newest batch has it. */
  key: K;
  /** What the key is told apart by. */
  readonly identity: unknown;
}

/** How the queues of one window reduce. */
export interface Reducing<V> {
  readonly reduce: (left: V, right: V) => V;
  /** Steps of the window. */
  readonly length: number;
}

/** A queue of one value. */
export function queueOf<K, V>(newest: object, due: number, identity: unknown, key: K, value: V): ValueQueue<K, V> {
  return { newest, due, split: 0, back: value, values: [value], isWhole: true, head: 0, whole: value, key, identity };
}

/** Adds the value of the batch of step `now`. Older batches must have left. */
export function enterQueue<V>(queue: ValueQueue<unknown, V>, value: V, now: number, reducing: Reducing<V>): void {
  if (now >= queue.due) turnOver(queue, now, reducing);
  const { values } = queue;
  queue.back = queue.split === values.length ? value : reducing.reduce(queue.back as V, value);
  queue.isWhole = false;
  values.push(value);
}

/** Takes out the oldest value at step `now`; another must be there. */
export function leaveQueue<V>(queue: ValueQueue<unknown, V>, now: number, reducing: Reducing<V>): void {
  if (queue.head === queue.split) turnOver(queue, now, reducing);
  queue.head++;
  queue.isWhole = false;
}

/** All values reduced, at step `now`. */
export function valueOfQueue<V>(queue: ValueQueue<unknown, V>, now: number, reducing: Reducing<V>): V {
  if (now >= queue.due) turnOver(queue, now, reducing);
  if (!queue.isWhole) {
    queue.whole = wholeOf(queue, reducing);
    queue.isWhole = true;
  }
  return queue.whole as V;
}

function wholeOf<V>({ values, head, split, back }: ValueQueue<unknown, V>, { reduce }: Reducing<V>): V {
  if (head === split) return back as V;
  return split === values.length ? (values[head] as V) : reduce(values[head] as V, back as V);
}

/** The first step after `step` at which a queue of this phase is turned over. */
export function dueAfter(step: number, phase: number, length: number): number {
  return step + 1 + ((((phase - step - 1) % length) + length) % length);
}

/**
 * Moves everything before `split`, where nothing is left by then: it is due once in the length of a window, and what entered
 * before it was last due has gone. When it is due depends on the key and the time alone, not on what happened before: so a
 * restart groups the values in the same way, to the last bit of a sum of fractions, and no slide has to do it for all keys.
 */
function turnOver<V>(queue: ValueQueue<unknown, V>, now: number, { reduce, length }: Reducing<V>): void {
  const { values, head } = queue;
  const held = values.length - head;
  if (head > 0) {
    for (let at = 0; at < held; at++) values[at] = values[head + at] as V;
    values.length = held;
  }
  for (let at = held - 2; at >= 0; at--) values[at] = reduce(values[at] as V, values[at + 1] as V);
  queue.head = 0;
  queue.split = held;
  queue.back = undefined;
  queue.isWhole = false;
  queue.due += length * Math.max(1, Math.ceil((now + 1 - queue.due) / length));
}
