/**
 * Tails a log of numbered lines into another file and commits to a file, Redis or ZooKeeper. Every batch, empty ones too, becomes a
 * line of `out`: process, time, first byte, byte after the last, numbers of its lines. `SIGTERM` ends it gracefully.
 */
import { appendFileSync } from 'node:fs';
import {
  batchInterval,
  type CommitRetry,
  commitOffsets,
  foreachBatch,
  type OffsetStore,
  StreamingContext,
} from 'rx-dstream';
import { fileOffsets, tailFile } from 'rx-dstream/file';
import { redisOffsets } from 'rx-dstream/redis';
import { zookeeperOffsets } from 'rx-dstream/zookeeper';
import { retry, tap, timer } from 'rxjs';
import { PATIENCE_MS, settings, tell, tellError, tellProgress } from './telling.ts';

export interface TailLines {
  readonly log: string;
  readonly out: string;
  /** The path of the offsets, the URL of a Redis, or `zookeeper:` and its servers. */
  readonly store: string;
  readonly group?: string;
  readonly intervalMs?: number;
  /** How long the output takes. */
  readonly outputMs?: number;
  readonly commitRetry?: Partial<CommitRetry>;
  /** How long the graceful end may take. */
  readonly deadlineMs?: number;
  /** Subscribe again this long after an error. */
  readonly retryMs?: number;
}

const {
  log,
  out,
  store,
  group = 'lines',
  intervalMs = 50,
  outputMs = 0,
  commitRetry,
  retryMs,
  ...rest
} = settings<TailLines>();
const offsets = openStore();
const stream = new StreamingContext({ interval: intervalMs, ...(commitRetry === undefined ? {} : { commitRetry }) });
tellProgress(stream);

tailFile(log, { offsets, pollIntervalMs: 10 })
  .pipe(
    batchInterval(stream),
    foreachBatch(async ({ time, offsets: [range], records }) => {
      if (outputMs > 0) await new Promise((resolve) => setTimeout(resolve, outputMs));
      const lines = records.map((line) => Number(line.split(' ')[1]));
      appendFileSync(out, `${JSON.stringify({ pid: process.pid, time, ...range, lines })}\n`);
    }),
    commitOffsets(offsets),
    tap({ error: tellError }),
    retry({ count: retryMs === undefined ? 0 : Number.POSITIVE_INFINITY, delay: () => timer(retryMs ?? 0) }),
  )
  .subscribe({ error: (error) => console.error(error), complete: () => tell({ type: 'complete' }) });

process.once('SIGTERM', () => {
  const { deadlineMs = PATIENCE_MS } = rest;
  const stopped = stream.stop({ graceful: true, deadline: deadlineMs });
  void stopped.then(() => offsets.close?.());
});

function openStore(): OffsetStore {
  if (store.startsWith('redis:')) return redisOffsets({ redis: store, group });
  if (!store.startsWith('zookeeper:')) return fileOffsets({ path: store });
  const zookeeper = store.slice('zookeeper:'.length);
  return zookeeperOffsets({ zookeeper, group, commandTimeoutMs: 4000, sessionTimeoutMs: 4000 });
}
