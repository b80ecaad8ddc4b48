import { describe, expect, it } from 'vitest';
import { WireReader } from '../../../../src/drivers/kafka/wire/WireReader.ts';
import { WireWriter } from '../../../../src/drivers/kafka/wire/WireWriter.ts';
import { failureOf } from '../decoded.ts';

describe('WireWriter and WireReader', () => {
  it('agree on every kind of value', () => {
    const body = new WireWriter()
      .int8(-3)
      .bool(true)
      .int16(-300)
      .int32(-70_000)
      .int64(-9_007_199_254_740_991)
      .uvarint(0xffffffff)
      .text('zażółć'.repeat(100))
      .text(null)
      .uuid('AbCdEfGhIjKlMnOpQrStUw')
      .uuid('')
      .array([1, 2], (n) => n)
      .array(null, () => undefined)
      .int32s([7, 8])
      .tags();
    const reader = new WireReader(body.written(), 'test');
    expect([reader.int8(), reader.bool(), reader.int16(), reader.int32(), reader.int64(), reader.uvarint()]).toEqual([
      -3,
      true,
      -300,
      -70_000,
      -9_007_199_254_740_991,
      0xffffffff,
    ]);
    expect([reader.text(), reader.optionalText(), reader.uuid(), reader.uuid()]).toEqual([
      'zażółć'.repeat(100),
      null,
      'AbCdEfGhIjKlMnOpQrStUw',
      '',
    ]);
    expect([reader.array(() => 'x'), reader.array(() => 'y')]).toEqual([['x', 'x'], []]);
    reader.skipInt32s();
    reader.tags();
    expect(failureOf(() => reader.int8())).toMatchObject({ code: 'DATA_CORRUPT' });
  });

  it('skip tags they do not know', () => {
    const body = Buffer.from([2, 0, 3, 9, 9, 9, 5, 1, 9, 42]);
    const reader = new WireReader(body, 'test');
    reader.tags();
    expect(reader.int8()).toBe(42);
  });

  it.each([
    ['a length of more than five bytes', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff], (r: WireReader) => r.uvarint()],
    ['a text longer than the bytes', [0xff, 0xff, 0xff, 0xff, 0x0f], (r: WireReader) => r.text()],
    ['no text', [0], (r: WireReader) => r.text()],
    ['four billion elements', [0xff, 0xff, 0xff, 0xff, 0x0f], (r: WireReader) => r.array(() => r.int8())],
    ['four billion numbers', [0xff, 0xff, 0xff, 0xff, 0x0f], (r: WireReader) => r.skipInt32s()],
    ['four billion tags', [0xff, 0xff, 0xff, 0xff, 0x0f], (r: WireReader) => r.tags()],
    ['a number beyond 2^53', [0x7f, 0, 0, 0, 0, 0, 0, 0], (r: WireReader) => r.int64()],
  ])('refuse %s at once', (_, bytes, read) => {
    expect(failureOf(() => read(new WireReader(Buffer.from(bytes), 'Fetch v13')))).toMatchObject({
      code: 'DATA_CORRUPT',
      message: expect.stringContaining('Fetch v13'),
    });
  });
});
