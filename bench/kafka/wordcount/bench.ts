import type { Bench } from '../../measure/Bench.ts';
import { corpus } from '../../measure/corpus.ts';
import { compared } from '../compared.ts';
import { preload } from '../preload.ts';

const RECORDS = 400_000;

/** Reading a preloaded topic of lines of 10 words and counting the words. */
export const bench: Bench = async () => {
  const lines = corpus({ batches: 1, linesPerBatch: 50_000, wordsPerLine: 10, vocabulary: 100_000 })[0] as string[];
  await preload({ topic: 'lines', records: RECORDS, value: (n) => lines[n % lines.length] as string });
  return [await compared('kafka-wordcount', 'wordcount', 'lines', RECORDS)];
};
