import {
  batchInterval,
  commitOffsets,
  flatMapRecords,
  mapRecords,
  print,
  reduceByKeyAndWindow,
  StreamingContext,
  seconds,
  sortRecords,
} from 'rx-dstream';
import { fileOffsets, tailFile } from 'rx-dstream/file';
import { batchesAskedFor } from './hotWords/batchesAskedFor.ts';
import { startWriter } from './hotWords/startWriter.ts';

const batches = batchesAskedFor(); // --batches N
startWriter('.demo/hot-words.log'); // another process: appends 20 lines a second

const offsets = fileOffsets({ path: '.demo/hot-words.offsets.json' });
const stream = new StreamingContext({ interval: seconds(1), batches });
stream.progress$.subscribe(
  (event) => event.type === 'report' && event.code === 'RESUMED' && console.log(event.message),
);

tailFile('.demo/hot-words.log', { offsets })
  .pipe(
    batchInterval(stream),
    flatMapRecords((line) => line.toLowerCase().match(/[a-z]{4,}/g) ?? []),
    mapRecords((word) => [word, 1] as const),
    reduceByKeyAndWindow((a, b) => a + b, { inverse: (a, b) => a - b, window: seconds(30), name: 'hot-words' }),
    sortRecords(([, a], [, b]) => b - a),
    print(10),
    commitOffsets(offsets),
  )
  .subscribe(); // an error that nobody handles ends the process; the next start goes on where it was
