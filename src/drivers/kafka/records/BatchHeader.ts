import { malformedRecord } from './malformedRecord.ts';

/** Bytes before a batch's records. */
export const BATCH_HEADER = 61;
/** Bytes before the part that the length counts. */
const LENGTH_END = 12;
/** Where the part begins that the checksum covers. */
export const CHECKED_FROM = 21;

/** The head of a record batch of format 2. */
export interface BatchHeader {
  /** Offset of the first record, also after it was compacted away. */
  readonly baseOffset: number;
  /** Offset of the last record, also after it was compacted away. */
  readonly lastOffset: number;
  /** Where the batch ends in the bytes. */
  readonly end: number;
  readonly crc: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  /** Whether all records have the time at which the broker took them. */
  readonly logAppendTime: boolean;
  readonly transactional: boolean;
  /** Whether its records are markers of transactions, not data. */
  readonly control: boolean;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  readonly producerId: number;
  /** Records it still has. */
  readonly count: number;
}

/** Size of the batch at `at`, as far as the bytes tell: 12 where even the length is cut off. */
export function batchSize(bytes: Buffer, at: number): number {
  return at + LENGTH_END > bytes.length ? LENGTH_END : LENGTH_END + bytes.readInt32BE(at + 8);
}

/** The head of the batch at `at`, whose bytes are all there. Throws at formats 0 and 1 and at what cannot be. */
export function readBatchHeader(bytes: Buffer, at: number): BatchHeader {
  const size = batchSize(bytes, at);
  const magic = size > 16 ? bytes[at + 16] : undefined;
  if (magic === 0 || magic === 1) {
    malformedRecord(
      `a batch of format ${magic}, which Kafka wrote before 0.11 and this decoder does not read; ` +
        'copy the topic with a current client, or start after these records',
    );
  }
  if (magic !== 2) malformedRecord(`a batch of unknown format ${magic ?? '(cut)'}`);
  if (size < BATCH_HEADER) malformedRecord(`a batch of ${size} bytes`);
  const baseOffset = int64(bytes, at);
  const lastDelta = bytes.readInt32BE(at + 23);
  const count = bytes.readInt32BE(at + 57);
  const attributes = bytes.readInt16BE(at + 21);
  if (!Number.isSafeInteger(baseOffset + lastDelta) || baseOffset < 0) malformedRecord(`an offset of ${baseOffset}`);
  if (lastDelta < 0 || count < 0 || count > lastDelta + 1) {
    malformedRecord(`a batch of ${count} records over ${lastDelta + 1} offsets`);
  }
  return {
    baseOffset,
    lastOffset: baseOffset + lastDelta,
    end: at + size,
    crc: bytes.readUInt32BE(at + 17),
    codec: attributes & 7,
    logAppendTime: (attributes & 0x08) !== 0,
    transactional: (attributes & 0x10) !== 0,
    control: (attributes & 0x20) !== 0,
    baseTimestamp: int64(bytes, at + 27),
    maxTimestamp: int64(bytes, at + 35),
    producerId: int64(bytes, at + 43),
    count,
  };
}

function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
