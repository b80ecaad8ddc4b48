/** Counts the lines of all files in a folder, as a batch, with whatever file descriptors it was given. Run by its test. */
import { batchInterval, foreachBatch, StreamingContext } from 'rx-dstream';
import { textFiles } from 'rx-dstream/file';

const [folder = ''] = process.argv.slice(2);
const stream = new StreamingContext({ interval: 100 });
stream.progress$.subscribe((event) => event.type === 'report' && console.log(event.code, event.message));

textFiles(folder, { newFilesOnly: false, minRememberDuration: Number.POSITIVE_INFINITY })
  .pipe(
    batchInterval(stream),
    foreachBatch(({ records }) => {
      if (records.length === 0) return;
      console.log(`lines ${records.length}`);
      void stream.stop();
    }),
  )
  .subscribe();
