/** A small encoder of record batches (format 2), for tests: independent of the decoder it tests, checksum included. */

export interface RecordToEncode {
  /** Default: the record's index. */
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: string | Buffer | null;
  readonly value?: string | Buffer | null;
  readonly headers?: readonly (readonly [string, string | null])[];
}

export interface BatchToEncode {
  readonly baseOffset?: number;
  readonly records?: readonly RecordToEncode[];
  /** Default: that of the last record. */
  readonly lastOffsetDelta?: number;
  readonly baseTimestamp?: number;
  readonly maxTimestamp?: number;
  readonly logAppendTime?: boolean;
  readonly transactional?: boolean;
  readonly control?: boolean;
  readonly producerId?: number;
  /** Number of the codec, and how it is done. */
  readonly codec?: readonly [id: number, compress: (bytes: Buffer) => Buffer];
  /** Default 2. */
  readonly magic?: number;
  /** Default: how many there are. */
  readonly count?: number;
}

export function encodeRecordBatch(batch: BatchToEncode): Buffer {
  const { baseOffset = 0, records = [], codec, baseTimestamp = 1_700_000_000_000 } = batch;
  const lastDelta = batch.lastOffsetDelta ?? Math.max(records.at(-1)?.offsetDelta ?? records.length - 1, 0);
  const plain = Buffer.concat(records.map(encodeRecord));
  const section = codec ? codec[1](plain) : plain;
  const head = Buffer.alloc(61);
  head.writeBigInt64BE(BigInt(baseOffset), 0);
  head.writeInt32BE(49 + section.length, 8);
  head.writeInt32BE(0, 12);
  head.writeInt8(batch.magic ?? 2, 16);
  const attributes =
    (codec?.[0] ?? 0) |
    (batch.logAppendTime ? 0x08 : 0) |
    (batch.transactional ? 0x10 : 0) |
    (batch.control ? 0x20 : 0);
  head.writeInt16BE(attributes, 21);
  head.writeInt32BE(lastDelta, 23);
  head.writeBigInt64BE(BigInt(baseTimestamp), 27);
  head.writeBigInt64BE(BigInt(batch.maxTimestamp ?? baseTimestamp), 35);
  head.writeBigInt64BE(BigInt(batch.producerId ?? -1), 43);
  head.writeInt16BE(batch.producerId === undefined ? -1 : 0, 51);
  head.writeInt32BE(-1, 53);
  head.writeInt32BE(batch.count ?? records.length, 57);
  return withChecksum(Buffer.concat([head, section]));
}

/** The marker that ends a transaction. */
export function encodeMarker(offset: number, producerId: number, type: 'commit' | 'abort'): Buffer {
  const key = Buffer.from([0, 0, 0, type === 'commit' ? 1 : 0]);
  const value = Buffer.from([0, 0, 0, 0, 0, 0]);
  return encodeRecordBatch({
    baseOffset: offset,
    records: [{ key, value }],
    transactional: true,
    control: true,
    producerId,
  });
}

/** Writes the right checksum into a batch that was changed by hand. */
export function withChecksum(batch: Buffer): Buffer {
  let crc = 0xffffffff;
  for (const byte of batch.subarray(21)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  batch.writeUInt32BE((crc ^ 0xffffffff) >>> 0, 17);
  return batch;
}

/** `n` records whose value is `stem` and their number. */
export function numbered(n: number, stem = 'v'): RecordToEncode[] {
  return Array.from({ length: n }, (_, i) => ({ value: `${stem}${i}` }));
}

function encodeRecord(record: RecordToEncode, index: number): Buffer {
  const headers = record.headers ?? [];
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(record.timestampDelta ?? 0),
    varint(record.offsetDelta ?? index),
    sized(record.key ?? null),
    sized(record.value ?? null),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [sized(name), sized(value)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

function sized(content: string | Buffer | null): Buffer {
  if (content === null) return varint(-1);
  const bytes = Buffer.from(content as string);
  return Buffer.concat([varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  let rest = value < 0 ? BigInt(-value) * 2n - 1n : BigInt(value) * 2n;
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}
