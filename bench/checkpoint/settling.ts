import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { serialize } from 'node:v8';
import type { Settlement } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import type { BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { randomFrom } from '../measure/random.ts';
import type { Kept } from '../state/KeyedWork.ts';

const KEYS = 1_000_000;
const CHANGED = 10_000;
const ROUNDS = 60;
const WARM_UP = 10;

/** Settling 10,000 changed keys of 1 million, beside the same columns serialized, written and synced by hand; in turns. */
export async function settlingCost(folder: string, sync: boolean): Promise<BenchRow> {
  const store = fileCheckpoint(folder, { sync });
  await store.load();
  const keys = Array.from({ length: KEYS }, (_, n) => `key-${String(n).padStart(8, '0')}`);
  await store.plan({ time: 0, cuts: [] });
  await store.settle(settlementOf(0, [], { ids: [...keys.keys()], keys, values: keys.map(() => keptAt(0)) }));
  const handle = openSync(`${folder}.by-hand`, 'a');
  const random = randomFrom(CHANGED);
  const [plans, ours, byHand]: [number[], number[], number[]] = [[], [], []];
  for (let time = 1; time <= WARM_UP + ROUNDS; time++) {
    const ids = [...new Set(Array.from({ length: CHANGED }, () => Math.floor(random() * KEYS)))];
    const values = ids.map(() => keptAt(time));
    await turn();
    const planned = await timed(() => store.plan({ time, cuts: [] }));
    const settled = await timed(() => store.settle(settlementOf(time, [ids, values])));
    await turn();
    const written = await timed(() => {
      writeSync(handle, serialize([ids, values]));
      if (sync) fdatasyncSync(handle);
    });
    if (time <= WARM_UP) continue;
    plans.push(planned);
    ours.push(settled);
    byHand.push(written);
  }
  await store.close();
  const median = (figures: number[], q = 0.5): number =>
    quantile(
      figures.sort((a, b) => a - b),
      q,
    );
  return {
    name: `checkpoint-settle-10k-of-1M-${sync ? 'synced' : 'unsynced'}`,
    unit: 'ms',
    ours: median(ours),
    peers: { [`v8.serialize, write${sync ? ', fdatasync' : ''} by hand`]: median(byHand) },
    notes: [
      `the plan before it ${median(plans).toFixed(2)} ms; p99 of the settlements ${median(ours, 0.99).toFixed(1)} ms`,
    ],
  };
}

function keptAt(time: number): Kept {
  return { count: time, last: 1.7e12 + time };
}

function settlementOf(
  time: number,
  [ids, values]: readonly [readonly number[], readonly unknown[]] | readonly [],
  added: Settlement['states'][number]['added'] = { ids: [], keys: [], values: [] },
): Settlement {
  const changed = { ids: ids ?? [], values: values ?? [] };
  return { time, positions: [], states: [{ state: 'totals/keys', version: 0, deleted: [], changed, added }] };
}

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
