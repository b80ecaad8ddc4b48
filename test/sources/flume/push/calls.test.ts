import { describe, expect, it } from 'vitest';
import { AvroReader } from '../../../../src/drivers/flume/avro/AvroReader.ts';
import {
  AVRO_SOURCE_PROTOCOL,
  AVRO_SOURCE_PROTOCOL_BARE,
} from '../../../../src/drivers/flume/ipc/avroSourceProtocol.ts';
import { readReply, writeCall } from '../../../../src/drivers/flume/ipc/calls.ts';
import {
  type HandshakeResponse,
  readHandshakeResponse,
  writeHandshakeRequest,
} from '../../../../src/drivers/flume/ipc/handshake.ts';
import { PUSH } from '../../../drivers/flume/golden.ts';
import { append, appendBatch, BOTH, HANDSHAKE, OK } from './messages.ts';
import { pushServer } from './pushServer.ts';
import { RawAgent } from './RawAgent.ts';

const { hash, text } = AVRO_SOURCE_PROTOCOL;
const STRANGER = Buffer.alloc(16, 7);

describe('the server of flumePush', () => {
  it('answers what a real agent sent as it was answered, byte for byte', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    agent.write(PUSH.firstCall);
    await agent.reply();
    agent.write(PUSH.secondCall);
    await agent.reply();
    expect(agent.bytes).toEqual(joined(PUSH.firstReply, PUSH.secondReply));
    expect(server.stored).toEqual([['hello'], ['h2']]);
  });

  it('understands a message that comes byte by byte', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    for (const byte of PUSH.firstCall) agent.write(Buffer.of(byte));
    expect((await agent.reply())?.payload).toEqual(joined(BOTH, OK));
    expect(server.stored).toEqual([['hello']]);
  });

  it('answers with the serial it was called with, past 65,536 and below zero too', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    expect(await agent.call(65_535, HANDSHAKE, appendBatch('a'))).toEqual(joined(BOTH, OK));
    for (const serial of [65_536, 65_537, 2 ** 31 - 1, -(2 ** 31), -1, 0, 1]) {
      expect(await agent.call(serial, appendBatch(`${serial}`))).toEqual(OK);
    }
    expect(server.stored).toHaveLength(8);
  });

  it('does not take a first serial that begins like TLS or zlib for a layer', async () => {
    await using server = await pushServer();
    for (const serial of [0x16_03_01_02, 0x78_9c_00_00]) {
      const agent = await RawAgent.connect(server.port);
      expect(await agent.call(serial, HANDSHAKE, appendBatch('a'))).toEqual(joined(BOTH, OK));
    }
  });

  it('takes single events, headers, empty bodies and empty batches', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    expect(await agent.call(1, HANDSHAKE, append('one', new Map([['__proto__', 'x']])))).toEqual(joined(BOTH, OK));
    expect(await agent.call(2, appendBatch('', 'b', ''))).toEqual(OK);
    expect(await agent.call(3, appendBatch())).toEqual(OK);
    expect(server.stored).toEqual([['one'], ['', 'b', '']]);
  });

  it('answers a ping with the handshake alone', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    expect(await agent.call(0, HANDSHAKE, Buffer.of(0, 0))).toEqual(BOTH);
    expect(await agent.call(1, Buffer.of(0, 0))).toEqual(Buffer.alloc(0));
    expect(await agent.call(2, appendBatch('a'))).toEqual(OK);
  });

  it('answers calls that come together one after the other, in order', async () => {
    const order: string[] = [];
    let isStoring = false;
    await using server = await pushServer({
      store: async (block) => {
        if (isStoring) throw new Error('two at once');
        isStoring = true;
        await new Promise(setImmediate);
        isStoring = false;
        order.push(Buffer.concat(block.parts).toString('latin1').slice(-2, -1));
      },
    });
    const agent = await RawAgent.connect(server.port);
    await agent.call(1, HANDSHAKE, appendBatch('a'));
    const replies = ['b', 'c', 'd'].map((body, n) => agent.call(n + 2, appendBatch(body)));
    expect(await Promise.all(replies)).toEqual([OK, OK, OK]);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says so when it is called by a name it does not have, and goes on', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    await agent.call(1, HANDSHAKE, appendBatch('a'));
    expect(
      errorOf(
        await agent.call(
          2,
          writeCall('format', () => {}),
        ),
      ),
    ).toBe('there is no message format');
    expect(await agent.call(3, appendBatch('b'))).toEqual(OK);
  });
});

describe('the handshake of flumePush', () => {
  it('knows the protocol without its documentation too', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    const { hash: bare } = AVRO_SOURCE_PROTOCOL_BARE;
    const said = writeHandshakeRequest({ clientHash: bare, clientProtocol: null, serverHash: hash });
    expect(await agent.call(1, said, appendBatch('a'))).toEqual(joined(BOTH, OK));
  });

  it('asks a client it does not know for its protocol, with its own text and hash, and then serves it', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    const first = shaken(await agent.call(1, handshake(null, hash), appendBatch('a')));
    expect(first).toEqual([{ match: 'NONE', serverProtocol: text, serverHash: hash }, Buffer.alloc(0)]);
    expect(shaken(await agent.call(2, handshake(otherwise(), hash), appendBatch('a')))).toEqual([
      { match: 'BOTH', serverProtocol: null, serverHash: null },
      OK,
    ]);
    expect(await agent.call(3, appendBatch('b'))).toEqual(OK);
    expect(server.stored).toEqual([['a'], ['b']]);
  });

  it('remembers that client, but not after a restart: then it asks again, also a client that knows its hash', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    await agent.call(1, handshake(otherwise(), hash), appendBatch('a'));
    const second = await RawAgent.connect(server.port);
    expect(shaken(await second.call(1, handshake(null, hash), appendBatch('b')))[0]?.match).toBe('BOTH');
    await using restarted = await pushServer();
    const third = await RawAgent.connect(restarted.port);
    const [asked] = shaken(await third.call(1, handshake(null, hash), appendBatch('c')));
    expect(asked).toEqual({ match: 'NONE', serverProtocol: text, serverHash: hash });
  });

  it('tells a client that does not know its hash its own text', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    const said = writeHandshakeRequest({ clientHash: hash, clientProtocol: null, serverHash: STRANGER });
    expect(shaken(await agent.call(1, said, appendBatch('a')))).toEqual([
      { match: 'CLIENT', serverProtocol: text, serverHash: hash },
      OK,
    ]);
  });

  it.each([
    ['is no JSON', '{', 'its protocol is no JSON'],
    ['is no object', '[]', 'its protocol is no JSON object'],
    ['has none of the calls', '{"messages":{}}', 'its protocol has neither append nor appendBatch'],
    ['has other events', otherwise({ body: 'string' }), "its append is another one than Flume's"],
    ['has other answers', otherwise({ symbols: ['OK'] }), "its append is another one than Flume's"],
    [
      'has types that contain themselves',
      otherwise({ body: 'AvroFlumeEvent' }),
      "its append is another one than Flume's",
    ],
  ])('tells a client whose protocol %s why it is not served, each time', async (_, protocol, why) => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    const [match, answer] = shaken(await agent.call(1, handshake(protocol, hash), appendBatch('a')));
    expect([match?.match, errorOf(answer)]).toEqual(['BOTH', why]);
    expect(errorOf(await agent.call(2, appendBatch('a')))).toBe(why);
    expect(server.stored).toEqual([]);
    expect(server.reports).toEqual([expect.objectContaining({ code: 'PEER_REFUSED' })]);
  });

  it('does not ask for ever', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    for (let serial = 1; serial <= 4; serial++) {
      expect(shaken(await agent.call(serial, handshake(null, hash)))[0]?.match).toBe('NONE');
    }
    expect(await agent.call(5, handshake(null, hash))).toBeUndefined();
  });
});

function handshake(clientProtocol: string | null, serverHash: Buffer): Buffer {
  return writeHandshakeRequest({ clientHash: STRANGER, clientProtocol, serverHash });
}

/** Flume's protocol as other tools may write it: other documentation, hints for Java, full names. */
function otherwise({ body = 'bytes', symbols = ['OK', 'FAILED', 'UNKNOWN'] } = {}): string {
  const string = { type: 'string', 'avro.java.string': 'String' };
  const event = {
    ...{ type: 'record', name: 'AvroFlumeEvent', doc: 'An event', aliases: ['E'] },
    fields: [
      { name: 'headers', doc: 'h', type: { type: 'map', values: string } },
      { name: 'body', type: body },
    ],
  };
  const status = { type: 'enum', name: 'Status', symbols };
  const full = 'org.apache.flume.source.avro.AvroFlumeEvent';
  return JSON.stringify({
    ...{ protocol: 'AvroSourceProtocol', doc: 'Ours', types: [status, event] },
    messages: {
      append: { request: [{ name: 'e', type: full }], response: 'Status', errors: [] },
      appendBatch: { request: [{ name: 'es', type: { type: 'array', items: 'AvroFlumeEvent' } }], response: 'Status' },
    },
  });
}

/** The handshake of a first reply, and what follows it. */
function shaken(payload: Buffer | undefined): [HandshakeResponse | undefined, Buffer] {
  const reader = new AvroReader(payload ?? Buffer.alloc(0));
  const response = readHandshakeResponse(reader);
  return [response, reader.bytes.subarray(reader.at)];
}

function errorOf(payload: Buffer | undefined): string | undefined {
  return readReply(new AvroReader(payload ?? Buffer.alloc(0))).error;
}

function joined(...buffers: readonly Buffer[]): Buffer {
  return Buffer.concat(buffers);
}
