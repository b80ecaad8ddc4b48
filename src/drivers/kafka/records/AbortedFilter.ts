import type { AbortedTransaction } from '../KafkaDriver.ts';
import type { BatchHeader } from './BatchHeader.ts';

/**
 * Tells the batches of aborted transactions from others. A transaction is known by its producer and its first offset,
 * and ends at that producer's abort marker, which only a control batch can be; a producer may abort more than once.
 */
export class AbortedFilter {
  private readonly ahead: AbortedTransaction[];
  private readonly open = new Set<number>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.ahead = [...aborted].sort((a, b) => b.firstOffset - a.firstOffset);
  }

  /** To be asked for each batch of data, in order of offsets. */
  drops(batch: BatchHeader): boolean {
    for (let next = this.ahead.at(-1); next && next.firstOffset <= batch.lastOffset; next = this.ahead.at(-1)) {
      this.open.add(next.producerId);
      this.ahead.pop();
    }
    return batch.transactional && this.open.has(batch.producerId);
  }

  /** To be told of each control batch, in order of offsets. */
  marker(batch: BatchHeader, aborts: boolean): void {
    this.drops(batch);
    if (aborts) this.open.delete(batch.producerId);
  }
}
