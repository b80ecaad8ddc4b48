/** Tails a log; the output of one batch fails, after it has written it, as often as the test says. */
import { appendFileSync } from 'node:fs';
import { batchInterval, commitOffsets, foreachBatch, StreamingContext } from 'rx-dstream';
import { fileOffsets, tailFile } from 'rx-dstream/file';
import { retry, tap } from 'rxjs';
import { PATIENCE_MS, settings, tellError, tellProgress } from './telling.ts';

export interface FailingOutput {
  readonly log: string;
  readonly out: string;
  readonly store: string;
  /** The batch whose output fails, counted from 1, and how often. */
  readonly batch: number;
  readonly times: number;
  /** What becomes of the error: `retry()`, an error handler, or nothing at all. */
  readonly handler: 'retry' | 'error' | 'none';
}

const { log, out, store, batch, times, handler } = settings<FailingOutput>();
const offsets = fileOffsets({ path: store });
const stream = new StreamingContext({ interval: 50 });
tellProgress(stream);
let failures = 0;
let settled = 0;
stream.progress$.subscribe((event) => {
  if (event.type === 'batch') settled++;
});

const lines = tailFile(log, { offsets, pollIntervalMs: 10 }).pipe(
  batchInterval(stream),
  foreachBatch(async ({ time, offsets: [range], records }) => {
    const numbers = records.map((line) => Number(line.split(' ')[1]));
    appendFileSync(out, `${JSON.stringify({ pid: process.pid, time, ...range, lines: numbers })}\n`);
    await Promise.resolve();
    if (settled === batch - 1 && failures++ < times) throw new Error('the database is gone');
  }),
  commitOffsets(offsets),
);

if (handler === 'retry') lines.pipe(tap({ error: tellError }), retry()).subscribe();
else if (handler === 'error') lines.subscribe({ error: tellError });
else lines.subscribe();

process.once('SIGTERM', () => stream.stop({ graceful: true, deadline: PATIENCE_MS }));
