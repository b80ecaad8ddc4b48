import { describe, expect, it } from 'vitest';
import { frameCodec, lineCodec } from '../../../src/sources/socket/BlockCodec.ts';
import { seeded, seeds } from '../../support/seeded.ts';

function through<T>(codec: typeof lineCodec | typeof frameCodec, records: readonly T[]): readonly T[] {
  const block = Buffer.concat(codec.encode(records as never));
  return codec.decode(new Uint8Array(block)) as readonly T[];
}

describe('blocks of sockets', () => {
  it.each(seeds(20))('lines come back as they went in, of every length and alphabet (seed %i)', (seed) => {
    const random = seeded(seed);
    const character = () => random.pick(['a', 'é', '漢', '\u{1f600}', '\n', '\0', '\ufffd']);
    const lines = random.list(0, 40, () => random.list(0, random.pick([3, 200]), character).join(''));
    expect(through(lineCodec, lines)).toEqual(lines);
  });

  it.each(seeds(20))('frames come back as they went in, of every length (seed %i)', (seed) => {
    const random = seeded(seed);
    const frames = random.list(0, 20, () =>
      Buffer.from(random.list(0, random.pick([3, 20_000]), () => random.int(0, 255))),
    );
    expect(through(frameCodec, frames)).toEqual(frames);
  });

  it('a small frame does not keep its block in memory', () => {
    const [small] = through(frameCodec, [Buffer.from('ab'), Buffer.alloc(1_000_000)]) as readonly Buffer[];
    // It shares memory with other small buffers: 8 KiB, from Node 24 on 64.
    expect(small?.buffer.byteLength).toBeLessThan(100_000);
  });

  it.each(seeds(20))('bytes that are none, or are cut short, are refused (seed %i)', (seed) => {
    const random = seeded(seed);
    const lines = random.list(1, 20, () => 'x'.repeat(random.int(0, 300)));
    const block = Buffer.concat(lineCodec.encode(lines));
    const cut = block.subarray(0, random.int(0, block.length - 1));
    for (const codec of [lineCodec, frameCodec]) {
      // Cutting away the text of empty lines takes nothing away.
      if (lines.join('') !== '') expect(() => codec.decode(cut)).toThrow(/not a block of a socket/);
      expect(() => codec.decode(Buffer.from([9, 1]))).toThrow(/its format is 9/);
      expect(() => codec.decode(Buffer.from([1, 255, 255, 255, 255, 255, 255]))).toThrow(/not a block/);
    }
  });
});
