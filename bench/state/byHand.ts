import type { Added, Kept, KeyedWork } from './KeyedWork.ts';

/** One `Map`, a new object for each update: what `mapWithState` would be without contexts, retries and checkpoints. */
export function mappedByHand(): KeyedWork {
  const states = new Map<string, Kept>();
  let last = 0;
  return working((batch) => {
    let sum = 0;
    last += 1000;
    for (const [key, n] of batch) {
      const kept: Kept = { count: (states.get(key)?.count ?? 0) + n, last };
      states.set(key, kept);
      sum += kept.count;
    }
    return sum;
  });
}

/** One `Map` gone through with the values of the batch in another: what `updateStateByKey` does, written down. */
export function updatedByHand(initial: Iterable<readonly [string, Kept]>): KeyedWork {
  const states = new Map(initial);
  let last = 0;
  return working((batch) => {
    last += 1000;
    const groups = new Map<string, number[]>();
    for (const [key, n] of batch) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [n]);
      else group.push(n);
    }
    for (const [key, kept] of states) {
      const added = groups.get(key);
      if (added !== undefined) states.set(key, { count: added.reduce((a, b) => a + b, kept.count), last });
    }
    return 0;
  });
}

function working(step: (batch: readonly Added[]) => number): KeyedWork {
  const work = {
    digest: 0,
    take(batch: readonly Added[]): number {
      const begun = performance.now();
      work.digest += step(batch);
      return performance.now() - begun;
    },
  };
  return work;
}
