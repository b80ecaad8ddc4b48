import {
  batchInterval,
  drain,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  reduceByKey,
  StreamingContext,
} from 'rx-dstream';
import { FedSource } from '../measure/FedSource.ts';
import { add, type WordCount, words } from './WordCount.ts';

/** The public operators in a running context: cut, planned, evaluated, settled, and all. */
export const ours: WordCount = (emit) => {
  const source = new FedSource<string>();
  const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
  source.records
    .pipe(
      batchInterval(context),
      flatMapRecords(words),
      mapRecords((word) => [word, 1] as const),
      reduceByKey(add),
      foreachBatch((batch) => emit(batch.records)),
    )
    .subscribe({ error: (error) => source.failed(error) });
  return (batches) => source.feed(batches, context);
};
