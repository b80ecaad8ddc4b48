/** Counts the lines of a folder's files in small batches, and tells what memory that took. Run by its test. */
import { batchInterval, drain, foreachBatch, StreamingContext } from 'rx-dstream';
import { textFiles } from 'rx-dstream/file';

const [folder = '', lines = ''] = process.argv.slice(2);
const stream = new StreamingContext({ trigger: drain({ maxRecords: 1e9 }) });
const told = { lines: 0, batches: 0, megabytes: 0 };
stream.progress$.subscribe((event) => {
  if (event.type !== 'batch') return;
  told.batches++;
  told.megabytes = Math.max(told.megabytes, process.memoryUsage.rss() / 1e6);
  if (told.lines >= Number(lines)) void stream.stop({ graceful: true });
});

textFiles(folder, { newFilesOnly: false, maxBytesPerBatch: 8 * 1024 * 1024 })
  .pipe(
    batchInterval(stream),
    foreachBatch((batch) =>
      batch.forEach(() => {
        told.lines++;
      }),
    ),
  )
  .subscribe({ complete: () => console.log(JSON.stringify(told)) });
