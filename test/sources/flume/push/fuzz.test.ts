/**
 * Whatever comes is answered, or ends its connection with DATA_CORRUPT: no other exception, no loop without an end, no memory beyond
 * what has come. `SEED=` repeats a search that failed.
 */
import { describe, expect, it } from 'vitest';
import { isStreamError } from '../../../../src/core/errors.ts';
import { AvroWriter } from '../../../../src/drivers/flume/avro/AvroWriter.ts';
import { visitEvents } from '../../../../src/drivers/flume/events/eventBlock.ts';
import { writeCall } from '../../../../src/drivers/flume/ipc/calls.ts';
import { PackParser } from '../../../../src/drivers/flume/netty/PackParser.ts';
import { packOf } from '../../../../src/drivers/flume/netty/packOf.ts';
import { KnownClients } from '../../../../src/sources/flume/push/KnownClients.ts';
import { PushCalls } from '../../../../src/sources/flume/push/PushCalls.ts';
import { StoreTurns } from '../../../../src/sources/flume/push/StoreTurns.ts';
import type { NewBlock } from '../../../../src/sources/receiver/BlockLog.ts';
import type { ReceiverHost } from '../../../../src/sources/receiver/Receiver.ts';
import { below, chunked, pick, randomFrom, seeds } from '../../support/random.ts';
import { append, appendBatch, HANDSHAKE } from './messages.ts';

const LIMITS = { maxMessageBytes: 1 << 20, maxBuffers: 1000, maxEvents: 10_000, maxHeaders: 100 };
const HEADERS = new Map([
  ['host', 'a'],
  ['timestamp', '1700000000000'],
]);
const MESSAGES: readonly Buffer[] = [
  packOf(1, [HANDSHAKE, appendBatch('hello', 'world', 'x'.repeat(100))]),
  packOf(2, [append('one', HEADERS)]),
  packOf(3, [inSizedBlocks(), Buffer.alloc(0)]),
];
const CONVERSATION: Buffer = Buffer.concat(MESSAGES);

/** Numbers that break things: borders of their sizes, too long ones, negative ones, those without an end. */
const VARINTS: readonly Buffer[] = [
  ...[0, -1, 1, 2, 63, 64, -64, -65, 100, 8191, 2 ** 20, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 45, -(2 ** 45)].map(
    (n) => Buffer.from(new AvroWriter().long(n).written()),
  ),
  ...[
    'ffffffffffffffffff01',
    'feffffffffffffffff01',
    'ffffffffffffffffff7f',
    'ffffffffffffffffffff01',
    '80'.repeat(20),
  ].map((hex) => Buffer.from(hex, 'hex')),
];
const WORDS = [0, 1, 2, -1, -4, 3, 8, 0x7f_ff_ff_ff, -0x80_00_00_00, 1 << 20, (1 << 20) + 1, 1000, 1001, 65_536];

describe('what a client may send to flumePush', () => {
  it('is understood as it is', async () => {
    expect(await outcome([CONVERSATION])).toEqual({ stored: [3, 1, 2], ending: 'open' });
  });

  it('may have any number of the framing replaced', async () => {
    for (const at of places(CONVERSATION.length - 4)) {
      for (const word of WORDS) {
        const bytes = Buffer.from(CONVERSATION);
        bytes.writeInt32BE(word, at);
        await outcome([bytes]);
      }
    }
  });

  it('may have any number of the encoding replaced, framed rightly', async () => {
    let refused = 0;
    for (const message of MESSAGES.map(payloadOf)) {
      for (const at of places(message.length)) {
        for (const varint of VARINTS) {
          const changed = Buffer.concat([message.subarray(0, at), varint, message.subarray(at + 1)]);
          const opening = message === MESSAGES[0] ? [] : [MESSAGES[0] as Buffer];
          if ((await outcome([...opening, packOf(9, [changed])])).ending === 'DATA_CORRUPT') refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(1000);
  });

  it('may be cut anywhere', async () => {
    for (const message of MESSAGES.map(payloadOf)) {
      for (let kept = 0; kept < message.length; kept++) {
        const { ending } = await outcome([MESSAGES[0] as Buffer, packOf(9, [message.subarray(0, kept)])]);
        expect(ending).toBe('DATA_CORRUPT');
      }
    }
  });

  it.each(seeds(3))('may be changed by chance and come in any pieces (SEED=%d)', async (seed) => {
    const random = randomFrom(seed);
    for (let round = 0; round < 1500; round++) {
      let bytes = Buffer.from(CONVERSATION);
      for (let changes = 1 + below(random, 4); changes > 0; changes--) bytes = changed(random, bytes);
      await outcome(chunked(random, bytes, 1 + below(random, 400)));
    }
  });

  it.each(seeds(3))('may be nothing but chance (SEED=%d)', async (seed) => {
    const random = randomFrom(seed);
    for (let round = 0; round < 1500; round++) {
      const noise = Buffer.from(Array.from({ length: below(random, 200) }, () => below(random, 256)));
      await outcome([noise]);
      await outcome([MESSAGES[0] as Buffer, packOf(below(random, 100), [noise])]);
      await outcome([MESSAGES[0] as Buffer, packOf(1, [writeCall('appendBatch', (writer) => writer.raw(noise))])]);
    }
  });
});

/** What is stored of these bytes, and how the connection ends. Anything but an answer or DATA_CORRUPT fails the test. */
async function outcome(chunks: readonly Buffer[]): Promise<{ stored: number[]; ending: string }> {
  const stored: number[] = [];
  const host = {
    report: () => {},
    store: async ({ parts, records }: NewBlock) => {
      let visited = 0;
      visitEvents(Buffer.concat(parts), (event) => {
        visited++;
        return event.headers.size >= 0 && event.body.length >= 0;
      });
      expect(visited).toBe(records);
      stored.push(records);
    },
  } as unknown as ReceiverHost;
  const calls = new PushCalls(host, LIMITS, new KnownClients(), new StoreTurns(1 << 20));
  const parser = new PackParser(LIMITS);
  let come = 0;
  try {
    for (const chunk of chunks) {
      parser.push(chunk);
      come += chunk.length;
      for (let pack = parser.next(); pack !== undefined; pack = parser.next()) {
        const { buffers, isFree } = await calls.answer(pack.payload);
        expect(buffers.length).toBeGreaterThan(0);
        if (isFree) parser.reuse(pack);
      }
      expect(parser.held).toBeLessThanOrEqual(3 * come + 100);
    }
    return { stored, ending: parser.isInside ? 'inside' : 'open' };
  } catch (error) {
    if (!isStreamError(error, 'DATA_CORRUPT')) throw error;
    return { stored, ending: error.code };
  }
}

function changed(random: () => number, bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const at = below(random, bytes.length);
  const end = Math.min(bytes.length, at + 1 + below(random, 8));
  switch (below(random, 4)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), pick(random, VARINTS), bytes.subarray(at + 1)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 2:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
    default:
      bytes[at] = below(random, 256);
      return bytes;
  }
}

/** An `appendBatch` whose blocks say their bytes, as writers may. */
function inSizedBlocks(): Buffer {
  const event = Buffer.from(new AvroWriter().texts(HEADERS).text('sized').written());
  return writeCall('appendBatch', (writer) => {
    for (let block = 0; block < 2; block++) writer.long(-1).long(event.length).raw(event);
    writer.end();
  });
}

function payloadOf(message: Buffer): Buffer {
  const parser = new PackParser(LIMITS);
  parser.push(message);
  return parser.next()?.payload as Buffer;
}

function places(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
