import { loadCodec, mustLoad } from '../codecs/codecs.ts';
import { BATCH_HEADER, batchCodec, batchSize } from './BatchHeader.ts';

/** Loads the codecs that the batches of an answer need and that are not there yet, so that decoding never waits. */
export async function loadCodecsOf(answer: readonly { readonly records: Buffer }[]): Promise<void> {
  const needed = new Set<number>();
  for (const { records } of answer) {
    for (let at = 0; at + BATCH_HEADER <= records.length; ) {
      needed.add(batchCodec(records, at));
      at += Math.max(batchSize(records, at), BATCH_HEADER);
    }
  }
  for (const codec of needed) if (mustLoad(codec)) await loadCodec(codec);
}
