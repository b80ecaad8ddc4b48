import { describe, expect, it } from 'vitest';
import { isStreamError } from '../../../../src/core/errors.ts';
import { AvroReader } from '../../../../src/drivers/flume/avro/AvroReader.ts';
import { blockOfEvents, visitEvents } from '../../../../src/drivers/flume/events/eventBlock.ts';
import { writeCall } from '../../../../src/drivers/flume/ipc/calls.ts';
import { SPARK_SINK_PROTOCOL } from '../../../../src/drivers/flume/ipc/sparkSinkProtocol.ts';
import { PackParser } from '../../../../src/drivers/flume/netty/PackParser.ts';
import { readEventBatch, readNothing, SinkError } from '../../../../src/sources/flume/pull/eventBatch.ts';
import { readSinkHandshake, sinkHandshake } from '../../../../src/sources/flume/pull/sinkHandshake.ts';
import { eventually } from '../../../../src/testing/SourceSession.ts';
import { bytes, events, long, pack } from '../../../support/flume/avroBytes.ts';
import { seeded } from '../../../support/seeded.ts';
import { bodies, open, pull, startSink } from './session.ts';

const LIMITS = { maxEvents: 1000, maxHeaders: 100 };

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/[^0-9a-f]/g, ''), 'hex');
}

function payloadOf(wire: Buffer): AvroReader {
  const parser = new PackParser({ maxMessageBytes: 1024, maxBuffers: 16 });
  parser.push(wire);
  return new AvroReader(parser.next()?.payload as Buffer);
}

describe('what a released SparkSink and its clients say', () => {
  it('has the hash of the protocol text as Java writes it', () => {
    expect(SPARK_SINK_PROTOCOL.hash.toString('hex')).toBe('45f3c2c4aa53244ceaacda6731dedffb');
  });

  it('is a handshake with a ping behind it, answered with BOTH', () => {
    const said = Buffer.concat([sinkHandshake(SPARK_SINK_PROTOCOL.hash, false), writeCall('', () => undefined)]);
    expect(said).toEqual(hex('45f3c2c4aa53244ceaacda6731dedffb 00 45f3c2c4aa53244ceaacda6731dedffb 00 0000'));
    expect(readSinkHandshake(payloadOf(hex('00000000 00000001 00000004 00000000')))).toBe('accepted');
  });

  it('is a get, answered with events', () => {
    expect(writeCall('getEventBatch', (writer) => writer.long(10))).toEqual(hex('00 1a 6765744576656e744261746368 14'));
    const answer = hex(
      '00000001 00000003 00000000 00000001 00 0000001a 00 00 12 746774595163364831 06 00046531 00046532 00046533 00',
    );
    const batch = readEventBatch(payloadOf(answer), LIMITS);
    expect(batch).toMatchObject({ error: '', sequence: 'tgtYQc6H1', count: 3 });
    const texts: string[] = [];
    visitEvents(Buffer.concat(blockOfEvents(batch.events)), (event) => texts.push(event.bodyText));
    expect(texts).toEqual(['e1', 'e2', 'e3']);
  });

  it('is a nack, answered with nothing', () => {
    expect(writeCall('nack', (writer) => writer.text('tgtYQc6H1'))).toEqual(
      hex('00 08 6e61636b 12 746774595163364831'),
    );
    expect(readNothing(payloadOf(hex('00000002 00000003 00000000 00000001 00 00000001 00')))).toBeUndefined();
  });
});

const WHOLE = Buffer.concat([
  Buffer.from([0, 0]),
  bytes(''),
  bytes('abcdefgh1'),
  events([{ headers: { host: 'a', time: '1' }, body: 'to be' }, 'or not', '']),
]);

describe('an answer', () => {
  it('that ends anywhere else than at its end is refused', () => {
    for (let length = 0; length < WHOLE.length; length++) {
      expect(() => readEventBatch(new AvroReader(WHOLE.subarray(0, length)), LIMITS)).toThrow(
        expect.objectContaining({ code: 'DATA_CORRUPT' }),
      );
    }
    const longer = Buffer.concat([WHOLE, Buffer.from([0])]);
    expect(() => readEventBatch(new AvroReader(longer), LIMITS)).toThrow('the end of the message');
  });

  it.each([
    ['events', long(2_000_000_000)],
    ['events, said with a length', Buffer.concat([long(-1_000_000_000), long(3)])],
    ['headers', Buffer.concat([long(1), long(2_000_000_000)])],
    ['bytes in a body', Buffer.concat([long(1), long(0), long(2_000_000_000)])],
    ['bytes in a body, less than none', Buffer.concat([long(1), long(0), long(-2)])],
  ])('that promises many %s is refused before any memory is taken', (_, array) => {
    const answer = Buffer.concat([Buffer.from([0, 0]), bytes(''), bytes('s'), array, Buffer.alloc(64)]);
    expect(() => readEventBatch(new AvroReader(answer), LIMITS)).toThrow(
      expect.objectContaining({ code: 'DATA_CORRUPT' }),
    );
  });

  it('with more events or headers than allowed is refused', () => {
    expect(() => readEventBatch(new AvroReader(WHOLE), { ...LIMITS, maxEvents: 2 })).toThrow('at most 2 events');
    expect(() => readEventBatch(new AvroReader(WHOLE), { ...LIMITS, maxHeaders: 1 })).toThrow('at most 1 headers');
  });

  it('with anything changed in it is refused, or can be read to its end', () => {
    const random = seeded(Number(process.env.SEED ?? 71));
    const rounds = Number(process.env.FUZZ ?? 20_000);
    let refused = 0;
    for (let round = 0; round < rounds; round++) {
      const answer = Buffer.from(WHOLE);
      for (let changes = random.int(1, 4); changes > 0; changes--) {
        answer[random.int(0, answer.length - 1)] = random.int(0, 255);
      }
      try {
        const batch = readEventBatch(new AvroReader(answer), LIMITS);
        let count = 0;
        visitEvents(Buffer.concat(blockOfEvents(batch.events)), ({ headers, body }) => {
          count += headers.size >= 0 && body.length >= 0 ? 1 : 0;
        });
        expect(count).toBe(batch.count);
      } catch (error) {
        refused++;
        if (!(error instanceof SinkError) && !isStreamError(error, 'DATA_CORRUPT')) throw error;
      }
    }
    expect(refused).toBeGreaterThan(rounds / 4);
    expect(refused).toBeLessThan(rounds);
  });
});

describe('a peer that breaks the protocol', () => {
  const AT_A_GET: readonly [string, { response: Buffer } | { wire: Buffer }][] = [
    ['half a batch', { response: WHOLE.subarray(0, 30) }],
    ['more than a batch', { response: Buffer.concat([WHOLE, WHOLE]) }],
    ['nothing', { response: Buffer.alloc(0) }],
    ['a message without buffers', { wire: hex('00000002 00000000') }],
    ['a message of too many buffers', { wire: hex('00000002 7fffffff fffffffc') }],
    ['a buffer of less than no bytes', { wire: hex('00000002 00000001 fffffffc') }],
    ['a buffer that is too large', { wire: hex('00000002 00000001 7fffffff') }],
    ['the answer to another call', { wire: pack(77, WHOLE) }],
    ['an answer twice', { wire: Buffer.concat([pack(2, WHOLE), pack(2, WHOLE)]) }],
    ['text', { wire: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }],
    ['an error that is no text', { response: hex('00 01 04 02') }],
  ];

  it.each(AT_A_GET)('with %s for events loses its connection, and is asked again', async (_, misdeed) => {
    const sink = await startSink();
    sink.next('getEventBatch', misdeed);
    const session = await open(pull([sink]));
    await eventually('a report', () => session.reports.length > 0);
    expect(session.reports[0]).toMatchObject({ code: 'RECONNECTING', cause: { code: 'DATA_CORRUPT' } });
    sink.put('good');
    const got = await bodies(session, 1);
    // A batch that was whole before the other one came is stored: only its acknowledgement was lost.
    if (got[0] !== 'good') expect(await bodies(session, 1)).toEqual(['good']);
    expect(sink.connections).toBe(2);
  });

  it('with anything but nothing for an acknowledgement loses its connection', async () => {
    const sink = await startSink();
    sink.next('ack', { response: hex('00 00 00') });
    const session = await open(pull([sink]));
    sink.put('a');
    expect(await bodies(session, 1)).toEqual(['a']);
    await eventually('a report', () => session.reports.length > 0);
    expect(session.reports[0]).toMatchObject({ code: 'RECONNECTING', cause: { code: 'DATA_CORRUPT' } });
  });

  it.each([
    ['no handshake', pack(1, Buffer.from([9]))],
    ['a handshake and more', pack(1, Buffer.alloc(5))],
    ['a protocol that is no JSON', pack(1, Buffer.concat([hex('02 02'), bytes('{'), hex('00 00')]))],
    ['a protocol that is null', pack(1, Buffer.concat([hex('02 02'), bytes('null'), hex('00 00')]))],
    ['a protocol of too many bytes', pack(1, Buffer.concat([hex('02 02'), bytes('x'.repeat(70_000)), hex('00 00')]))],
  ])('with %s loses its connection', async (_, wire) => {
    const sink = await startSink();
    sink.handshakeMisdeed = { wire };
    const session = await open(pull([sink]));
    sink.put('a');
    expect(await bodies(session, 1)).toEqual(['a']);
    expect(session.reports[0]).toMatchObject({ code: 'RECONNECTING', cause: { code: 'DATA_CORRUPT' } });
  });

  it('with a batch that is too large is asked for fewer events', async () => {
    const sink = await startSink();
    const session = await open(pull([sink], { maxMessageBytes: 5000, maxEventsPerBatch: 4 }));
    const letters = ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(2000));
    sink.put(...letters);
    await eventually('a report', () => session.reports.length > 0);
    expect(session.reports[0]?.message).toContain('expected a message of at most 5000 bytes');
    sink.expire('abcdefgh1');
    expect((await bodies(session, 1))[0]).toBeDefined();
    await eventually('smaller gets', () => sink.called('getEventBatch').includes('2'));
  });
});
