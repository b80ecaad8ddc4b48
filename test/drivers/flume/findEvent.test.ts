import { expect, it } from 'vitest';
import { AvroReader } from '../../../src/drivers/flume/avro/AvroReader.ts';
import { AvroWriter } from '../../../src/drivers/flume/avro/AvroWriter.ts';
import { findEvent, found } from '../../../src/drivers/flume/events/findEvent.ts';
import { seeded } from '../../support/seeded.ts';

const MOST = 5;

it('what is found at a glance is what is found by reading, for whatever bytes', () => {
  const random = seeded(20261121);
  const any = (below: number): number => random.int(0, below - 1);
  let simple = 0;
  for (let n = 0; n < 20_000; n++) {
    const headers = Array.from(
      { length: any(MOST + 2) },
      (_, k) => [`${k}`.padEnd(any(150), 'n'), 'v'.repeat(any(80))] as const,
    );
    const bytes = new AvroWriter()
      .texts(new Map(headers))
      .bytes(Buffer.alloc(any(9000), 'b'))
      .raw(Buffer.alloc(any(3)))
      .written();
    if (n % 2 === 0) bytes[any(Math.min(bytes.length, 60))] = any(256);
    const cut = n % 3 === 0 ? bytes.subarray(0, any(bytes.length + 1)) : bytes;
    if (!findEvent(cut, 0, MOST)) continue;
    simple++;
    expect([found.bodyAt, found.end], cut.toString('hex', 0, 100)).toEqual(read(cut));
  }
  expect(simple).toBeGreaterThan(5000);
});

it.each([
  ['headers in blocks with their bytes', Buffer.from([0x01, 0x08, 0x02, 0x61, 0x02, 0x62, 0x00, 0x00])],
  ['a body of 8 KiB and more', new AvroWriter().end().bytes(Buffer.alloc(8192)).written()],
  ['a negative length', Buffer.from([0x00, 0x01])],
  [
    'more headers than allowed',
    new AvroWriter()
      .texts(new Map([...'abcdef'].map((c) => [c, c])))
      .bytes(Buffer.alloc(1))
      .written(),
  ],
  ['a body that is cut', Buffer.from([0x00, 0x04, 0x61])],
  ['nothing', Buffer.alloc(0)],
])('is left to reading: %s', (_, bytes) => {
  expect(findEvent(bytes, 0, MOST)).toBe(false);
});

function read(bytes: Buffer): readonly number[] {
  const reader = new AvroReader(bytes);
  reader.skipMap();
  const length = reader.skip();
  return [reader.at - length, reader.at];
}
