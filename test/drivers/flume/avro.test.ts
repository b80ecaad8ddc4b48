import avro from 'avsc';
import { describe, expect, it } from 'vitest';
import { AvroReader } from '../../../src/drivers/flume/avro/AvroReader.ts';
import { AvroWriter } from '../../../src/drivers/flume/avro/AvroWriter.ts';

const CORRUPT = expect.objectContaining({ code: 'DATA_CORRUPT' });

describe('AvroReader and AvroWriter', () => {
  it.each([0, -1, 1, 63, -64, 64, 2 ** 31, -(2 ** 31), 2 ** 50, 2 ** 51, -(2 ** 51)])(
    'write and read %d as another implementation does',
    (value) => {
      const long = avro.Type.forSchema('long');
      const bytes = new AvroWriter().long(value).written();
      expect(bytes).toEqual(long.toBuffer(value));
      const reader = new AvroReader(bytes);
      expect([reader.long(), reader.left]).toEqual([value, 0]);
    },
  );

  it('write and read bytes, texts, maps, booleans', () => {
    const texts = new Map([
      ['__proto__', 'ü'],
      ['', ''],
    ]);
    const writer = new AvroWriter().bytes(Buffer.of(1, 2)).text('zürich').texts(texts).boolean(true).raw(Buffer.of(9));
    const reader = new AvroReader(writer.written());
    expect(reader.view()).toEqual(Buffer.of(1, 2));
    expect(reader.text()).toBe('zürich');
    expect(reader.block(2)).toBe(2);
    expect([reader.text(), reader.text(), reader.text(), reader.text()]).toEqual(['__proto__', 'ü', '', '']);
    expect([reader.block(2), reader.boolean()]).toEqual([0, true]);
    expect(reader.fixed(1)).toEqual(Buffer.of(9));
    reader.end();
  });

  it('go over a map written in blocks that say their bytes', () => {
    const bytes = Buffer.from('01 04 02 61 00 02 02 62 00 00 7f'.replaceAll(' ', ''), 'hex');
    const reader = new AvroReader(bytes);
    reader.skipMap();
    expect(reader.at).toBe(bytes.length - 1);
  });

  it.each([
    ['a number without an end', 'ff', (r: AvroReader) => r.long()],
    ['a number of eleven bytes', 'ffffffffffffffffffff01', (r: AvroReader) => r.long()],
    ['a length beyond the end', '04 61', (r: AvroReader) => r.view()],
    ['a length beyond its limit', '04 61 61', (r: AvroReader) => r.text(1)],
    ['a negative length', '01', (r: AvroReader) => r.skip()],
    ['a length of 2^69', 'feffffffffffffffff7f', (r: AvroReader) => r.skip()],
    ['more items than bytes', '80a8d6b907', (r: AvroReader) => r.block(2)],
    ['a block of more bytes than there are', '01 04', (r: AvroReader) => r.block(2)],
    ['a block of negative bytes', '01 01', (r: AvroReader) => r.block(2)],
    ['a branch that a union has not', '04', (r: AvroReader) => r.choice(2)],
    ['a negative branch', '01', (r: AvroReader) => r.choice(2)],
    ['a boolean of 2', '02', (r: AvroReader) => r.boolean()],
    ['a cut fixed', '0000', (r: AvroReader) => r.fixed(3)],
    ['nothing at all', '', (r: AvroReader) => r.boolean()],
    ['something behind the end', '00', (r: AvroReader) => r.end()],
  ])('refuse %s', (_, hex, use) => {
    expect(() => use(new AvroReader(Buffer.from(hex.replaceAll(' ', ''), 'hex')))).toThrow(CORRUPT);
  });
});
