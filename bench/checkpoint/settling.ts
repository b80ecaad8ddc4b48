import { fdatasyncSync, openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { serialize } from 'node:v8';
import { fileCheckpoint } from 'rx-dstream/file';
import type { BenchRow } from '../measure/Bench.ts';
import { quantile } from '../measure/interleaved.ts';
import { changesOf, firstSettlement } from './settlements.ts';

const KEYS = 1_000_000;
const ROUNDS = 60;
const WARM_UP = 10;

/** Settling 10,000 changed keys of 1 million, beside the same columns serialized, written and synced by hand; in turns. */
export async function settlingCost(folder: string, sync: boolean): Promise<BenchRow> {
  const store = fileCheckpoint(folder, { sync });
  await store.load();
  await store.plan({ time: 0, cuts: [] });
  await store.settle(firstSettlement(KEYS));
  const handle = openSync(`${folder}.by-hand`, 'a');
  const changes = changesOf(KEYS);
  const [plans, ours, byHand]: [number[], number[], number[]] = [[], [], []];
  for (let time = 1; time <= WARM_UP + ROUNDS; time++) {
    const settlement = changes(time);
    const changed = settlement.states[0]?.changed;
    await turn();
    const planned = await timed(() => store.plan({ time, cuts: [] }));
    const settled = await timed(() => store.settle(settlement));
    await turn();
    const written = await timed(() => {
      writeSync(handle, serialize(changed));
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

async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}
