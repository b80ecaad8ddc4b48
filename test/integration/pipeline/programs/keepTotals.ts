/**
 * Keeps totals of words under a checkpoint in a folder, and commits to offsets in a file where its source has some. Each batch with
 * words becomes a line of `out`: its time, its words, the totals. At a batch with the word `hang` the output never ends.
 */
import { appendFileSync } from 'node:fs';
import {
  type Batch,
  batchInterval,
  commitOffsets,
  flatMapRecords,
  foreachBatch,
  mapRecords,
  StreamingContext,
  updateStateByKey,
} from 'rx-dstream';
import { fileCheckpoint, fileOffsets, tailFile, textFiles } from 'rx-dstream/file';
import { asText, kafkaDirect } from 'rx-dstream/kafka';
import type { Observable } from 'rxjs';
import { PATIENCE_MS, settings, tellProgress } from './telling.ts';

export interface KeepTotals {
  readonly source:
    | { readonly log: string }
    | { readonly folder: string }
    | { readonly brokers: readonly string[]; readonly topic: string };
  readonly checkpoint: string;
  /** The path of the offsets; none for a source that has none. */
  readonly offsets?: string;
  readonly out: string;
  /** Whether the output hangs at the word `hang`. */
  readonly hangs: boolean;
}

const { source, checkpoint, offsets: offsetsPath, out, hangs } = settings<KeepTotals>();
const offsets = offsetsPath === undefined ? undefined : fileOffsets({ path: offsetsPath });
const stream = new StreamingContext({ interval: 100, checkpoint: fileCheckpoint(checkpoint) });
tellProgress(stream);
let words: readonly string[] = [];

const totals = lines().pipe(
  flatMapRecords((line) => line.split(' ')),
  foreachBatch((batch) => {
    words = [...batch.records];
  }),
  mapRecords((word) => [word, 1] as const),
  updateStateByKey((ones, total: number = 0) => total + ones.length, { name: 'totals' }),
  foreachBatch(({ time, records }) => {
    if (words.length === 0) return undefined;
    appendFileSync(out, `${JSON.stringify({ pid: process.pid, time, words, totals: records })}\n`);
    return hangs && words.includes('hang') ? new Promise(() => {}) : undefined;
  }),
);
(offsets === undefined ? totals : totals.pipe(commitOffsets(offsets))).subscribe();

process.once('SIGTERM', () => stream.stop({ graceful: true, deadline: PATIENCE_MS }));

function lines(): Observable<Batch<string>> {
  const from = offsets === undefined ? {} : { offsets };
  if ('folder' in source) return textFiles(source.folder).pipe(batchInterval(stream));
  if ('log' in source) {
    return tailFile(source.log, { ...from, pollIntervalMs: 10, rotationWaitMs: 20 }).pipe(batchInterval(stream));
  }
  const kafka = { brokers: [...source.brokers] };
  return kafkaDirect({ kafka, topics: [source.topic], from: 'earliest', value: asText(), ...from }).pipe(
    batchInterval(stream),
    mapRecords(({ value }) => value),
  );
}
