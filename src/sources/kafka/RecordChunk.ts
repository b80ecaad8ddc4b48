import type { AbortedTransaction, FetchedPartition } from '../../drivers/kafka/KafkaDriver.ts';

/** Bytes before a batch's records. */
const BATCH_HEADER = 61;

/**
 * What is known of the offsets from `from` to before `end` of one partition: the batches that hold their records, or that
 * there are none (`hole`), or that they are gone for good and this was reported (`lost`).
 */
export interface RecordChunk {
  readonly kind: 'records' | 'hole' | 'lost';
  readonly from: number;
  readonly end: number;
  readonly records: Buffer;
  readonly aborted: readonly AbortedTransaction[];
  /** The answer it came in, whose memory it shares with others. */
  readonly response: FetchResponse | undefined;
}

/** The memory of one answer, kept until the last of its chunks has been read. */
export interface FetchResponse {
  readonly bytes: number;
  chunks: number;
}

/** The whole batches of an answer as a chunk that begins at `position`; `undefined` if there is none from there on. */
export function recordChunk(
  answer: FetchedPartition,
  position: number,
  response: FetchResponse,
): RecordChunk | undefined {
  const end = endOfBatches(answer.records);
  if (end <= position) return undefined;
  return { kind: 'records', from: position, end, records: answer.records, aborted: answer.aborted, response };
}

/** Offsets without records. */
export function emptyChunk(kind: 'hole' | 'lost', from: number, end: number): RecordChunk {
  return { kind, from, end, records: NOTHING, aborted: [], response: undefined };
}

const NOTHING = Buffer.alloc(0);

/**
 * The offset after the last batch that is whole; -1 if there is none. Stops at what is no batch: decoding the bytes then
 * says what is wrong with it.
 */
function endOfBatches(bytes: Buffer): number {
  let end = -1;
  for (let at = 0; at + BATCH_HEADER <= bytes.length; ) {
    const size = 12 + bytes.readInt32BE(at + 8);
    if (size < BATCH_HEADER || at + size > bytes.length) break;
    const next = bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4) + bytes.readInt32BE(at + 23) + 1;
    if (!Number.isSafeInteger(next) || next <= end) break;
    end = next;
    at += size;
  }
  return end;
}
