import {
  batchInterval,
  flatMapRecords,
  join,
  mapRecords,
  print,
  reduceByKeyAndWindow,
  StreamingContext,
  seconds,
  sortRecords,
  updateStateByKey,
} from 'rx-dstream';
import { fileCheckpoint, tailFile } from 'rx-dstream/file';
import { share } from 'rxjs';
import { batchesAskedFor } from './hotWords/batchesAskedFor.ts';
import { startWriter } from './hotWords/startWriter.ts';
import { tellWhereItGoesOn } from './hotWords/tellWhereItGoesOn.ts';

const batches = batchesAskedFor(); // --batches N
const checkpoint = fileCheckpoint('.demo/checkpoint'); // totals, windows and positions, whatever ends this process
await tellWhereItGoesOn(checkpoint);
startWriter('.demo/hot-words.log'); // another process: appends 20 lines a second

const words = tailFile('.demo/hot-words.log').pipe(
  batchInterval(new StreamingContext({ interval: seconds(1), batches, checkpoint })),
  flatMapRecords((line) => line.toLowerCase().match(/[a-z]{4,}/g) ?? []),
  mapRecords((word) => [word, 1] as const),
  share(),
);
const hot = words.pipe(
  reduceByKeyAndWindow((a, b) => a + b, { inverse: (a, b) => a - b, window: seconds(30), name: 'hot' }),
);
const totals = words.pipe(updateStateByKey((ones, total: number = 0) => total + ones.length, { name: 'totals' }));

hot
  .pipe(
    join(totals),
    sortRecords(([, [a]], [, [b]]) => b - a),
    print(10),
  )
  .subscribe(); // an error that nobody handles ends the process; the next start goes on where it was
