import { KafkaRecord } from '../KafkaRecord.ts';
import { BATCH_HEADER, type BatchHeader } from './BatchHeader.ts';
import { malformedRecord } from './malformedRecord.ts';
import { RecordBytes } from './RecordBytes.ts';
import { headersEnd } from './readHeaders.ts';
import { read, readVarint, readVarlong } from './varint.ts';

/** Which records of a batch are wanted, and by whom. */
export interface RecordRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly until: number;
}

/** What one batch gave. */
export interface BatchTally {
  /** Records within the range. */
  readonly records: number;
  /** The offset of the record at which the visitor said `false`; -1 if it never did. */
  readonly stoppedAt: number;
}

/** A record takes at least this many bytes: its length, and six numbers of one byte. */
const SMALLEST_RECORD = 7;

/**
 * The records of a batch, in one pass over `bytes` (decompressed; from `start` to `end`). Without a visitor they are
 * only counted. Every length is held against the end of its record, so that garbled bytes throw and nothing loops.
 */
export function readRecords(
  batch: BatchHeader,
  bytes: Buffer,
  start: number,
  end: number,
  { topic, partition, from, until }: RecordRange,
  visit: ((record: KafkaRecord) => unknown) | undefined,
): BatchTally {
  const { baseOffset, baseTimestamp, maxTimestamp, logAppendTime, count } = batch;
  if (count > (end - start) / SMALLEST_RECORD) malformedRecord(`${count} records told in ${end - start} bytes`);
  const shared = new RecordBytes(bytes, start, end);
  const firstDelta = from - baseOffset;
  const endDelta = until - baseOffset;
  const lastDelta = batch.lastOffset - baseOffset;
  let lastSeen = -1;
  let records = 0;
  let at = start;
  for (let i = 0; i < count; i++) {
    let byte = bytes[at] as number;
    let length: number;
    if (byte < 0x80) {
      length = (byte >>> 1) ^ -(byte & 1);
      at++;
    } else {
      readVarint(bytes, at);
      length = read.value;
      at = read.end;
    }
    const recordEnd = at + length;
    if (at < 0 || length < SMALLEST_RECORD - 1 || recordEnd > end) malformedRecord('a record is longer than its batch');
    at++;
    byte = bytes[at] as number;
    let timestamp: number;
    if (byte < 0x80) {
      timestamp = baseTimestamp + ((byte >>> 1) ^ -(byte & 1));
      at++;
    } else {
      readVarlong(bytes, at);
      timestamp = baseTimestamp + read.value;
      at = read.end;
    }
    byte = bytes[at] as number;
    let delta: number;
    if (byte < 0x80) {
      delta = (byte >>> 1) ^ -(byte & 1);
      at++;
    } else {
      readVarint(bytes, at);
      delta = read.value;
      at = read.end;
    }
    if (delta <= lastSeen || delta > lastDelta) malformedRecord(`offset ${baseOffset + delta} is out of its order`);
    lastSeen = delta;
    readVarint(bytes, at);
    const keyLength = read.value;
    const keyAt = read.end;
    at = keyLength < 0 ? keyAt : keyAt + keyLength;
    if (keyAt < 0 || at > recordEnd) malformedRecord('a key is longer than its record');
    readVarint(bytes, at);
    const valueLength = read.value;
    const valueAt = read.end;
    at = valueLength < 0 ? valueAt : valueAt + valueLength;
    if (valueAt < 0 || at >= recordEnd) malformedRecord('a value is longer than its record');
    let headersAt = -1;
    if (bytes[at] === 0) at++;
    else {
      headersAt = at;
      at = headersEnd(bytes, at, recordEnd);
    }
    if (at !== recordEnd) malformedRecord('a record does not end where it says');
    if (delta < firstDelta || delta >= endDelta) continue;
    records++;
    if (visit === undefined) continue;
    const record = new KafkaRecord(
      topic,
      partition,
      baseOffset + delta,
      logAppendTime ? maxTimestamp : timestamp,
      shared,
      keyAt,
      keyLength < 0 ? -1 : keyAt + keyLength,
      valueAt,
      valueLength < 0 ? -1 : valueAt + valueLength,
      headersAt,
    );
    if (visit(record) === false) return { records, stoppedAt: baseOffset + delta };
  }
  if (at !== end) malformedRecord('a batch has bytes after its last record');
  return { records, stoppedAt: -1 };
}

/** Whether a control batch aborts its producer's transaction. */
export function abortsTransaction(batch: BatchHeader, bytes: Buffer, at: number): boolean {
  let aborts = false;
  const everything = { topic: '', partition: 0, from: 0, until: Number.MAX_SAFE_INTEGER };
  readRecords(batch, bytes, at + BATCH_HEADER, batch.end, everything, ({ key }) => {
    if (key && key.length >= 4 && key.readInt16BE(2) === 0) aborts = true;
  });
  return aborts;
}
