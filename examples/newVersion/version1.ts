/** The program as it was first: counts the words of a file. What it has counted is in the checkpoint, under the name `totals`. */
import {
  batchInterval,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import { fileCheckpoint, tailFile } from 'rx-dstream/file';
import { tellTotals } from './tell.ts';

const [log = '', checkpoint = ''] = process.argv.slice(2);
const stream = new StreamingContext({ interval: 100, checkpoint: fileCheckpoint(checkpoint) });

tailFile(log)
  .pipe(
    batchInterval(stream),
    flatMapRecords((line) => line.split(' ')),
    mapRecords((word) => [word, 1] as const),
    updateStateByKey((ones, total: number = 0) => total + ones.length, { name: 'totals' }),
    foreachBatch(({ time, records }) => tellTotals(time, records)),
  )
  .subscribe();
