/** Tails a log and saves the batches as text files; tries again after every error. */
import { batchInterval, commitOffsets, StreamingContext } from 'rx-dstream';
import { fileOffsets, saveAsTextFiles, tailFile } from 'rx-dstream/file';
import { retry, tap } from 'rxjs';
import { PATIENCE_MS, settings, tellError, tellProgress } from './telling.ts';

export interface SaveLines {
  readonly log: string;
  readonly prefix: string;
  readonly store: string;
}

const { log, prefix, store } = settings<SaveLines>();
const offsets = fileOffsets({ path: store });
const stream = new StreamingContext({ interval: 100 });
tellProgress(stream);

tailFile(log, { offsets, pollIntervalMs: 10 })
  .pipe(
    batchInterval(stream),
    saveAsTextFiles(prefix),
    commitOffsets(offsets),
    tap({ error: tellError }),
    retry({ delay: 100 }),
  )
  .subscribe();

process.once('SIGTERM', () => stream.stop({ graceful: true, deadline: PATIENCE_MS }));
