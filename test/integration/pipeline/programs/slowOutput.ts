/** Reads numbered lines from a log or from a socket; its output is slow until the process gets `SIGUSR2`. Measures its memory. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { batchInterval, commitOffsets, foreachBatch, StreamingContext } from 'rx-dstream';
import { fileOffsets, tailFile } from 'rx-dstream/file';
import { socketText } from 'rx-dstream/socket';
import { identity } from 'rxjs';
import { PATIENCE_MS, settings, tell, tellError, tellProgress } from './telling.ts';

export interface SlowOutput {
  readonly from: { readonly log: string; readonly store: string } | { readonly port: number };
  readonly intervalMs: number;
  readonly outputMs: number;
  readonly maxQueuedBatches: number;
  readonly maxBytes: number;
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const { from, intervalMs, outputMs, maxQueuedBatches, maxBytes } = settings<SlowOutput>();
const stream = new StreamingContext({ interval: intervalMs, maxQueuedBatches });
tellProgress(stream);
const offsets = 'log' in from ? fileOffsets({ path: from.store }) : undefined;
const lines =
  'log' in from
    ? tailFile(from.log, {
        ...(offsets === undefined ? {} : { offsets }),
        pollIntervalMs: 10,
        maxBytesPerBatch: maxBytes,
      })
    : socketText({ host: '127.0.0.1', port: from.port, maxBufferedBytes: maxBytes });

let isSlow = true;
process.on('SIGUSR2', () => {
  isSlow = false;
});
process.once('SIGTERM', () => stream.stop({ graceful: true, deadline: PATIENCE_MS }));

let next = 0;
let processed = 0;
let batches = 0;

lines
  .pipe(
    batchInterval(stream),
    foreachBatch(async (batch) => {
      batch.forEach((line) => {
        if (!line.startsWith(`line ${next} `)) throw new Error(`expected line ${next}, got ${line.slice(0, 20)}`);
        next++;
        processed += line.length + 1;
      });
      if (isSlow) await new Promise((resolve) => setTimeout(resolve, outputMs));
      if (batches++ % 5 !== 0) return;
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      tell({ type: 'measure', memory: heapUsed + external, lines: next, processed });
    }),
    offsets === undefined ? identity : commitOffsets(offsets),
  )
  .subscribe({ error: tellError });
