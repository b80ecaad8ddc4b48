import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { type CheckpointStore, memoryCheckpoint } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { knownKeys, newKeys } from '../state/KeyedWork.ts';
import { recovery } from './recovery.ts';
import { settlingCost } from './settling.ts';
import { totals } from './totals.ts';

const KEYS = 1_000_000;

/** What a checkpoint in a folder costs: a batch of 10,000 changed keys of 1 million, the event loop meanwhile, and starting again. */
export const bench: Bench = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-checkpoint-'));
  try {
    return [
      await settlingCost(join(folder, 'unsynced'), false),
      await settlingCost(join(folder, 'synced'), true),
      await stalls(join(folder, 'stalls')),
      ...(await recovery(join(folder, 'recovery'))),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The delays of the event loop while a pipeline runs on 1 million keys and its log is merged. */
async function stalls(folder: string): Promise<BenchRow> {
  const bases = new Set<string>();
  const look = (): void => {
    for (const name of readdirSync(folder)) if (name.startsWith('base')) bases.add(name);
  };
  const ours = await delays(fileCheckpoint(folder, { compactAfterBytes: 4 << 20 }), look);
  const memory = await delays(memoryCheckpoint());
  return {
    name: 'checkpoint-stall-p99-1M',
    unit: 'ms',
    ours: ours.p99,
    peers: { 'checkpoint in memory': memory.p99 },
    notes: [
      `the longest ${ours.max.toFixed(0)} ms, in memory ${memory.max.toFixed(0)} ms; batches of 10,000 records themselves included`,
      `the log was merged ${bases.size - 1} times meanwhile`,
    ],
  };
}

async function delays(
  checkpoint: CheckpointStore,
  look: () => void = () => {},
): Promise<{ readonly p99: number; readonly max: number }> {
  const work = totals(checkpoint);
  for (let from = 0; from < KEYS; from += 10_000) await work.take([newKeys(from)]);
  const next = knownKeys(KEYS);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let batch = 0; batch < 250; batch++) {
    const records = next();
    // The making of the records is no part of the pipeline.
    delay.disable();
    look();
    await pause(1);
    delay.enable();
    await work.take([records]);
    await pause(20);
  }
  delay.disable();
  await work.stop();
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
}
