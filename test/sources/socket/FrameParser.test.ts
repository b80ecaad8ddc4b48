import { describe, expect, it } from 'vitest';
import { FrameParser } from '../../../src/sources/socket/FrameParser.ts';
import { below, chunked, randomFrom, seeds } from '../support/random.ts';

function frame(bytes: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeInt32BE(bytes.length);
  return Buffer.concat([header, bytes]);
}

describe('FrameParser', () => {
  it('gives the bytes of each frame, of empty ones too', () => {
    const parser = new FrameParser(100);
    const { records } = parser.push(
      Buffer.concat([frame(Buffer.from('ab')), frame(Buffer.alloc(0)), frame(Buffer.from('c'))]),
    );
    expect(records.map(String)).toEqual(['ab', '', 'c']);
  });

  it.each([-1, 101, 0x7fffffff, -0x80000000])(
    'breaks at a length of %s, counts what it leaves out and keeps none of it',
    (length) => {
      const parser = new FrameParser(100);
      const header = Buffer.alloc(4);
      header.writeInt32BE(length);
      const framed = parser.push(Buffer.concat([frame(Buffer.from('ab')), header, Buffer.from('rest')]));
      expect(framed.records.map(String)).toEqual(['ab']);
      expect(framed).toMatchObject({ cutAway: 8, broken: expect.stringContaining(`got ${length}`) });
      expect(parser.held).toBe(0);
      expect(parser.push(frame(Buffer.from('c'))).records).toEqual([]);
    },
  );

  it('counts half a frame at the end of the stream', () => {
    const parser = new FrameParser(100);
    parser.push(frame(Buffer.from('abcdef')).subarray(0, 7));
    expect(parser.held).toBe(7);
    expect(parser.end()).toMatchObject({ records: [], cutAway: 7 });
  });

  it('keeps no big chunk in memory for a small frame', () => {
    const frames = Buffer.concat(Array.from({ length: 1000 }, () => frame(Buffer.from('small'))));
    const chunk = Buffer.alloc(frames.length, frames); // memory of its own, never from a pool
    const { records } = new FrameParser(100).push(chunk);
    expect(records.every((record) => record.buffer !== chunk.buffer)).toBe(true);
  });

  it('gives the same frames wherever the chunks end', () => {
    for (const seed of seeds(200)) {
      const random = randomFrom(seed);
      const frames = Array.from({ length: below(random, 20) }, () =>
        Buffer.alloc(below(random, 30), below(random, 256)),
      );
      const bytes = Buffer.concat(frames.map(frame));
      const broken = random() < 0.3;
      const all = broken ? Buffer.concat([bytes, Buffer.from([0xff, 0, 0, 0, 1, 2, 3])]) : bytes;
      for (const longest of [1, 3, 10, 1000]) {
        const parser = new FrameParser(29);
        const parts = chunked(random, all, longest).map((chunk) => parser.push(chunk));
        expect(
          parts.flatMap(({ records }) => records.map(String)),
          `SEED=${seed}`,
        ).toEqual(frames.map(String));
        expect(
          parts.some((part) => part.broken !== undefined),
          `SEED=${seed}`,
        ).toBe(broken);
        expect(parser.end(), `SEED=${seed}`).toMatchObject({ records: [], cutAway: 0 });
      }
    }
  });
});
