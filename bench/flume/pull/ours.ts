import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { flumePull } from 'rx-dstream/flume';
import { sink } from './sink.ts';

/** Takes so many events through a pipeline to an output, which looks at every body; answers how many. */
export async function ours(wanted: number, log: 'on disk' | 'memory', connectionsPerAgent: number): Promise<number> {
  const { host, port, eventBytes } = sink();
  const folder = mkdtempSync(join(tmpdir(), 'rx-dstream-flume-'));
  const stream = new StreamingContext({ interval: 100, onWarning: () => {} });
  let events = 0;
  const done = new Promise<void>((resolve, reject) => {
    flumePull({ agents: [{ host, port }], log: log === 'memory' ? log : join(folder, 'log'), connectionsPerAgent })
      .pipe(
        batchInterval(stream),
        foreachBatch((batch) => {
          batch.forEach((event) => {
            if (event.body.length !== eventBytes) throw new Error(`a body of ${event.body.length} bytes`);
            events++;
          });
          if (events >= wanted) resolve();
        }),
      )
      .subscribe({ error: reject });
  });
  await done;
  const counted = events;
  await stream.stop();
  rmSync(folder, { recursive: true, force: true });
  return counted;
}
