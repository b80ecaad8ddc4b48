import { describe, expect, it } from 'vitest';
import { AnswerInbox } from '../../../../src/drivers/kafka/kafkajs/AnswerInbox.ts';
import { seeded } from '../../../support/seeded.ts';

type Taken = readonly [correlationId: number, payload: string];

describe('AnswerInbox', () => {
  it('gives each answer whole, however its bytes are cut on the way', () => {
    const { int, pick } = seeded(11);
    const payloads = Array.from({ length: 30 }, (_, n) => {
      const length = pick([0, int(1, 100), int(1, 10_000), int(50_000, 200_000)]);
      return Buffer.alloc(length, `${n} `).toString('latin1');
    });
    const bytes = Buffer.concat(payloads.map((payload, n) => answer(n, payload)));
    for (const most of [1, 7, 5000, 1_000_000]) {
      const taken: Taken[] = [];
      const inbox = new AnswerInbox((id, payload) => taken.push([id, payload.toString('latin1')]));
      feed(inbox, bytes, () => int(1, most));
      expect(taken).toEqual(payloads.map((payload, n) => [n, payload]));
    }
  });

  it('reads the rest of an answer into the memory that it hands out', () => {
    let taken: Buffer | undefined;
    const inbox = new AnswerInbox((_, payload) => {
      taken = payload;
    });
    const bytes = answer(1, 'x'.repeat(200_000));
    feed(inbox, bytes.subarray(0, 1000), () => 1000);
    const space = inbox.space();
    expect(space.length).toBe(bytes.length - 1000);
    feed(inbox, bytes.subarray(1000), () => 1_000_000);
    expect(taken?.buffer).toBe(space.buffer);
    expect(taken?.toString()).toBe('x'.repeat(200_000));
  });

  it('does not give memory to a size that was only claimed', () => {
    const inbox = new AnswerInbox(() => undefined);
    feed(inbox, Buffer.from('HTTP/1.1 400 Bad Request\r\n'), () => 1000);
    expect(inbox.space().buffer.byteLength).toBeLessThanOrEqual(16 * 1024 * 1024);
  });

  it('takes an answer that is larger than what it is given at first', () => {
    const sizes: number[] = [];
    const inbox = new AnswerInbox((_, payload) => sizes.push(payload.length, payload.at(-1) ?? -1));
    const payload = Buffer.alloc(40 * 1024 * 1024, 1);
    payload[payload.length - 1] = 9;
    feed(inbox, Buffer.concat([answer(3, ''), head(4, payload.length), payload]), () => 10_000_000);
    expect(sizes).toEqual([0, -1, payload.length, 9]);
  });

  it('refuses what cannot be an answer', () => {
    const inbox = new AnswerInbox(() => undefined);
    expect(() => feed(inbox, Buffer.from([0xff, 0xff, 0xff, 0xff]), () => 4)).toThrow('it is no Kafka broker');
    expect(() => feed(new AnswerInbox(() => undefined), Buffer.from([0, 0, 0, 3]), () => 4)).toThrow('3 bytes');
  });
});

function head(correlationId: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeInt32BE(4 + length, 0);
  bytes.writeInt32BE(correlationId, 4);
  return bytes;
}

function answer(correlationId: number, payload: string): Buffer {
  return Buffer.concat([head(correlationId, payload.length), Buffer.from(payload, 'latin1')]);
}

/** Puts bytes where the inbox wants them, in pieces, as a socket does. */
function feed(inbox: AnswerInbox, bytes: Buffer, nextSize: () => number): void {
  for (let at = 0; at < bytes.length; ) {
    const copied = bytes.copy(inbox.space(), 0, at, Math.min(at + nextSize(), bytes.length));
    inbox.read(copied);
    at += copied;
  }
}
