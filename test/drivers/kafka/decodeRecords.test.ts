import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeRecords } from '../../../src/drivers/kafka/decodeRecords.ts';
import type { KafkaRecord } from '../../../src/drivers/kafka/KafkaRecord.ts';
import { decoded, EVERYTHING, failureOf, values } from './decoded.ts';
import { encodeMarker, encodeRecordBatch, numbered, withChecksum } from './encodeRecordBatch.ts';

const gzip = [1, (bytes: Buffer) => gzipSync(bytes)] as const;

describe('decodeRecords', () => {
  it('gives every record with its place, key, value, time and headers', () => {
    const batch = encodeRecordBatch({
      baseOffset: 5_000_000_000,
      baseTimestamp: 1_700_000_000_000,
      records: [
        {
          key: 'k',
          value: 'v',
          timestampDelta: 7,
          headers: [
            ['trace', 'a'],
            ['trace', null],
          ],
        },
        { key: null, value: null, timestampDelta: -100_000_000_000 },
        { key: '', value: '', timestampDelta: 100_000_000_000 },
      ],
    });
    const { records, tally } = decoded(batch, { from: 5_000_000_000 });
    expect(records.map(({ topic, partition, offset }) => [topic, partition, offset])).toEqual([
      ['lines', 3, 5_000_000_000],
      ['lines', 3, 5_000_000_001],
      ['lines', 3, 5_000_000_002],
    ]);
    expect(records.map(({ key, value }) => [key, value])).toEqual([
      [Buffer.from('k'), Buffer.from('v')],
      [null, null],
      [Buffer.alloc(0), Buffer.alloc(0)],
    ]);
    expect(records.map(({ keyText, valueText }) => [keyText, valueText])).toEqual([
      ['k', 'v'],
      [null, null],
      ['', ''],
    ]);
    expect(records.map(({ timestamp }) => timestamp - 1_700_000_000_000)).toEqual([
      7, -100_000_000_000, 100_000_000_000,
    ]);
    expect(records.map(({ headers }) => headers)).toEqual([
      [
        ['trace', Buffer.from('a')],
        ['trace', null],
      ],
      [],
      [],
    ]);
    expect(tally).toEqual({
      delivered: 3,
      control: 0,
      aborted: 0,
      missing: 0,
      nextPosition: 5_000_000_003,
      cutBytes: 0,
      stopped: false,
    });
  });

  it("has the broker's time where the topic says so", () => {
    const batch = encodeRecordBatch({
      logAppendTime: true,
      maxTimestamp: 42,
      records: [{ value: 'a', timestampDelta: 9 }],
    });
    expect(decoded(batch).records[0]?.timestamp).toBe(42);
  });

  it('drops what shares a batch with the range and lies before or after it', () => {
    const bytes = Buffer.concat([
      encodeRecordBatch({ baseOffset: 40, records: numbered(10) }),
      encodeRecordBatch({ baseOffset: 50, records: numbered(10, 'w') }),
    ]);
    const { records, tally } = decoded(bytes, { from: 48, until: 52 });
    expect(values(records)).toEqual(['48:v8', '49:v9', '50:w0', '51:w1']);
    expect(tally).toMatchObject({ delivered: 4, missing: 0, nextPosition: 52 });
  });

  it('passes compacted holes and empty batches, and counts what is missing', () => {
    const bytes = Buffer.concat([
      encodeRecordBatch({ baseOffset: 10, records: [{ value: 'a', offsetDelta: 2 }], lastOffsetDelta: 4 }),
      encodeRecordBatch({ baseOffset: 20, records: [], lastOffsetDelta: 9, producerId: 7 }),
    ]);
    const { records, tally } = decoded(bytes, { from: 10 });
    expect(values(records)).toEqual(['12:a']);
    expect(tally).toMatchObject({ delivered: 1, missing: 19, nextPosition: 30 });
  });

  it('passes a compressed batch that was compacted empty', () => {
    const bytes = encodeRecordBatch({ lastOffsetDelta: 9, codec: [1, () => Buffer.alloc(0)] });
    expect(decoded(bytes).tally).toMatchObject({ delivered: 0, missing: 10, nextPosition: 10 });
  });

  it('goes on at the end of the range when the next batch begins behind it', () => {
    const { tally } = decoded(encodeRecordBatch({ baseOffset: 90, records: numbered(1) }), { from: 5, until: 50 });
    expect(tally).toMatchObject({ delivered: 0, missing: 45, nextPosition: 50 });
  });

  it('stays where it is when there are no bytes', () => {
    expect(decoded(Buffer.alloc(0), { from: 5, until: 50 }).tally).toMatchObject({ missing: 0, nextPosition: 5 });
  });

  it('takes a batch that is cut off at the end for one that comes later, and tells its size', () => {
    const first = encodeRecordBatch({ records: numbered(3) });
    const second = encodeRecordBatch({ baseOffset: 3, records: numbered(3) });
    for (let kept = 1; kept < second.length; kept++) {
      const { records, tally } = decoded(Buffer.concat([first, second.subarray(0, kept)]));
      expect(records.length).toBe(3);
      expect(tally).toMatchObject({ nextPosition: 3, cutBytes: kept < 12 ? 12 : second.length });
    }
  });

  it('stops at once when the visitor says false, and goes on behind that record', () => {
    const bytes = encodeRecordBatch({ baseOffset: 7, records: numbered(10) });
    const seen: number[] = [];
    const tally = decodeRecords(bytes, { ...EVERYTHING, from: 7 }, ({ offset }) => {
      seen.push(offset);
      return offset < 9;
    });
    expect(seen).toEqual([7, 8, 9]);
    expect(tally).toMatchObject({ delivered: 3, nextPosition: 10, missing: 0, stopped: true });
  });

  it("leaves the visitor's own error as it is", () => {
    const bytes = encodeRecordBatch({ records: numbered(2) });
    const mine = new RangeError('mine');
    const error = failureOf(() =>
      decodeRecords(bytes, EVERYTHING, () => {
        throw mine;
      }),
    );
    expect(error).toBe(mine);
  });

  it('reads a batch of 200,000 records', () => {
    const { tally } = decoded(encodeRecordBatch({ records: numbered(200_000), codec: gzip }));
    expect(tally).toMatchObject({ delivered: 200_000, nextPosition: 200_000 });
  });

  it('hands out text of any characters, at any alignment', () => {
    const texts = [
      'plain',
      'zażółć gęślą jaźń',
      '\u{1f980}',
      'x'.repeat(13),
      'aé',
      'éa',
      'abcdefghé',
      '\u0000',
      '\u007f',
    ];
    for (let shift = 0; shift < 4; shift++) {
      const batch = encodeRecordBatch({ records: texts.map((text) => ({ key: text, value: text.repeat(3) })) });
      const bytes = Buffer.concat([Buffer.alloc(shift), batch]).subarray(shift);
      const { records } = decoded(bytes);
      expect(records.map(({ keyText }) => keyText)).toEqual(texts);
      expect(records.map(({ valueText }) => valueText)).toEqual(texts.map((text) => text.repeat(3)));
    }
  });

  it('gives a detached record that shares no memory with the response', () => {
    const batch = encodeRecordBatch({
      records: [{ key: 'k', value: 'välue', headers: [['h', 'x']] }, { value: null }],
    });
    const { records } = decoded(batch);
    const [first, second] = records.map((record) => record.detached()) as [KafkaRecord, KafkaRecord];
    batch.fill(0xff);
    expect(first.toJSON()).toEqual({ ...placeOf(first), key: 'k', value: 'välue' });
    expect(first.headers).toEqual([['h', Buffer.from('x')]]);
    expect(first.value?.buffer.byteLength).toBeLessThan(32);
    expect([second.key, second.value, second.headers]).toEqual([null, null, []]);
  });

  it('shows a record by its place and contents', () => {
    const { records } = decoded(encodeRecordBatch({ records: [{ key: 'k', value: 'v' }] }));
    expect(inspect(records[0])).toBe(
      "{\n  topic: 'lines',\n  partition: 3,\n  offset: 0,\n  timestamp: 1700000000000,\n  key: 'k',\n  value: 'v'\n}",
    );
    expect(JSON.parse(JSON.stringify(records[0]))).toMatchObject({ topic: 'lines', offset: 0, value: 'v' });
  });

  describe('what breaks the format is DATA_CORRUPT with its place', () => {
    const good = encodeRecordBatch({ baseOffset: 10, records: numbered(5) });

    it('a wrong checksum, unless it is not to be checked', () => {
      const bad = Buffer.from(good);
      bad[64] = (bad[64] as number) ^ 0x01;
      expect(failureOf(() => decoded(bad, { from: 10 }))).toMatchObject({
        code: 'DATA_CORRUPT',
        message: expect.stringMatching(/lines partition 3, batch at offset 10: the checksum .* is wrong/),
        details: { topic: 'lines', partition: 3, offset: 10, nextOffset: 15 },
      });
      const timeOnly = Buffer.from(good);
      timeOnly[34] = (timeOnly[34] as number) ^ 0x01;
      expect(decoded(timeOnly, { from: 10, checkCrc: false }).tally.delivered).toBe(5);
    });

    it('after everything before it was visited', () => {
      const bad = Buffer.from(good);
      bad[20] = (bad[20] as number) ^ 0xff;
      const seen: number[] = [];
      const before = encodeRecordBatch({ records: numbered(10) });
      const call = () =>
        decodeRecords(Buffer.concat([before, bad]), EVERYTHING, ({ offset }) => {
          seen.push(offset);
        });
      expect(failureOf(call)).toMatchObject({ code: 'DATA_CORRUPT' });
      expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    it.each([0, 1])('format %i, with what to do', (magic) => {
      const old = encodeRecordBatch({ magic, records: numbered(1) });
      expect(failureOf(() => decoded(old))).toMatchObject({
        code: 'DATA_CORRUPT',
        message: expect.stringContaining(`format ${magic}, which Kafka wrote before 0.11`),
      });
    });

    it.each([
      ['an unknown format', encodeRecordBatch({ magic: 9, records: numbered(1) })],
      ['more records than offsets', encodeRecordBatch({ records: numbered(3), lastOffsetDelta: 1 })],
      ['more records than bytes', encodeRecordBatch({ records: numbered(3), count: 4, lastOffsetDelta: 9 })],
      ['millions of records in a few bytes', encodeRecordBatch({ records: [], count: 9e8, lastOffsetDelta: 1e9 })],
      ['fewer records than bytes', encodeRecordBatch({ records: numbered(3), count: 2 })],
      [
        'offsets in disorder',
        encodeRecordBatch({ records: [{ offsetDelta: 2 }, { offsetDelta: 1 }], lastOffsetDelta: 5 }),
      ],
      ['an offset twice', encodeRecordBatch({ records: [{ offsetDelta: 2 }, { offsetDelta: 2 }], lastOffsetDelta: 5 })],
      ['an offset behind the batch', encodeRecordBatch({ records: [{ offsetDelta: 7 }], lastOffsetDelta: 5 })],
      ['batches out of order', Buffer.concat([good, good])],
      ['an unknown codec', encodeRecordBatch({ records: numbered(1), codec: [6, (bytes) => bytes] })],
      ['garbage instead of gzip', encodeRecordBatch({ records: numbered(1), codec: [1, (bytes) => bytes] })],
      ['a negative length', negativeLength()],
    ])('%s', (_, bytes) => {
      expect(failureOf(() => decoded(bytes))).toMatchObject({
        code: 'DATA_CORRUPT',
        details: { topic: 'lines', partition: 3 },
      });
    });

    function negativeLength(): Buffer {
      const bytes = Buffer.from(good);
      bytes.writeInt32BE(-5, 8);
      return bytes;
    }
  });

  it('refuses a batch that is larger than the limit when decompressed, without making it', () => {
    const bomb = encodeRecordBatch({ records: [{ value: Buffer.alloc(8_000_000) }], codec: gzip });
    expect(bomb.length).toBeLessThan(10_000);
    expect(failureOf(() => decoded(bomb, { maxBatchBytes: 1_000_000 }))).toMatchObject({
      code: 'BUFFER_FULL',
      message: expect.stringMatching(
        /lines partition 3, batch at offset 0: .*larger than 1000000 bytes.*maxBatchBytes/,
      ),
    });
    expect(decoded(bomb).tally.delivered).toBe(1);
  });
});

describe('decodeRecords and transactions', () => {
  const data = (baseOffset: number, producerId: number, n = 2) =>
    encodeRecordBatch({ baseOffset, producerId, transactional: true, records: numbered(n) });
  // Producer 1 aborts 0..1, commits 3..4, aborts 8..9; producer 2 commits 6..7 between; a plain record at the end.
  const log = [
    data(0, 1),
    encodeMarker(2, 1, 'abort'),
    data(3, 1),
    encodeMarker(5, 1, 'commit'),
    data(6, 2),
    data(8, 1),
    encodeMarker(10, 2, 'commit'),
    encodeMarker(11, 1, 'abort'),
    encodeRecordBatch({ baseOffset: 12, records: numbered(1) }),
  ];
  const aborted = [
    { producerId: 1, firstOffset: 8 },
    { producerId: 1, firstOffset: 0 },
  ];
  const committed = ['3:v0', '4:v1', '6:v0', '7:v1', '12:v0'];

  it('leave out aborted records and markers, however often a producer aborts', () => {
    const { records, tally } = decoded(Buffer.concat(log), { aborted });
    expect(values(records)).toEqual(committed);
    expect(tally).toEqual({
      delivered: 5,
      control: 4,
      aborted: 4,
      missing: 0,
      nextPosition: 13,
      cutBytes: 0,
      stopped: false,
    });
  });

  it('leave them out also when every batch comes in a response of its own', () => {
    const got: string[] = [];
    let position = 0;
    for (const batch of log) {
      const overlapping = position <= 2 ? [aborted[1]] : position >= 8 ? [aborted[0]] : [];
      const { records, tally } = decoded(batch, {
        from: position,
        aborted: overlapping.filter((a) => a !== undefined),
      });
      got.push(...values(records));
      position = tally.nextPosition;
    }
    expect(got).toEqual(committed);
    expect(position).toBe(13);
  });

  it('keep what was committed after an abort whose marker lies before the range', () => {
    const { records } = decoded(Buffer.concat(log), { aborted, from: 4, until: 8 });
    expect(values(records)).toEqual(['4:v1', '6:v0', '7:v1']);
  });

  it('give aborted records, and never markers, under read_uncommitted', () => {
    const { records, tally } = decoded(Buffer.concat(log), { aborted, isolation: 'read_uncommitted' });
    expect(records.length).toBe(9);
    expect(tally).toMatchObject({ delivered: 9, control: 4, aborted: 0, missing: 0 });
  });

  it('are ended by markers alone: a record whose key looks like one is data', () => {
    const looksLikeAbort = encodeRecordBatch({
      baseOffset: 0,
      producerId: 1,
      transactional: true,
      records: [{ key: Buffer.from([0, 0, 0, 0]), value: 'a' }, { value: 'b' }],
    });
    const bytes = Buffer.concat([looksLikeAbort, data(2, 1), encodeMarker(4, 1, 'abort')]);
    expect(decoded(bytes, { aborted: [{ producerId: 1, firstOffset: 0 }] }).records).toEqual([]);
  });

  it('count only those aborted records that lie in the range', () => {
    const bytes = Buffer.concat([data(0, 1, 10), encodeMarker(10, 1, 'abort')]);
    const { tally } = decoded(bytes, { aborted: [{ producerId: 1, firstOffset: 0 }], from: 4, until: 7 });
    expect(tally).toMatchObject({ delivered: 0, aborted: 3, control: 0, missing: 0, nextPosition: 7 });
  });

  it('are untouched by another producer that aborts at the same time', () => {
    const bytes = Buffer.concat([data(0, 1), data(2, 2), encodeMarker(4, 1, 'abort'), encodeMarker(5, 2, 'commit')]);
    const { records } = decoded(bytes, { aborted: [{ producerId: 1, firstOffset: 0 }] });
    expect(values(records)).toEqual(['2:v0', '3:v1']);
  });

  it('checks the bytes of markers as those of data', () => {
    const marker = encodeMarker(0, 1, 'abort');
    marker.writeUInt8(9, marker.length - 2);
    expect(failureOf(() => decoded(marker))).toMatchObject({ code: 'DATA_CORRUPT' });
    expect(decoded(withChecksum(marker)).tally.control).toBe(1);
  });
});

function placeOf({ topic, partition, offset, timestamp }: KafkaRecord): Record<string, unknown> {
  return { topic, partition, offset, timestamp };
}
