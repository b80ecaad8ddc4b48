import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { type Contender, interleaved, quantile } from '../measure/interleaved.ts';
import { byHand, type Load, type Logging, openedLog, ours } from './Logging.ts';

/** Blocks as receivers store them, and the smallest there are. */
const BLOCKS: Load = { blocks: 480, records: 1000, bytes: 100_000, waiting: 16 };
const SINGLE: Load = { blocks: 20_000, records: 1, bytes: 100, waiting: 256 };
const ROUNDS = { rounds: 5, warmUp: 1 };

/** What a receiver waits for: the write-ahead log, beside a loop that writes and syncs each block, and beside writing without any sync, in the same run. */
export const bench: Bench = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-log-'));
  try {
    return [
      await appending('log-append', folder, BLOCKS),
      await appending('log-append-single', folder, SINGLE),
      await replaying(folder),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function appending(name: string, folder: string, load: Load): Promise<BenchRow> {
  const waits: Record<string, number[]> = {};
  const contender = (who: string, logging: Logging, part = 1): Contender => ({
    async work() {
      const place = mkdtempSync(join(folder, 'round-'));
      const some = { ...load, blocks: Math.ceil(load.blocks * part) };
      const waited = await logging(place, some);
      waits[who] = [...(waits[who] ?? []), ...waited];
      rmSync(place, { recursive: true });
      return some.blocks * load.records;
    },
  });
  const rates = await interleaved(
    {
      'rx-dstream': contender('rx-dstream', ours('always')),
      'appendFile + datasync each': contender('appendFile + datasync each', byHand(true), 0.1),
      "rx-dstream, sync: 'never'": contender("rx-dstream, sync: 'never'", ours('never')),
      'appendFile, no sync': contender('appendFile, no sync', byHand(false)),
    },
    ROUNDS,
  );
  const { 'rx-dstream': mine, ...others } = rates;
  const size = load.bytes / load.records;
  return {
    name,
    unit: 'records/s',
    ours: Math.round(mine.median),
    peers: Object.fromEntries(Object.entries(others).map(([peer, { median }]) => [peer, Math.round(median)])),
    notes: [
      `blocks of ${load.records} x ${size} bytes, ${load.waiting} receivers waiting; ${((mine.median * size) / 1e6).toFixed(0)} MB/s`,
      ...Object.entries(waits).map(([who, all]) => `${who}: ${shownWaits(all)}`),
    ],
  };
}

/** Opening a log, which checks all of it, and reading it in batches, beside reading the bytes of its files. */
async function replaying(folder: string): Promise<BenchRow> {
  const load = { ...BLOCKS, blocks: 2000 };
  await ours('never')(folder, load);
  let opening = 0;
  const rates = await interleaved(
    {
      'rx-dstream': {
        async work() {
          const from = performance.now();
          const log = await openedLog(folder, 'never');
          opening = performance.now() - from;
          let [next, records] = [0, 0];
          for (;;) {
            const until = log.take(next, { maxRecords: Number.POSITIVE_INFINITY, maxBytes: 8 << 20 });
            if (until === next) break;
            for (const block of await log.read(next, until)) records += block.records;
            next = until;
          }
          await log.close();
          return records;
        },
      },
      'readFile of its segments, twice': {
        async work() {
          for (let times = 0; times < 2; times++) {
            const files = readdirSync(join(folder, 'log')).filter((file) => file.endsWith('.wal'));
            for (const file of files) await readFile(join(folder, 'log', file));
          }
          return load.blocks * load.records;
        },
      },
    },
    ROUNDS,
  );
  const bytes = load.bytes / load.records;
  return {
    name: 'log-replay',
    unit: 'records/s',
    ours: Math.round(rates['rx-dstream'].median),
    peers: { 'readFile of its segments, twice': Math.round(rates['readFile of its segments, twice'].median) },
    notes: [
      `${((rates['rx-dstream'].median * bytes) / 1e6).toFixed(0)} MB/s, opening included, which reads and checks everything once more`,
      `opening ${(load.blocks * load.bytes) / 1e6} MB took ${opening.toFixed(0)} ms`,
    ],
  };
}

function shownWaits(all: readonly number[]): string {
  const sorted = Float64Array.from(all).sort();
  return `an answer takes ${quantile(sorted, 0.5).toFixed(2)} ms at p50, ${quantile(sorted, 0.99).toFixed(2)} ms at p99`;
}
