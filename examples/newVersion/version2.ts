/**
 * The next version: a total also says when its word came last, so the old totals, which were numbers, are migrated; and words
 * that have become frequent are told, once each: an operator that was not there before, so what it remembers begins empty.
 */
import {
  batchInterval,
  dropDuplicates,
  filterRecords,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  mapValues,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import { fileCheckpoint, tailFile } from 'rx-dstream/file';
import { share } from 'rxjs';
import { tell, tellTotals } from './tell.ts';

interface Total {
  readonly count: number;
  /** The batch of its last occurrence; 0: before there was this version. */
  readonly last: number;
}

const [log = '', checkpoint = ''] = process.argv.slice(2);
const stream = new StreamingContext({
  interval: 100,
  checkpoint: fileCheckpoint(checkpoint),
  onWarning: (warning) => tell({ warning }),
});
process.once('SIGTERM', () => void stream.stop({ graceful: true }));

const totals = tailFile(log).pipe(
  batchInterval(stream),
  flatMapRecords((line) => line.split(' ')),
  mapRecords((word) => [word, 1] as const),
  updateStateByKey(
    (ones, total: Total = { count: 0, last: 0 }, _word, time) =>
      ones.length === 0 ? total : { count: total.count + ones.length, last: time },
    { name: 'totals', version: 1, migrate: (count: number): Total => ({ count, last: 0 }) },
  ),
  share(),
);

totals
  .pipe(
    filterRecords(([, { count }]) => count >= 100),
    dropDuplicates({ by: ([word]) => word, atMost: 1000, name: 'frequent' }),
    foreachBatch(({ records }) => {
      for (const [word] of records) tell({ frequent: word });
    }),
  )
  .subscribe();

totals
  .pipe(
    mapValues(({ count }) => count),
    foreachBatch(({ time, records }) => tellTotals(time, records)),
  )
  .subscribe();
