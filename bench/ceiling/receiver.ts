/**
 * `receiver.js {"port", "folder", "maxBytes", "perSecond", "seconds"}`: a socket through a write-ahead log into an output that takes
 * `perSecond` lines a second. Its last line says how much memory was resident at the end of each second, and how many lines were out.
 */
import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';
import type { CeilingRun } from './CeilingRun.ts';

interface Settings {
  readonly port: number;
  readonly folder: string;
  readonly maxBytes: number;
  /** `null`: as many as come. */
  readonly perSecond: number | null;
  readonly seconds: number;
}

const { port, folder, maxBytes, perSecond, seconds } = JSON.parse(process.argv[2] as string) as Settings;
const residentMB: number[] = [];
let lines = 0;

socketText({ host: '127.0.0.1', port, log: { folder, maxBytes }, maxBatchBytes: maxBytes / 8 })
  .pipe(
    batchInterval(new StreamingContext({ interval: 200, onWarning: () => {} })),
    foreachBatch(async (batch) => {
      let count = 0;
      batch.forEach(() => {
        count++;
      });
      if (perSecond !== null) await new Promise((resolve) => setTimeout(resolve, (count / perSecond) * 1000));
      lines += count;
    }),
  )
  .subscribe({ error: fail });

setInterval(() => {
  residentMB.push(Math.round(process.memoryUsage.rss() / 1e6));
  if (residentMB.length < seconds) return;
  const run: CeilingRun = { residentMB, lines };
  console.log(JSON.stringify(run));
  process.exit(0);
}, 1000);

function fail(error: unknown): void {
  console.error(error);
  process.exit(1);
}
