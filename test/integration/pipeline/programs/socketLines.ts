/** Writes down the numbered lines of a socket, more slowly than the batches come. `SIGTERM` ends it gracefully. */
import { appendFileSync } from 'node:fs';
import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { socketText } from 'rx-dstream/socket';
import { PATIENCE_MS, settings, tell, tellProgress } from './telling.ts';

export interface SocketLines {
  readonly port: number;
  readonly out: string;
}

const { port, out } = settings<SocketLines>();
const stream = new StreamingContext({ interval: 50 });
tellProgress(stream);

socketText({ host: '127.0.0.1', port })
  .pipe(
    batchInterval(stream),
    foreachBatch(async ({ time, records }) => {
      await new Promise((resolve) => setTimeout(resolve, 120));
      const lines = records.map((line) => Number(line.split(' ')[1]));
      appendFileSync(out, `${JSON.stringify({ pid: process.pid, time, lines })}\n`);
    }),
  )
  .subscribe({ error: (error) => console.error(error), complete: () => tell({ type: 'complete' }) });

process.once('SIGTERM', () => stream.stop({ graceful: true, deadline: PATIENCE_MS }));
