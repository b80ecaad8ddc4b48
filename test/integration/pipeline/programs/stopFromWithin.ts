/** Tails a log; its output stops the whole thing at a certain batch. */
import { appendFileSync } from 'node:fs';
import { batchInterval, commitOffsets, foreachBatch, StreamingContext } from 'rx-dstream';
import { fileOffsets, tailFile } from 'rx-dstream/file';
import { settings, tellProgress } from './telling.ts';

export interface StopFromWithin {
  readonly log: string;
  readonly out: string;
  readonly store: string;
  /** The batch whose output stops the stream, counted from 1. */
  readonly batch: number;
  readonly graceful: boolean;
}

const { log, out, store, batch: last, graceful } = settings<StopFromWithin>();
const offsets = fileOffsets({ path: store });
const stream = new StreamingContext({ interval: 50 });
tellProgress(stream);
let batches = 0;

tailFile(log, { offsets, pollIntervalMs: 10 })
  .pipe(
    batchInterval(stream),
    foreachBatch(async ({ time, offsets: [range], records }) => {
      const lines = records.map((line) => Number(line.split(' ')[1]));
      appendFileSync(out, `${JSON.stringify({ pid: process.pid, time, ...range, lines })}\n`);
      // Not awaited: the stop waits for this very output.
      if (++batches === last) void stream.stop({ graceful });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }),
    commitOffsets(offsets),
  )
  .subscribe({ error: (error) => console.error(error) });
