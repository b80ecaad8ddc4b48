import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packOf } from '../../../../src/drivers/flume/netty/packOf.ts';
import type { FlumePushOptions } from '../../../../src/sources/flume/push/flumePush.ts';
import { manualClock } from '../../../../src/testing/manualClock.ts';
import { eventually, inTime } from './eventually.ts';
import { appendBatch, BOTH, HANDSHAKE, OK } from './messages.ts';
import { pushServer } from './pushServer.ts';
import { type Layer, RawAgent } from './RawAgent.ts';
import { selfSigned } from './selfSigned.ts';

const tls = selfSigned();
const REPLY = Buffer.concat([BOTH, OK]);

describe('the layers of flumePush', () => {
  it.each<readonly [string, readonly Layer[], Partial<FlumePushOptions>]>([
    ['nothing', [], {}],
    ['deflate', ['zlib'], {}],
    ['TLS', ['tls'], { tls }],
    ['TLS, and deflate in it (up to 1.9)', ['tls', 'zlib'], { tls }],
    ['deflate, and TLS in it (since 1.10)', ['zlib', 'tls'], { tls }],
    ['TLS 1.3', ['tls'], { tls: { ...tls, minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } }],
    ['TLS 1.3, and deflate in it', ['tls', 'zlib'], { tls: { ...tls, maxVersion: 'TLSv1.3' } }],
    ['deflate, and TLS 1.3 in it', ['zlib', 'tls'], { tls: { ...tls, maxVersion: 'TLSv1.3' } }],
  ])('may be %s', async (_, layers, options) => {
    await using server = await pushServer({ options });
    const agent = await RawAgent.connect(server.port, layers);
    expect(await agent.call(1, HANDSHAKE, appendBatch('a'))).toEqual(REPLY);
    const large = randomBytes(300_000).toString('hex');
    expect(await agent.call(2, appendBatch(large, 'b'))).toEqual(OK);
    expect(await agent.call(3, appendBatch('c'))).toEqual(OK);
    expect(server.stored).toEqual([['a'], [large, 'b'], ['c']]);
    expect(server.reports).toEqual([]);
    agent.close();
    await agent.closed;
  });

  it.each<readonly [string, readonly Layer[], Partial<FlumePushOptions>, RegExp]>([
    ['no TLS where it is demanded', [], { tls }, /it does not speak TLS: the sink needs ssl = true/],
    ['deflate without TLS where it is demanded', ['zlib'], { tls }, /it does not speak TLS/],
    ['TLS where there is none', ['tls'], {}, /it speaks TLS, and there is no option tls/],
    ['TLS in deflate where there is none', ['zlib', 'tls'], {}, /it speaks TLS/],
    ['deflate where it is not allowed', ['zlib'], { compression: 'none' }, /it is compressed/],
    ['deflate in TLS where it is not allowed', ['tls', 'zlib'], { tls, compression: 'none' }, /it is compressed/],
    ['no deflate where it is demanded', [], { compression: 'deflate' }, /compression-type = deflate/],
  ])('are refused: %s', async (_, layers, options, reason) => {
    await using server = await pushServer({ options });
    const agent = await RawAgent.connect(server.port, layers);
    expect(await agent.call(1, HANDSHAKE, appendBatch('a'))).toBeUndefined();
    expect(server.reports).toEqual([expect.objectContaining({ code: 'PEER_REFUSED' })]);
    expect(server.reports[0]?.message).toMatch(reason);
    expect(server.stored).toEqual([]);
  });

  it('are refused: the same one twice', async () => {
    await using server = await pushServer({ options: { tls } });
    const agent = await RawAgent.connect(server.port, ['zlib', 'zlib']);
    expect(await agent.call(1, HANDSHAKE, appendBatch('a'))).toBeUndefined();
    expect(server.reports).toHaveLength(1);
  });

  it('may come byte by byte', async () => {
    await using server = await pushServer({});
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    const replies: Buffer[] = [];
    socket.on('data', (chunk) => replies.push(chunk));
    for (const byte of deflateSync(packOf(1, [HANDSHAKE, appendBatch('a')]))) {
      socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await eventually(() => replies.length > 0);
    expect(server.stored).toEqual([['a']]);
    socket.destroy();
  });

  it('hold nobody up while their handshake is under way, and are ended when it takes too long', async () => {
    const clock = manualClock();
    await using server = await pushServer({ options: { tls, messageTimeoutMs: 50 }, scheduler: clock });
    const slow = await RawAgent.connect(server.port);
    slow.write(Buffer.of(0x16, 3, 1, 0, 200, 1, 0, 0));
    const good = await RawAgent.connect(server.port, ['tls']);
    expect(await good.call(1, HANDSHAKE, appendBatch('a'))).toEqual(REPLY);
    await inTime(clock, () => slow.isClosed);
    expect(server.reports[0]?.message).toContain('did not come whole within 50 ms');
  });

  it('end with their connection: what is no TLS, what is no zlib', async () => {
    await using server = await pushServer({ options: { tls, messageTimeoutMs: 100 } });
    for (const bytes of [Buffer.from('160301000401000000ff', 'hex'), Buffer.from('789cffffffffffffff', 'hex')]) {
      const agent = await RawAgent.connect(server.port);
      agent.write(bytes);
      await agent.closed;
    }
    await eventually(() => server.reports.reduce((sum, { count = 0 }) => sum + count, 0) === 2);
  });

  it('are told of when the peer does not like our certificate', async () => {
    await using server = await pushServer({ options: { tls } });
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca: [selfSigned().cert] });
    await new Promise((resolve) => socket.once('error', resolve));
    // The peer goes without a word, or with an alert: neither is more than the end of its connection.
    const good = await RawAgent.connect(server.port, ['tls']);
    expect(await good.call(1, HANDSHAKE, appendBatch('a'))).toEqual(REPLY);
  });

  it('inflate no more than a message may be long', async () => {
    const maxMessageBytes = 100_000;
    await using server = await pushServer({ options: { maxMessageBytes } });
    const zeros = Buffer.alloc(200_000_000);
    zeros.writeInt32BE(1, 4);
    zeros.writeInt32BE(0x7f_ff_ff_ff, 8);
    const bomb = deflateSync(zeros, { level: 9 });
    const agent = await RawAgent.connect(server.port);
    const before = process.memoryUsage().arrayBuffers;
    agent.write(bomb);
    await agent.closed;
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(server.reports[0]).toMatchObject({ code: 'DATA_CORRUPT' });
  });
});
