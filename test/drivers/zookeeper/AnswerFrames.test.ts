import { expect, it } from 'vitest';
import { AnswerFrames } from '../../../src/drivers/zookeeper/AnswerFrames.ts';
import { seeded } from '../../support/seeded.ts';

function frame(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
}

it('gives whole answers, however the bytes are divided', () => {
  const random = seeded(7);
  const bodies = Array.from({ length: 200 }, (_, i) => Buffer.alloc(random.int(0, i % 10 === 0 ? 3000 : 40), i));
  const stream = Buffer.concat(bodies.map(frame));
  for (const most of [1, 2, 3, 5, 17, 1000, stream.length]) {
    const frames = new AnswerFrames();
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; ) {
      const size = random.int(1, most);
      found.push(...frames.take(stream.subarray(at, at + size)));
      at += size;
    }
    expect(Buffer.concat(found).equals(stream)).toBe(true);
    expect(found.map(({ length }) => length)).toEqual(bodies.map(({ length }) => length + 4));
  }
});

it('refuses lengths that no answer has, before anything is kept for them', () => {
  for (const length of [-1, -(2 ** 31), 64 * 1024 * 1024 + 1, 2 ** 31 - 1]) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(length);
    expect(() => [...new AnswerFrames().take(bytes)]).toThrow(`an answer of ${length} bytes`);
  }
});
