import { isStreamError, StreamError } from '../../core/errors.ts';
import { reasonOf } from '../../core/reasonOf.ts';
import { decompressor } from './codecs/codecs.ts';
import type { AbortedTransaction, Isolation } from './KafkaDriver.ts';
import type { KafkaRecord } from './KafkaRecord.ts';
import { AbortedFilter } from './records/AbortedFilter.ts';
import { BATCH_HEADER, type BatchHeader, batchSize, CHECKED_FROM, readBatchHeader } from './records/BatchHeader.ts';
import { crc32c } from './records/crc32c.ts';
import { MalformedRecord, malformedRecord } from './records/malformedRecord.ts';
import { abortsTransaction, type BatchTally, type RecordRange, readRecords } from './records/readRecords.ts';

/** What {@link decodeRecords} is to give of a partition's record batches. */
export interface DecodeOptions extends RecordRange {
  readonly topic: string;
  readonly partition: number;
  /** First offset wanted; records before it, which share a batch with it, are dropped. */
  readonly from: number;
  /** Offset to stop before. */
  readonly until: number;
  readonly isolation: Isolation;
  /** As the fetch answered them; used under `read_committed`. */
  readonly aborted: readonly AbortedTransaction[];
  /** Whether the checksum of each batch is verified. Default `true`. */
  readonly checkCrc?: boolean;
  /** Limit for a decompressed batch, in bytes. Default 64 MiB. */
  readonly maxBatchBytes?: number;
}

/** What became of the offsets between `from` and `nextPosition`: each is in one of the counts. */
export interface DecodeTally {
  /** Records visited. */
  readonly delivered: number;
  /** Transaction markers. */
  readonly control: number;
  /** Records of aborted transactions. */
  readonly aborted: number;
  /** Offsets that no record has any more: compacted away, or deleted. */
  readonly missing: number;
  /** Where reading goes on; at most `until`. */
  readonly nextPosition: number;
  /** Size of the batch that was cut off at the end of the bytes (12 where even its size was); 0 if none was. */
  readonly cutBytes: number;
  /** Whether the visitor answered `false`; the record it said so at counts as delivered. */
  readonly stopped: boolean;
}

const DEFAULT_MAX_BATCH_BYTES = 64 * 1024 * 1024;

/**
 * Visits the records of raw record batches (format 2) from offset `from` to before `until`, in order, and says where to
 * go on. Empty and compacted batches only move the position; control batches and, under `read_committed`, those of
 * aborted transactions are left out. `visit` may answer `false` to stop. A batch that breaks the format or its checksum
 * throws `DATA_CORRUPT` with topic, partition and offset, after everything before it has been visited; one that
 * decompresses to more than `maxBatchBytes` throws `BUFFER_FULL`. Without `visit` the records are checked and counted.
 */
export function decodeRecords(
  records: Buffer,
  options: DecodeOptions,
  visit?: (record: KafkaRecord) => unknown,
): DecodeTally {
  const { from, until, isolation, checkCrc = true, maxBatchBytes = DEFAULT_MAX_BATCH_BYTES } = options;
  const filter = isolation === 'read_committed' ? new AbortedFilter(options.aborted) : undefined;
  let position = from;
  let delivered = 0;
  let control = 0;
  let aborted = 0;
  let stoppedAt = -1;
  let cutBytes = 0;
  let lastOffset = -1;
  for (let at = 0; at < records.length && position < until && stoppedAt < 0; ) {
    const size = batchSize(records, at);
    if (size > records.length - at) {
      cutBytes = size;
      break;
    }
    try {
      const batch = readBatchHeader(records, at);
      const { baseOffset } = batch;
      if (baseOffset <= lastOffset)
        malformedRecord(`a batch begins at offset ${baseOffset} after one up to ${lastOffset}`);
      lastOffset = batch.lastOffset;
      if (baseOffset >= until) position = until;
      else if (batch.control || lastOffset >= from) {
        if (checkCrc && crc32c(records, at + CHECKED_FROM, batch.end) !== batch.crc) {
          malformedRecord('the checksum of a batch is wrong');
        }
        if (batch.control) {
          filter?.marker(batch, abortsTransaction(batch, records, at));
          if (lastOffset >= from) control += batch.count;
        } else {
          const drop = filter?.drops(batch) === true;
          const tally = readBatch(records, at, batch, options, maxBatchBytes, drop ? undefined : visit);
          if (drop) aborted += tally.records;
          else delivered += tally.records;
          stoppedAt = tally.stoppedAt;
        }
        if (lastOffset >= from) position = Math.min(lastOffset + 1, until);
      }
      at = batch.end;
    } catch (error) {
      throw error instanceof MalformedRecord ? corrupt(error.message, records, at, options) : error;
    }
  }
  if (stoppedAt >= 0) position = stoppedAt + 1;
  const missing = position - from - delivered - control - aborted;
  return { delivered, control, aborted, missing, nextPosition: position, cutBytes, stopped: stoppedAt >= 0 };
}

/** The records of one batch, decompressed if need be; `visit` left out counts them only. */
function readBatch(
  records: Buffer,
  at: number,
  batch: BatchHeader,
  options: DecodeOptions,
  maxBatchBytes: number,
  visit: ((record: KafkaRecord) => unknown) | undefined,
): BatchTally {
  const start = at + BATCH_HEADER;
  if (batch.codec === 0) return readRecords(batch, records, start, batch.end, options, visit);
  const bytes = decompressed(records, start, batch, options, maxBatchBytes);
  return readRecords(batch, bytes, 0, bytes.length, options, visit);
}

function decompressed(
  records: Buffer,
  start: number,
  batch: BatchHeader,
  { topic, partition }: DecodeOptions,
  maxBatchBytes: number,
): Buffer {
  // A batch that was compacted empty keeps its codec and has no bytes.
  if (batch.count === 0 && start === batch.end) return NOTHING;
  try {
    return decompressor(batch.codec)(records.subarray(start, batch.end), maxBatchBytes);
  } catch (cause) {
    const code = isStreamError(cause) ? cause.code : 'DATA_CORRUPT';
    const why = reasonOf(cause);
    const offset = batch.baseOffset;
    throw new StreamError(code, `Kafka ${topic} partition ${partition}, batch at offset ${offset}: ${why}`, {
      cause,
      details: { topic, partition, offset, nextOffset: batch.lastOffset + 1 },
    });
  }
}

const NOTHING = Buffer.alloc(0);

function corrupt(what: string, records: Buffer, at: number, { topic, partition, from }: DecodeOptions): StreamError {
  const offset = at + 8 > records.length ? from : Number(records.readBigInt64BE(at));
  const nextOffset = at + BATCH_HEADER > records.length ? undefined : offset + records.readInt32BE(at + 23) + 1;
  return new StreamError(
    'DATA_CORRUPT',
    `Kafka ${topic} partition ${partition}, batch at offset ${offset}: ${what}. ` +
      'Nothing of this batch can be trusted; read again, or go on behind it knowing that its records are lost.',
    { details: { topic, partition, offset, nextOffset } },
  );
}
