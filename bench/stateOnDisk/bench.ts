import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { lmdbValues } from 'rx-dstream/lmdb';
import type { Bench } from '../measure/Bench.ts';
import { grow } from '../state/growth.ts';
import { mapped } from '../state/ours.ts';

const KEYS = 1_000_000;
/** A twentieth of the states is in memory. */
const CACHED = KEYS / 20;

/**
 * The states of `mapWithState` in lmdb behind a cache of a twentieth of them, beside all of them in memory: updates of 10,000 records with keys
 * from everywhere, so that nearly none is in the cache.
 */
export const bench: Bench = async () => {
  const inMemory = await grow(mapped, [KEYS]);
  await forgotten();
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-bench-state-'));
  try {
    const values = lmdbValues({ folder, cachedValues: CACHED });
    const onDisk = await grow(() => mapped(values), [KEYS]);
    if (onDisk.digest !== inMemory.digest) throw new Error(`state: ${onDisk.digest}, in memory ${inMemory.digest}`);
    return [
      {
        name: 'state-on-disk-updates-1m',
        unit: 'ms/10,000 updates',
        ours: onDisk.updates[0] as number,
        peers: { 'all in memory': inMemory.updates[0] as number },
        notes: [
          `${CACHED} of ${KEYS} states in memory, keys from everywhere: each record reads a state and writes one`,
        ],
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Lets the collector take what was measured before: else it would count as memory that the next one has given back. */
async function forgotten(): Promise<void> {
  for (let n = 0; n < 5; n++) {
    await turn();
    globalThis.gc?.();
  }
}
