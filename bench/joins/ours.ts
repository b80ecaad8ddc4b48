import { type Batch, batchInterval, drain, foreachBatch, join, StreamingContext } from 'rx-dstream';
import { map, share } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';
import type { Join, Sides } from './Join.ts';

/** The public operator in a running context: cut, planned, paired, joined, settled, and all. */
export const ours: Join = (emit) => {
  const source = new FedSource<Sides>();
  const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
  const batches = source.records.pipe(batchInterval(context), share());
  const side = (name: keyof Sides) => map((batch: Batch<Sides>) => batch.withRecords(batch.records[0]?.[name] ?? []));
  batches
    .pipe(
      side('left'),
      join(batches.pipe(side('right'))),
      foreachBatch((batch) => emit(batch.records)),
    )
    .subscribe({ error: (error) => source.failed(error) });
  return (all) =>
    source.feed(
      all.map((sides) => [sides]),
      context,
    );
};
