import { openSync, writeFileSync, writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import { savepointOf } from 'rx-dstream';
import { fileCheckpoint } from 'rx-dstream/file';
import type { BenchRow } from '../measure/Bench.ts';
import { runScript } from '../measure/inChild.ts';
import { quantile } from '../measure/interleaved.ts';
import { type Kept, newKeys } from '../state/KeyedWork.ts';
import { changesOf, firstSettlement } from './settlements.ts';

const KEYS = 1_000_000;
const ROUNDS = 5;

/** Longer than any log gets here: nothing is merged. */
const NEVER = 2 ** 40;

/** From the start of a process to the end of its first batch, beside reading a Map from one file of blocks; in turns. */
export async function recovery(folder: string): Promise<readonly BenchRow[]> {
  const byHand = `${folder}.by-hand`;
  writeByHand(byHand);
  await writeBase(`${folder}.seed`, folder);
  const merged = await row('checkpoint-recovery-1M', folder, byHand, 'the log is empty, as after a merge');
  await writeLog(folder, 100);
  const long = await row(
    'checkpoint-recovery-1M-long-log',
    folder,
    byHand,
    '100 batches of 10,000 changes each lie in the log, about as many as it may have before it is merged',
  );
  return [merged, long];
}

async function row(name: string, folder: string, file: string, log: string): Promise<BenchRow> {
  const [ours, byHand]: [Start[], Start[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await started('recoverOnce.js', folder));
    byHand.push(await started('recoverByHand.js', file));
  }
  // Each start counts 100 keys once more than the one before it.
  const isExact = ours.every(({ sum }, round) => round === 0 || sum === (ours[round - 1] as Start).sum + 100);
  if (!isExact) throw new Error(`${name}: the batches gave ${ours.map(({ sum }) => sum).join(', ')}`);
  const cpu = (starts: readonly Start[]): string => median(starts, ({ cpuMs }) => cpuMs).toFixed(0);
  return {
    name,
    unit: 'ms from the start of the process to the first batch',
    ours: median(ours, ({ ms }) => ms),
    peers: { 'one Map from one file by hand': median(byHand, ({ ms }) => ms) },
    notes: [
      `1 million keys; ${log}`,
      'all is read, every checksum looked at, the state built, one batch run; by hand no checksums, no log',
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

function median(starts: readonly Start[], of: (start: Start) => number): number {
  const figures = starts.map(of).sort((a, b) => a - b);
  return quantile(figures, 0.5);
}

/** A checkpoint of 1 million keys that begins from a savepoint has them in its base. */
async function writeBase(seed: string, folder: string): Promise<void> {
  const first = fileCheckpoint(seed, { sync: false, compactAfterBytes: NEVER });
  await first.load();
  await first.plan({ time: 0, cuts: [] });
  await first.settle(firstSettlement(KEYS));
  await first.close();
  const store = fileCheckpoint(folder, { startFrom: savepointOf(first) });
  await store.load();
  await store.close();
}

async function writeLog(folder: string, batches: number): Promise<void> {
  const store = fileCheckpoint(folder, { sync: false, compactAfterBytes: NEVER });
  const { lastTime = 0 } = await store.load();
  const changes = changesOf(KEYS);
  for (let time = lastTime + 1; time <= lastTime + batches; time++) {
    await store.plan({ time, cuts: [] });
    await store.settle(changes(time));
  }
  await store.close();
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
