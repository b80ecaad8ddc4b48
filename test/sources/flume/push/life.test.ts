import { createServer } from 'node:net';
import { lastValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../../../scripts/services/ports.ts';
import { StreamError } from '../../../../src/core/errors.ts';
import { AvroReader } from '../../../../src/drivers/flume/avro/AvroReader.ts';
import { readReply } from '../../../../src/drivers/flume/ipc/calls.ts';
import { packOf } from '../../../../src/drivers/flume/netty/packOf.ts';
import { flumePush } from '../../../../src/sources/flume/push/flumePush.ts';
import { SOURCE } from '../../../../src/sources/Source.ts';
import { SourceSession } from '../../../../src/testing/SourceSession.ts';
import { eventually } from './eventually.ts';
import { gate } from './gate.ts';
import { appendBatch, BOTH, FAILED, HANDSHAKE, OK } from './messages.ts';
import { pushServer } from './pushServer.ts';
import { RawAgent } from './RawAgent.ts';

describe('flumePush acknowledges', () => {
  it('when the block is safe, not before', async () => {
    const safe = gate();
    await using server = await pushServer({ store: () => safe.opened });
    const agent = await RawAgent.connect(server.port);
    const reply = agent.call(1, HANDSHAKE, appendBatch('a'));
    const other = await RawAgent.connect(server.port);
    expect(await other.call(1, HANDSHAKE, Buffer.of(0, 0))).toEqual(BOTH);
    expect(agent.bytes).toHaveLength(0);
    safe.open();
    expect(await reply).toEqual(Buffer.concat([BOTH, OK]));
  });

  it('with FAILED at once what finds no room in the log, and goes on with the next', async () => {
    let isFull = true;
    await using server = await pushServer({
      store: async () => {
        if (isFull) throw new StreamError('BUFFER_FULL', 'full', { retriable: true });
      },
    });
    const agent = await RawAgent.connect(server.port);
    expect(await agent.call(1, HANDSHAKE, appendBatch('a'))).toEqual(Buffer.concat([BOTH, FAILED]));
    isFull = false;
    expect(await agent.call(2, appendBatch('a'))).toEqual(OK);
    expect(server.stored).toEqual([['a']]);
  });

  it('with the reason what will never find room', async () => {
    const never = new StreamError('BUFFER_FULL', 'blocks have at most 10 bytes');
    await using server = await pushServer({ store: () => Promise.reject(never) });
    const agent = await RawAgent.connect(server.port);
    await agent.call(0, HANDSHAKE, Buffer.of(0, 0));
    const reply = await agent.call(1, appendBatch('a'));
    const { error } = readReply(new AvroReader(reply as Buffer));
    expect(error).toBe('the events could not be stored: blocks have at most 10 bytes');
  });

  it('without sending more to the log at a time than it lets wait', async () => {
    let storing = 0;
    let most = 0;
    await using server = await pushServer({
      store: async ({ parts }) => {
        const bytes = parts.reduce((sum, { length }) => sum + length, 0);
        storing += bytes;
        most = Math.max(most, storing);
        await new Promise(setImmediate);
        storing -= bytes;
      },
    });
    const body = 'x'.repeat(5_000_000);
    const agents = await Promise.all(Array.from({ length: 12 }, () => RawAgent.connect(server.port)));
    await Promise.all(agents.map((agent) => agent.call(1, HANDSHAKE, appendBatch(body))));
    expect(most).toBeLessThanOrEqual(32 * 1024 * 1024);
    expect(server.stored).toHaveLength(12);
  });

  it('with what went wrong where the log fails', async () => {
    await using server = await pushServer({ store: () => Promise.reject(new Error('the disk is on fire')) });
    const agent = await RawAgent.connect(server.port);
    await agent.call(0, HANDSHAKE, Buffer.of(0, 0));
    const reply = await agent.call(1, appendBatch('a'));
    const { error } = readReply(new AvroReader(reply as Buffer));
    expect(error).toBe('the events could not be stored: the disk is on fire');
  });
});

describe('flumePush stops', () => {
  it('when what has come is stored and acknowledged, and takes nothing more in', async () => {
    const safe = gate();
    await using server = await pushServer({ store: () => safe.opened });
    const [busy, inside, idle] = await Promise.all([1, 2, 3].map(() => RawAgent.connect(server.port)));
    await Promise.all([inside, idle].map((agent) => agent?.call(0, HANDSHAKE, Buffer.of(0, 0))));
    const reply = busy?.call(1, HANDSHAKE, appendBatch('a'));
    inside?.write(packOf(1, [appendBatch('b')]).subarray(0, 20));
    await idle?.call(1, Buffer.of(0, 0));
    let hasStopped = false;
    const stopped = server.stop().then(() => {
      hasStopped = true;
    });
    await idle?.closed;
    expect(hasStopped).toBe(false);
    safe.open();
    expect(await reply).toEqual(Buffer.concat([BOTH, OK]));
    await stopped;
    await Promise.all([busy?.closed, inside?.closed]);
    expect(server.stored).toEqual([['a']]);
    await expect(RawAgent.connect(server.port)).rejects.toThrow('ECONNREFUSED');
  });

  it('also when a peer never closes its side', async () => {
    await using server = await pushServer();
    const agent = await RawAgent.connect(server.port);
    await agent.call(1, HANDSHAKE, appendBatch('a'));
    agent.pause();
    await server.stop();
    agent.close();
  });
});

describe('flumePush as a source', () => {
  it('gives the events as they came, with headers and bodies of their own', async () => {
    let port = 0;
    const events = lastValueFrom(
      flumePush({ port: 0, log: 'memory', onListening: (address) => ({ port } = address) }).pipe(take(2), toArray()),
    );
    await eventually(() => port > 0);
    const agent = await RawAgent.connect(port);
    await agent.call(1, HANDSHAKE, appendBatch('one', 'zwei ü'));
    const [first, second] = await events;
    expect(first?.body).toEqual(Buffer.from('one'));
    expect(second?.detached().toJSON()).toEqual({ headers: {}, body: 'zwei ü' });
    await agent.closed; // unsubscribed: the server is gone
  });

  it('says what to do when its port is taken, and binds it once it is free', async () => {
    const [port] = (await freePorts(1)) as [number];
    const other = createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const source = flumePush({ port, log: 'memory' })[SOURCE]();
    await expect(SourceSession.open(source)).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
      retriable: true,
      message: expect.stringMatching(
        /^flume:127\.0\.0\.1:\d+: expected to listen at .*, but another program listens there\. End that/,
      ),
    });
    await source.close();
    await new Promise((resolve) => other.close(resolve));
    for (let run = 0; run < 3; run++) {
      const session = await SourceSession.open(source);
      const agent = await RawAgent.connect(port);
      expect(await agent.call(1, HANDSHAKE, appendBatch(`${run}`))).toEqual(Buffer.concat([BOTH, OK]));
      await session.close();
    }
  });

  it('gives what was acknowledged in one run to the next one in the same process', async () => {
    let port = 0;
    const source = flumePush({ port: 0, log: 'memory', onListening: (address) => ({ port } = address) })[SOURCE]();
    const first = await SourceSession.open(source);
    const agent = await RawAgent.connect(port);
    await agent.call(1, HANDSHAKE, appendBatch('a', 'b'));
    await first.close();
    const second = await SourceSession.open(source);
    const { cut } = await second.cut();
    expect((await second.read(cut)).map((event) => event.bodyText)).toEqual(['a', 'b']);
    await second.close();
  });
});

describe('the arguments of flumePush', () => {
  it.each<readonly [string, Record<string, unknown>]>([
    ['port', { port: '4141' }],
    ['port', { port: 65_536 }],
    ['host', { host: '' }],
    ['allowFrom', { allowFrom: '10.0.0.0/8' }],
    ['allowFrom[0]', { allowFrom: ['10.0.0.0/33'] }],
    ['allowFrom[0]', { allowFrom: ['localhost'] }],
    ['tls', { tls: {} }],
    ['tls', { tls: { key: 'no key', cert: 'no cert' } }],
    ['compression', { compression: 'gzip' }],
    ['maxMessageBytes', { maxMessageBytes: 0 }],
    ['maxHeaders', { maxHeaders: -1 }],
    ['messageTimeoutMs', { messageTimeoutMs: 0.5 }],
    ['onListening', { onListening: true }],
    ['name', { name: '' }],
    ['log', { log: undefined }],
  ])('are refused where they are written: %s', (name, options) => {
    const wrong = (): unknown => flumePush({ port: 4141, log: 'memory', ...options } as never);
    expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(wrong).toThrow(`flumePush(${name})`);
  });
});
