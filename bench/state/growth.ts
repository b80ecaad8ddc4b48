import { setImmediate as turn } from 'node:timers/promises';
import { quantile } from '../measure/interleaved.ts';
import { type KeyedWork, knownKeys, newKeys, RECORDS } from './KeyedWork.ts';
import { Pauses, type Stretch } from './Pauses.ts';

/** What growing to the last of these numbers of keys showed. */
export interface Growth {
  /** At each number of keys: the median of a batch of updates, in milliseconds. */
  readonly updates: readonly number[];
  /** The longest batch of new keys, in milliseconds, with and without the pauses of the garbage collector. */
  readonly worst: number;
  readonly worstOwn: number;
  readonly bytesPerKey: number;
  readonly digest: number;
}

/** Batches of updates that count at each number of keys, and before them. */
const UPDATES = 40;
const WARM_UP = 20;

/** Lets a state grow by a batch of new keys at a time; at each of these numbers of keys updates are measured. */
export async function grow(make: () => KeyedWork, sizes: readonly number[]): Promise<Growth> {
  const before = await bytesInUse();
  const work = make();
  const stretches: Stretch[] = [];
  const pauses = new Pauses();
  const updates: number[] = [];
  let keys = 0;
  for (const size of sizes) {
    while (keys < size) {
      const batch = newKeys(keys, Math.min(RECORDS, size - keys));
      const begun = performance.now();
      stretches.push({ begun, ms: work.take(batch) });
      keys += batch.length;
      if (stretches.length % 10 === 0) await turn();
    }
    updates.push(await updated(work, knownKeys(size)));
  }
  const own = await pauses.without(stretches);
  const bytesPerKey = ((await bytesInUse()) - before) / keys;
  return {
    updates,
    worst: Math.max(...stretches.map(({ ms }) => ms)),
    worstOwn: Math.max(...own),
    bytesPerKey,
    digest: work.digest,
  };
}

async function updated(work: KeyedWork, nextBatch: ReturnType<typeof knownKeys>): Promise<number> {
  const ms: number[] = [];
  for (let n = -WARM_UP; n < UPDATES; n++) {
    const took = work.take(nextBatch());
    if (n >= 0) ms.push(took);
    if (n % 10 === 0) await turn();
  }
  return quantile(
    ms.sort((a, b) => a - b),
    0.5,
  );
}

async function bytesInUse(): Promise<number> {
  await turn();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
