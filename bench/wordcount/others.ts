import {
  batchInterval,
  drain,
  filterRecords,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  mapValues,
  reduceByKey,
  StreamingContext,
} from 'rx-dstream';
import { share } from 'rxjs';
import { FedSource } from '../measure/FedSource.ts';
import { add, words } from './WordCount.ts';

/** Other pipelines of the same operators, with functions, keys and values of their own: a program has more than one. */
export async function runOthers(batches: readonly (readonly string[])[], rounds: number): Promise<void> {
  const source = new FedSource<string>();
  const context = new StreamingContext({ trigger: drain(), onWarning: () => {} });
  const lines = source.records.pipe(batchInterval(context), share());
  const failed = { error: (error: unknown): void => source.failed(error) };
  const read = foreachBatch<unknown>((batch) => batch.forEach(() => {}));
  lines
    .pipe(
      flatMapRecords(words),
      mapRecords((word) => [word.length, word] as const),
      reduceByKey((left, right) => (left < right ? left : right)),
      read,
    )
    .subscribe(failed);
  lines
    .pipe(
      mapRecords((line) => [line.slice(0, 3), line.length] as const),
      filterRecords(([, length]) => length > 40),
      reduceByKey(Math.max),
      read,
    )
    .subscribe(failed);
  lines
    .pipe(
      flatMapRecords((line) => line.match(/[a-f]+/g) ?? []),
      mapRecords((letters) => [letters.charCodeAt(0), 1] as const),
      mapValues((n) => n / 2),
      reduceByKey(add),
      read,
    )
    .subscribe(failed);
  lines
    .pipe(
      flatMapRecords((line) => new Set(line)),
      mapRecords((letter) => [letter, { seen: 1 }] as readonly [string, { seen: number }]),
      reduceByKey((left, right) => ({ seen: left.seen + right.seen })),
      read,
    )
    .subscribe(failed);
  for (let round = 0; round < rounds; round++) await source.feed(batches, context);
}
