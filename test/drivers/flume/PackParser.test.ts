import { describe, expect, it } from 'vitest';
import { isStreamError } from '../../../src/core/errors.ts';
import { type Pack, PackParser } from '../../../src/drivers/flume/netty/PackParser.ts';
import { packOf } from '../../../src/drivers/flume/netty/packOf.ts';
import { PULL, PUSH } from './golden.ts';

const LIMITS = { maxMessageBytes: 1000, maxBuffers: 10 };

describe('PackParser', () => {
  it('joins the buffers of a message', () => {
    const bytes = packOf(7, [Buffer.from('ab'), Buffer.alloc(0), Buffer.from('c')]);
    expect(parsed([bytes])).toEqual([{ serial: 7, payload: Buffer.from('abc') }]);
  });

  it('takes any 32-bit number as serial', () => {
    const serials = [65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), -1, 0];
    const bytes = serials.map((serial) => packOf(serial, [Buffer.of(1)]));
    expect(parsed(bytes).map(({ serial }) => serial)).toEqual(serials);
  });

  it('gives the same wherever the chunks end', () => {
    const bytes = Buffer.concat([PUSH.firstCall, PUSH.secondCall, PULL.batch]);
    const whole = parsed([bytes]);
    expect(whole.map(({ serial, payload }) => [serial, payload.length])).toEqual([
      [1, 0x39],
      [2, 0x13],
      [1, 0x1b],
    ]);
    for (let cut = 1; cut < bytes.length; cut++) {
      expect(parsed([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
    }
    expect(parsed([...bytes].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it('knows whether it is inside a message', () => {
    const parser = new PackParser(LIMITS);
    expect(parser.isInside).toBe(false);
    parser.push(PUSH.secondCall.subarray(0, 3));
    expect([parser.next(), parser.isInside]).toEqual([undefined, true]);
    parser.push(PUSH.secondCall.subarray(3));
    expect([parser.next()?.serial, parser.isInside]).toEqual([2, false]);
  });

  it.each([
    ['no buffers', [1, 0]],
    ['a negative number of buffers', [1, -1]],
    ['too many buffers', [1, 11]],
    ['the greatest number of buffers and a negative length', [1, 0x7f_ff_ff_ff, -4]],
    ['a negative length', [1, 1, -4]],
    ['a length beyond the limit', [1, 1, 1001]],
    ['lengths beyond the limit together', [1, 2, 0, 1001]],
  ])('refuses %s as soon as the number is there', (_, words) => {
    const bytes = Buffer.alloc(4 * words.length);
    words.forEach((word, n) => {
      bytes.writeInt32BE(word, 4 * n);
    });
    const outcome = (): unknown => parsed([bytes]);
    expect(outcome).toThrow(/expected a message of/);
    try {
      outcome();
    } catch (error) {
      expect(isStreamError(error, 'DATA_CORRUPT')).toBe(true);
    }
  });

  it('says of text that it is no message of Avro, and names the option of a message that is too long', () => {
    const text = (): unknown => parsed([Buffer.from('GET / HTTP/1.1\r\n\r\n')]);
    expect(text).toThrow(/got 790644820: these bytes are no Avro message; they begin with "GET \/ HT", perhaps HTTP$/);
    expect(() => parsed([Buffer.from('0000000100000001000003e9', 'hex')])).toThrow(/1000 bytes \(maxMessageBytes\)/);
  });

  it('takes memory for what has come, not for what was declared', () => {
    const parser = new PackParser({ maxMessageBytes: 2 ** 30, maxBuffers: 65_536 });
    const head = Buffer.alloc(12);
    head.writeInt32BE(65_536, 4);
    head.writeInt32BE(2 ** 30, 8);
    parser.push(head);
    parser.push(Buffer.alloc(1000));
    expect(parser.next()).toBeUndefined();
    expect(parser.held).toBeLessThan(3000);
  });

  it('uses memory again that it was given back', () => {
    const parser = new PackParser(LIMITS);
    parser.push(packOf(1, [Buffer.alloc(100)]));
    const first = parser.next() as Pack;
    parser.reuse(first);
    parser.push(packOf(2, [Buffer.alloc(80, 1)]));
    const second = parser.next() as Pack;
    expect(second.payload.buffer).toBe(first.payload.buffer);
    expect(second.payload).toEqual(Buffer.alloc(80, 1));
    parser.push(packOf(3, [Buffer.alloc(80, 2)]));
    expect(parser.next()?.payload.buffer).not.toBe(second.payload.buffer);
  });
});

function parsed(chunks: readonly Buffer[]): Pack[] {
  const parser = new PackParser(LIMITS);
  const packs: Pack[] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let pack = parser.next(); pack !== undefined; pack = parser.next()) packs.push(pack);
  }
  return packs;
}
