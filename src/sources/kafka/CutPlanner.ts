import type { OffsetRange } from '../../core/OffsetRange.ts';
import type { CutLimit } from '../Source.ts';
import type { KafkaPartition } from './KafkaPartition.ts';
import type { KafkaSettings } from './KafkaSettings.ts';
import { planRanges } from './planRanges.ts';

/** Offsets a cut takes of a partition whose records nobody has seen the size of. */
const UNMEASURED_RECORDS = 1000;
/** What such an offset is taken to need, in bytes. */
const UNMEASURED_BYTES = 1024;

/** The ranges of one cut. */
export interface PlannedRanges {
  readonly ranges: readonly OffsetRange[];
  readonly records: number;
  /** There is more, which the limits kept out. */
  readonly more: boolean;
  /** Milliseconds until rates allow the next record, where only they keep it out. */
  readonly waitMs: number | undefined;
}

/** Divides what one cut may take among the partitions, and moves them on. */
export class CutPlanner {
  readonly #settings: KafkaSettings<unknown>;
  #turn = 0;
  #lastTime: number | undefined;

  constructor(settings: KafkaSettings<unknown>) {
    this.#settings = settings;
  }

  plan(partitions: readonly KafkaPartition[], time: number, limit: CutLimit): PlannedRanges {
    const { maxRecordsPerBatch, maxBytesPerBatch, maxRatePerPartition } = this.#settings;
    const isDrain = limit.intervalMs === 0;
    const average = averageBytes(partitions);
    const elapsed = this.#lastTime === undefined ? 0 : Math.max(time - this.#lastTime, 0);
    this.#lastTime = time;
    const backlogs = partitions.map((partition) => {
      const { next, latest, feed, loss, isBusy } = partition;
      const bytesPerOffset = feed.bytesPerOffset >= 0 ? feed.bytesPerOffset : average;
      // Under a drain trigger what has arrived is what has been fetched; otherwise it is what the log has at the tick.
      const end = isDrain ? feed.position : latest;
      const lag = loss !== undefined || isBusy ? 0 : Math.max(end - next, 0);
      const rate = isDrain ? this.#credit(partition, elapsed) : wholeRate(maxRatePerPartition, limit.intervalMs);
      return {
        lag,
        rate,
        cap: bytesPerOffset < 0 ? Math.min(rate, UNMEASURED_RECORDS) : rate,
        bytesPerOffset: bytesPerOffset < 0 ? UNMEASURED_BYTES : bytesPerOffset,
      };
    });
    const shares = planRanges(backlogs, Math.min(maxRecordsPerBatch, limit.maxRecords), maxBytesPerBatch, this.#turn++);
    const ranges = partitions.map((partition, i): OffsetRange => {
      const { topic, partition: number, next: from } = partition;
      const share = shares[i] as number;
      partition.next = from + share;
      partition.credit -= share;
      return { topic, partition: number, from, until: partition.next };
    });
    const records = shares.reduce((sum, share) => sum + share, 0);
    const more = backlogs.some(({ lag, rate }, i) => (shares[i] as number) < Math.min(lag, rate));
    const isHeldBack = isDrain && !more && backlogs.some(({ lag }, i) => (shares[i] as number) < lag);
    return { ranges, records, more, waitMs: isHeldBack ? Math.max(1000 / maxRatePerPartition, 100) : undefined };
  }

  /** A drain trigger has no interval to multiply a rate with: what a rate allows adds up, to one second at most. */
  #credit(partition: KafkaPartition, elapsed: number): number {
    const { maxRatePerPartition: rate } = this.#settings;
    if (rate === Number.POSITIVE_INFINITY) return rate;
    partition.credit = Math.min(Math.max(partition.credit, 0) + (rate * elapsed) / 1000, Math.max(rate, 1));
    return Math.floor(partition.credit);
  }
}

/** A rate over an interval, and at least one record: a slow rate is no standstill. */
function wholeRate(rate: number, intervalMs: number): number {
  return rate === Number.POSITIVE_INFINITY ? rate : Math.max(Math.floor((rate * intervalMs) / 1000), 1);
}

/** Over the partitions that were measured; -1 if none was. */
function averageBytes(partitions: readonly KafkaPartition[]): number {
  const measured = partitions.filter(({ feed }) => feed.bytesPerOffset >= 0);
  if (measured.length === 0) return -1;
  return measured.reduce((sum, { feed }) => sum + feed.bytesPerOffset, 0) / measured.length;
}
