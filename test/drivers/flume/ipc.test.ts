import { describe, expect, it } from 'vitest';
import { AvroReader } from '../../../src/drivers/flume/avro/AvroReader.ts';
import { checkEvents } from '../../../src/drivers/flume/events/checkEvents.ts';
import { blockOfEvents, visitEvents } from '../../../src/drivers/flume/events/eventBlock.ts';
import { AVRO_SOURCE_PROTOCOL, AVRO_SOURCE_PROTOCOL_BARE } from '../../../src/drivers/flume/ipc/avroSourceProtocol.ts';
import { readCallName, readReply, writeCall, writeError, writeResult } from '../../../src/drivers/flume/ipc/calls.ts';
import {
  readHandshakeRequest,
  readHandshakeResponse,
  writeHandshakeRequest,
  writeHandshakeResponse,
} from '../../../src/drivers/flume/ipc/handshake.ts';
import { PackParser } from '../../../src/drivers/flume/netty/PackParser.ts';
import { packOf } from '../../../src/drivers/flume/netty/packOf.ts';
import { PULL, PUSH } from './golden.ts';

const LIMITS = { maxEvents: 1000, maxHeaders: 10 };
const { hash } = AVRO_SOURCE_PROTOCOL;

describe("Flume's push protocol", () => {
  it('has the text that every Flume hashes', () => {
    expect(hash.toString('hex')).toBe('86aadae2c45474c0fe93ffd0f2350a65');
    expect(AVRO_SOURCE_PROTOCOL_BARE.hash.toString('hex')).toBe('30da54059df72d9584b867d5202e2069');
  });

  it('reads the first call of a real agent', () => {
    const reader = new AvroReader(payloadOf(PUSH.firstCall));
    expect(readHandshakeRequest(reader)).toEqual({ clientHash: hash, clientProtocol: null, serverHash: hash });
    expect(readCallName(reader)).toBe('appendBatch');
    expect(bodiesOf(reader)).toEqual(['hello']);
  });

  it('reads a later call of a real agent', () => {
    const reader = new AvroReader(payloadOf(PUSH.secondCall));
    expect(readCallName(reader)).toBe('appendBatch');
    expect(bodiesOf(reader)).toEqual(['h2']);
  });

  it('writes the replies that a real agent was given, byte for byte', () => {
    const ok = writeResult((writer) => writer.long(0));
    expect(packOf(1, [writeHandshakeResponse('BOTH', AVRO_SOURCE_PROTOCOL), ok])).toEqual(PUSH.firstReply);
    expect(packOf(2, [ok])).toEqual(PUSH.secondReply);
  });

  it.each(['CLIENT', 'NONE'] as const)('sends text and hash with %s', (match) => {
    const reader = new AvroReader(writeHandshakeResponse(match, AVRO_SOURCE_PROTOCOL));
    expect(readHandshakeResponse(reader)).toEqual({
      match,
      serverProtocol: AVRO_SOURCE_PROTOCOL.text,
      serverHash: hash,
    });
    reader.end();
  });

  it('sends the text of a client that was asked for it', () => {
    const said = { clientHash: hash, clientProtocol: AVRO_SOURCE_PROTOCOL.text, serverHash: hash };
    const reader = new AvroReader(writeHandshakeRequest(said));
    expect(readHandshakeRequest(reader)).toEqual(said);
  });

  it('carries what went wrong', () => {
    const reader = new AvroReader(writeError('the disk is on fire'));
    expect(readReply(reader)).toEqual({ error: 'the disk is on fire' });
    reader.end();
  });
});

describe("Spark's pull protocol", () => {
  const spark = Buffer.from('45f3c2c4aa53244ceaacda6731dedffb', 'hex');

  it('writes calls as its first client did, byte for byte', () => {
    const handshake = writeHandshakeRequest({ clientHash: spark, clientProtocol: null, serverHash: spark });
    const ping = writeCall('', () => {});
    expect(packOf(0, [handshake, ping])).toEqual(PULL.ping);
    expect(packOf(1, [writeCall('getEventBatch', (writer) => writer.long(10))])).toEqual(PULL.get);
    expect(packOf(2, [writeCall('nack', (writer) => writer.text('tgtYQc6H1'))])).toEqual(PULL.nack);
  });

  it('reads what a real sink answered', () => {
    const pong = new AvroReader(payloadOf(PULL.pong));
    expect(readHandshakeResponse(pong)).toEqual({ match: 'BOTH', serverProtocol: null, serverHash: null });
    pong.end();
    const batch = new AvroReader(payloadOf(PULL.batch));
    expect(readReply(batch)).toEqual({});
    expect([batch.text(), batch.text()]).toEqual(['', 'tgtYQc6H1']);
    expect(bodiesOf(batch)).toEqual(['e1', 'e2', 'e3']);
    const nacked = new AvroReader(payloadOf(PULL.nackReply));
    expect(readReply(nacked)).toEqual({});
    nacked.end();
  });
});

function payloadOf(bytes: Buffer): Buffer {
  const parser = new PackParser({ maxMessageBytes: 1000, maxBuffers: 10 });
  parser.push(bytes);
  const pack = parser.next();
  if (pack === undefined) throw new Error('not a whole message');
  return pack.payload;
}

/** The bodies of the events that are all that is left, through the block that is made of them. */
function bodiesOf(reader: AvroReader): readonly string[] {
  const { at } = reader;
  const events = checkEvents(reader, LIMITS);
  reader.end();
  const bodies: string[] = [];
  const block = Buffer.concat(blockOfEvents(reader.bytes.subarray(at)));
  visitEvents(block, (event) => bodies.push(event.bodyText));
  expect(bodies).toHaveLength(events);
  return bodies;
}
