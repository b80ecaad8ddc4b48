import { type Measured, type SlidingMax, valuedBatches, type WindowWork } from './valuedBatches.ts';

/** A window by hand that can take a batch without being asked what it holds. */
export interface HandMax extends SlidingMax {
  advance(): void;
}

/** Keeps the maxima of each batch and merges all of them again at each slide: what a window without inverse costs in Spark. */
export function remerged(work: WindowWork): HandMax {
  const nextBatch = valuedBatches(work);
  const held: ReadonlyMap<string, number>[] = [];
  let last = new Map<string, number>();
  function take(records: readonly Measured[]): void {
    held.push(maximaOf(records));
    if (held.length > work.batches) held.shift();
  }
  function merge(): void {
    last = new Map();
    for (const part of held) for (const [key, value] of part) raise(last, key, value);
  }
  return windowOf(nextBatch, take, merge, () => last);
}

/** One key: values that are not followed by a larger one, with the batches they are of. */
interface Falling {
  readonly key: string;
  values: number[];
  batches: number[];
}

/**
 * What can be done by hand for a maximum and for nothing else: keeps of each key only the values that no later one exceeds, and
 * forgets them when their batch leaves.
 */
export function monotonic(work: WindowWork): HandMax {
  const nextBatch = valuedBatches(work);
  const keys = new Map<string, Falling>();
  const parts: Falling[][] = [];
  let at = 0;
  function take(records: readonly Measured[]): void {
    at++;
    const part: Falling[] = [];
    if (parts.length === work.batches) for (const queue of parts.shift() ?? []) leave(queue);
    for (const [key, value] of maximaOf(records)) part.push(enter(key, value));
    parts.push(part);
  }
  function leave(queue: Falling): void {
    if (queue.batches[0] !== at - work.batches) return;
    queue.values.shift();
    queue.batches.shift();
    if (queue.values.length === 0) keys.delete(queue.key);
  }
  function enter(key: string, value: number): Falling {
    let queue = keys.get(key);
    if (queue === undefined) {
      queue = { key, values: [], batches: [] };
      keys.set(key, queue);
    }
    const { values, batches } = queue;
    while (values.length > 0 && (values[values.length - 1] as number) <= value) {
      values.pop();
      batches.pop();
    }
    values.push(value);
    batches.push(at);
    return queue;
  }
  const current = (): Map<string, number> =>
    new Map([...keys.values()].map(({ key, values }) => [key, values[0] as number]));
  return windowOf(nextBatch, take, () => {}, current);
}

function windowOf(
  nextBatch: () => readonly Measured[],
  take: (records: readonly Measured[]) => void,
  settle: () => void,
  current: () => ReadonlyMap<string, number>,
): HandMax {
  return {
    advance: () => take(nextBatch()),
    slide() {
      const records = nextBatch();
      const begun = performance.now();
      take(records);
      settle();
      return performance.now() - begun;
    },
    maxima() {
      take(nextBatch());
      settle();
      return current();
    },
  };
}

function maximaOf(records: readonly Measured[]): Map<string, number> {
  const maxima = new Map<string, number>();
  for (const [key, value] of records) raise(maxima, key, value);
  return maxima;
}

function raise(maxima: Map<string, number>, key: string, value: number): void {
  const known = maxima.get(key);
  if (known === undefined || value > known) maxima.set(key, value);
}
