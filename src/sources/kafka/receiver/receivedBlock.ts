import { StreamError } from '../../../core/errors.ts';
import type { AbortedTransaction, Isolation } from '../../../drivers/kafka/KafkaDriver.ts';

/** What one fetch brought of one partition: whole record batches as they came, and which offsets of them are meant. */
export interface ReceivedPart {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly until: number;
  /** How many records are seen in it. */
  readonly records: number;
  readonly batches: Buffer;
  readonly aborted: readonly AbortedTransaction[];
}

/** A block of the log as it is understood again. */
export interface ReceivedBlock {
  readonly isolation: Isolation;
  readonly parts: readonly ReceivedPart[];
}

type PartHead = readonly [
  topic: string,
  partition: number,
  from: number,
  until: number,
  records: number,
  bytes: number,
  aborted: readonly (readonly [producerId: number, firstOffset: number])[],
];

interface BlockHead {
  readonly isolation: Isolation;
  readonly parts: readonly PartHead[];
}

/** `KR` and the version of this format, then the length of the head: JSON, followed by the batches of its parts. */
const MAGIC = 0x4b520001;
const PREFIX = 8;

/** The bytes of a block: a head that says what follows, and the record batches untouched. */
export function blockOf(isolation: Isolation, parts: readonly ReceivedPart[]): readonly Uint8Array[] {
  const heads = parts.map(({ topic, partition, from, until, records, batches, aborted }): PartHead => {
    return [
      topic,
      partition,
      from,
      until,
      records,
      batches.length,
      aborted.map((one) => [one.producerId, one.firstOffset]),
    ];
  });
  const head = Buffer.from(JSON.stringify({ isolation, parts: heads } satisfies BlockHead));
  const prefix = Buffer.alloc(PREFIX);
  prefix.writeUInt32BE(MAGIC, 0);
  prefix.writeUInt32BE(head.length, 4);
  return [prefix, head, ...parts.map(({ batches }) => batches)];
}

/** What is in a block. Throws `LOG_CORRUPT` at what this receiver has not written. */
export function readBlock(name: string, block: Uint8Array): ReceivedBlock {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
  if (bytes.length < PREFIX || bytes.readUInt32BE(0) !== MAGIC) {
    throw new StreamError(
      'LOG_CORRUPT',
      `${name}: expected a block that a kafkaReceiver of this version has written, and the log holds another. Give every source a log of its own.`,
    );
  }
  const headEnd = PREFIX + bytes.readUInt32BE(4);
  const head = JSON.parse(bytes.toString('utf8', PREFIX, headEnd)) as BlockHead;
  let at = headEnd;
  const parts = head.parts.map(([topic, partition, from, until, records, length, aborted]): ReceivedPart => {
    const batches = bytes.subarray(at, at + length);
    at += length;
    const transactions = aborted.map(([producerId, firstOffset]) => ({ producerId, firstOffset }));
    return { topic, partition, from, until, records, batches, aborted: transactions };
  });
  return { isolation: head.isolation, parts };
}
