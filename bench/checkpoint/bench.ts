import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import { type CheckpointStore, memoryCheckpoint } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { runScript } from '../measure/inChild.ts';
import { quantile } from '../measure/interleaved.ts';
import { type Kept, knownKeys, newKeys } from '../state/KeyedWork.ts';
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
      await recovery(join(folder, 'stalls'), join(folder, 'by-hand')),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** The delays of the event loop while a pipeline runs on 1 million keys and its log is merged several times. */
async function stalls(folder: string): Promise<BenchRow> {
  const ours = await delays(fileCheckpoint(folder, { compactAfterBytes: 4 << 20 }));
  const memory = await delays(memoryCheckpoint());
  return {
    name: 'checkpoint-stall-p99-1M',
    unit: 'ms',
    ours: ours.p99,
    peers: { 'checkpoint in memory': memory.p99 },
    notes: [
      `the longest ${ours.max.toFixed(0)} ms, in memory ${memory.max.toFixed(0)} ms; batches of 10,000 records themselves included`,
    ],
  };
}

async function delays(checkpoint: CheckpointStore): Promise<{ readonly p99: number; readonly max: number }> {
  const work = totals(checkpoint);
  for (let from = 0; from < KEYS; from += 10_000) await work.take([newKeys(from)]);
  const next = knownKeys(KEYS);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  for (let batch = 0; batch < 150; batch++) {
    const records = next();
    // The making of the records is no part of the pipeline.
    delay.disable();
    await pause(1);
    delay.enable();
    await work.take([records]);
    await pause(20);
  }
  delay.disable();
  await work.stop();
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
}

/** From the start of a process to the end of its first batch, beside reading a Map from one file of blocks. */
async function recovery(folder: string, file: string): Promise<BenchRow> {
  writeByHand(file);
  const [ours, byHand]: [Start[], Start[]] = [[], []];
  for (let round = 0; round < 5; round++) {
    ours.push(await started('recoverOnce.js', folder));
    byHand.push(await started('recoverByHand.js', file));
  }
  // Each start counts 100 keys once more than the one before it.
  const isExact = ours.every(({ sum }, round) => round === 0 || sum === (ours[round - 1] as Start).sum + 100);
  if (!isExact) throw new Error(`checkpoint-recovery: the batches gave ${ours.map(({ sum }) => sum).join(', ')}`);
  const median = (starts: readonly Start[], of: (start: Start) => number): number =>
    quantile(
      starts.map(of).sort((a, b) => a - b),
      0.5,
    );
  const cpu = (starts: readonly Start[]): string => median(starts, ({ cpuMs }) => cpuMs).toFixed(0);
  return {
    name: 'checkpoint-recovery-1M',
    unit: 'ms from the start of the process to the first batch',
    ours: median(ours, ({ ms }) => ms),
    peers: { 'one Map from one file by hand': median(byHand, ({ ms }) => ms) },
    notes: [
      '1 million keys: base and log are read, every checksum looked at, the state built, one batch run',
      `processor time, all threads: ${cpu(ours)} ms, by hand ${cpu(byHand)} ms`,
    ],
  };
}

interface Start {
  readonly ms: number;
  readonly cpuMs: number;
  readonly sum: number;
}

async function started(script: string, place: string): Promise<Start> {
  const begun = performance.now();
  const told = await runScript(fileURLToPath(new URL(script, import.meta.url)), [place]);
  return { ...(told as Omit<Start, 'ms'>), ms: performance.now() - begun };
}

function writeByHand(file: string): void {
  writeFileSync(file, '');
  const handle = openSync(file, 'a');
  for (let from = 0; from < KEYS; from += 1024) {
    const keys = newKeys(from, Math.min(1024, KEYS - from)).map(([key]) => key);
    const block = serialize([keys, keys.map((_, n): Kept => ({ count: n, last: 1.7e12 + n }))]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length);
    writeSync(handle, Buffer.concat([length, block]));
  }
}
