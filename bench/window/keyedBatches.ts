import { randomFrom } from '../measure/random.ts';
import type { KeyedCount, WindowWork } from './SlidingWindow.ts';

/** Makes batch after batch, the same ones for the same shape of work: every key alike. */
export function keyedBatches({ recordsPerBatch, keys }: WindowWork): () => readonly KeyedCount[] {
  const random = randomFrom(7);
  const names = Array.from({ length: keys }, (_, key) => `key-${key}`);
  return () => Array.from({ length: recordsPerBatch }, (): KeyedCount => [names[Math.floor(random() * keys)] ?? '', 1]);
}

/** Batches to run through before slides count: the window is full, and nearly all keys have been seen. */
export function batchesBefore({ batches, recordsPerBatch, keys }: WindowWork): number {
  return Math.max(batches, Math.ceil((keys / recordsPerBatch) * 8)) + 5;
}
