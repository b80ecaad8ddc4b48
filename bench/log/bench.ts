import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bench, BenchRow } from '../measure/Bench.ts';
import { type Contender, interleaved, quantile, type Rates } from '../measure/interleaved.ts';
import { byHand, byHandTogether, ceiling, type Load, type Logging, openedLog, ours, oursTrimmed } from './Logging.ts';

/** Blocks as receivers store them, and the smallest there are. */
const BLOCKS: Load = { blocks: 480, records: 1000, bytes: 100_000, waiting: 16 };
const SINGLE: Load = { blocks: 20_000, records: 1, bytes: 100, waiting: 256 };
/** What `flumePush` stores, from four sinks, long enough for files to be written again. */
const GOING_ON: Load = { blocks: 3200, records: 1000, bytes: 205_000, waiting: 4 };
const ROUNDS = { rounds: 5, warmUp: 1 };

/** Who appends, ours first, and what part of the load is enough for him. */
type Appenders = Readonly<Record<string, readonly [Logging, number]>>;

const EACH: Appenders = {
  'rx-dstream': [ours('always'), 1],
  'appendFile + datasync each': [byHand(true), 0.1],
  "rx-dstream, sync: 'never'": [ours('never'), 1],
  'appendFile, no sync': [byHand(false), 1],
};
const TOGETHER: Appenders = {
  'rx-dstream': [oursTrimmed, 1],
  'writev + datasync of all that wait, by hand': [byHandTogether, 1],
  'written over, synced: what a file here gives': [ceiling, 1],
};

/** What a receiver waits for: the write-ahead log, beside a loop that writes and syncs each block, and beside writing without any sync, in the same run. */
export const bench: Bench = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-log-'));
  try {
    return [
      await appending('log-append', folder, BLOCKS, EACH),
      await appending('log-append-single', folder, SINGLE, EACH),
      await appending('log-append-trimmed', folder, GOING_ON, TOGETHER),
      await replaying(folder),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

async function appending(name: string, folder: string, load: Load, appenders: Appenders): Promise<BenchRow> {
  const waits: Record<string, number[]> = {};
  const contender = (who: string, [logging, part]: readonly [Logging, number]): Contender => ({
    async work() {
      const place = mkdtempSync(join(folder, 'round-'));
      const some = { ...load, blocks: Math.ceil(load.blocks * part) };
      const waited = await logging(place, some);
      waits[who] = [...(waits[who] ?? []), ...waited];
      rmSync(place, { recursive: true });
      return some.blocks * load.records;
    },
  });
  const contenders = Object.entries(appenders).map(([who, how]) => [who, contender(who, how)] as const);
  const rates = await interleaved(Object.fromEntries(contenders), ROUNDS);
  const { 'rx-dstream': mine, ...others } = rates as typeof rates & { readonly 'rx-dstream': Rates };
  const size = load.bytes / load.records;
  return {
    name,
    unit: 'records/s',
    ours: Math.round(mine.median),
    peers: Object.fromEntries(Object.entries(others).map(([peer, { median }]) => [peer, Math.round(median)])),
    notes: [
      `blocks of ${load.records} x ${size} bytes, ${load.waiting} receivers waiting; ${((mine.median * size) / 1e6).toFixed(0)} MB/s`,
      ...Object.entries(waits).flatMap(([who, all]) => (all.length === 0 ? [] : `${who}: ${shownWaits(all)}`)),
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
