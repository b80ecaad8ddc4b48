/** Tails a log into another file, one line a batch: its time, and the numbers of its lines. Killed by its test. */
import { appendFileSync } from 'node:fs';
import { batchInterval, commitOffsets, foreachBatch } from 'rx-dstream';
import { fileOffsets, tailFile } from 'rx-dstream/file';

const [log = '', offsetsPath = '', out = ''] = process.argv.slice(2);
const offsets = fileOffsets({ path: offsetsPath });

tailFile(log, { offsets, pollIntervalMs: 10, rotationWaitMs: 20 })
  .pipe(
    batchInterval(10),
    foreachBatch(({ records }) => {
      if (records.length > 0)
        appendFileSync(out, `${process.pid}: ${records.map((line) => line.split(' ')[1]).join(',')}\n`);
    }),
    commitOffsets(offsets),
  )
  .subscribe();
