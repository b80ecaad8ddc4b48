/**
 * Counts the words of a growing log, batch by batch, until it is killed. What each batch holds is told to `attempts` before it
 * is written: a line for each time it is tried.
 */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  reduceByKey,
  StreamingContext,
} from 'rx-dstream';
import { fileOffsets, saveAsTextFiles, tailFile } from 'rx-dstream/file';
import { retry, tap } from 'rxjs';
import { PATIENCE_MS, settings, tellError, tellProgress } from './telling.ts';

export interface CountWords {
  readonly log: string;
  readonly offsets: string;
  readonly attempts: string;
  /**
   * Where the counts go: `time` and `from` get a JSON file for each batch, named after its time and after the byte where it
   * begins; `text` is written by `saveAsTextFiles`.
   */
  readonly folder: string;
  /** How long each batch is held after it was written. */
  readonly holdMs: number;
  /** Every so many attempts one fails after it was written, and is repeated by `retry()`. */
  readonly failEvery: number;
}

type Counts = Batch<readonly [string, number]>;

const { log, offsets: offsetsPath, attempts, folder, holdMs, failEvery } = settings<CountWords>();
const offsets = fileOffsets({ path: offsetsPath });
const stream = new StreamingContext({ interval: 50 });
tellProgress(stream);
let tries = 0;

tailFile(log, { offsets, pollIntervalMs: 10 })
  .pipe(
    batchInterval(stream),
    flatMapRecords((line) => line.split(' ')),
    mapRecords((word) => [word, 1] as const),
    reduceByKey((a, b) => a + b),
    foreachBatch(({ time, offsets: [range], records }) => {
      appendFileSync(attempts, `${JSON.stringify({ pid: process.pid, time, ...range, counts: records })}\n`);
    }),
    foreachBatch((batch) => write('time', batch.time, batch)),
    foreachBatch((batch) => write('from', batch.offsets[0]?.from, batch)),
    saveAsTextFiles(join(folder, 'text', 'counts')),
    foreachBatch(async () => {
      await new Promise((resolve) => setTimeout(resolve, holdMs));
      if (++tries % failEvery === 0) throw new Error('fails now and then');
    }),
    commitOffsets(offsets),
    tap({ error: tellError }),
    retry(),
  )
  .subscribe();

process.once('SIGTERM', () => stream.stop({ graceful: true, deadline: PATIENCE_MS }));

/** Whole or not at all, as the file system can do it. */
function write(key: 'time' | 'from', value: number | undefined, { records }: Counts): void {
  const path = join(folder, key, String(value));
  mkdirSync(join(folder, key), { recursive: true });
  writeFileSync(`${path}.tmp`, JSON.stringify(records));
  renameSync(`${path}.tmp`, path);
}
