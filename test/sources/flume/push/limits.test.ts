import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { writeCall } from '../../../../src/drivers/flume/ipc/calls.ts';
import { packOf } from '../../../../src/drivers/flume/netty/packOf.ts';
import { manualClock } from '../../../../src/testing/manualClock.ts';
import { eventually, inTime } from './eventually.ts';
import { gate } from './gate.ts';
import { append, appendBatch, BOTH, HANDSHAKE, OK } from './messages.ts';
import { pushServer } from './pushServer.ts';
import { RawAgent } from './RawAgent.ts';

const LIMITS = { maxMessageBytes: 1000, maxEventsPerMessage: 5, maxHeaders: 1 };

describe('what is no message of Flume', () => {
  it.each([
    ['a message that ends the loop of other servers: the most buffers, a negative length', words(0, 0x7f_ff_ff_ff, -4)],
    ['a message of no buffers', words(1, 0)],
    ['a buffer longer than a message may be', words(1, 1, 1001)],
    ['2,000,000,000 events in no bytes', packOf(1, [HANDSHAKE, call('appendBatch', '80d0acf30e')])],
    ['20,000,000 headers in no bytes', packOf(1, [HANDSHAKE, call('append', '80b4891300')])],
    ['a body longer than the message', packOf(1, [HANDSHAKE, call('append', '0002')])],
    ['a negative length', packOf(1, [HANDSHAKE, call('append', '0001')])],
    ['a number of more than ten bytes', packOf(1, [HANDSHAKE, call('append', 'ffffffffffffffffffffff01')])],
    ['something behind the event', packOf(1, [HANDSHAKE, append('a'), Buffer.of(0)])],
    ['something behind the events', packOf(1, [HANDSHAKE, appendBatch('a'), Buffer.of(0)])],
    ['more events than allowed', packOf(1, [HANDSHAKE, appendBatch('1', '2', '3', '4', '5', '6')])],
    [
      'more headers than allowed',
      packOf(1, [
        HANDSHAKE,
        append(
          'a',
          new Map([
            ['a', ''],
            ['b', ''],
          ]),
        ),
      ]),
    ],
    ['a handshake that is cut', packOf(1, [HANDSHAKE.subarray(0, 20)])],
    ['a message without a handshake', packOf(1, [appendBatch('a')])],
    ['a name that is too long', packOf(1, [HANDSHAKE, writeCall('x'.repeat(257), () => {})])],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
  ])('ends its connection alone: %s', async (_, bytes) => {
    await using server = await pushServer({ options: LIMITS });
    const good = await RawAgent.connect(server.port);
    expect(await good.call(1, HANDSHAKE, appendBatch('a'))).toEqual(Buffer.concat([BOTH, OK]));
    const bad = await RawAgent.connect(server.port);
    bad.write(bytes);
    await bad.closed;
    expect(await good.call(2, appendBatch('b'))).toEqual(OK);
    expect(server.stored).toEqual([['a'], ['b']]);
    expect(server.reports).toEqual([expect.objectContaining({ code: 'DATA_CORRUPT', count: 1 })]);
    expect(server.reports[0]?.message).toMatch(/^a connection was ended: 127\.0\.0\.1:\d+: expected .*, got .*\.$/);
  });

  it('is told of one by one when it is rare, and together when it is a flood', async () => {
    const clock = manualClock();
    await using server = await pushServer({ options: LIMITS, scheduler: clock });
    for (let n = 0; n < 50; n++) {
      const bad = await RawAgent.connect(server.port);
      bad.write(words(1, -1));
      await bad.closed;
    }
    expect(server.reports.map(({ count }) => count)).toEqual([1]);
    await inTime(clock, () => server.reports.length > 1);
    expect(server.reports.map(({ count }) => count)).toEqual([1, 49]);
  });
});

describe('the limits of flumePush', () => {
  it('end a connection that is slow within a message, not one that is silent between two', async () => {
    await using server = await pushServer({ options: { messageTimeoutMs: 40 } });
    const idle = await RawAgent.connect(server.port);
    await idle.call(1, HANDSHAKE, appendBatch('a'));
    const silent = await RawAgent.connect(server.port);
    const slow = await RawAgent.connect(server.port);
    slow.write(words(1, 1));
    await slow.closed;
    expect(server.reports).toEqual([expect.objectContaining({ code: 'PEER_REFUSED', count: 1 })]);
    expect(await idle.call(2, appendBatch('b'))).toEqual(OK);
    expect(await silent.call(1, HANDSHAKE, appendBatch('c'))).toEqual(Buffer.concat([BOTH, OK]));
  });

  it('end a connection that has been idle for too long, without a word', async () => {
    await using server = await pushServer({ options: { idleTimeoutMs: 40 } });
    const agent = await RawAgent.connect(server.port);
    await agent.call(1, HANDSHAKE, appendBatch('a'));
    await agent.closed;
    expect(server.reports).toEqual([]);
  });

  it('let go the connection that has been idle for longest when there are too many', async () => {
    await using server = await pushServer({ options: { maxConnections: 2 } });
    const [first, second] = [await RawAgent.connect(server.port), await RawAgent.connect(server.port)];
    await first.call(1, HANDSHAKE, appendBatch('a'));
    await second.call(1, HANDSHAKE, appendBatch('b'));
    await new Promise((resolve) => setTimeout(resolve, 2)); // the clock that tells which is older has milliseconds
    await first.call(2, appendBatch('c'));
    const third = await RawAgent.connect(server.port);
    await second.closed;
    expect(await third.call(1, HANDSHAKE, appendBatch('d'))).toEqual(Buffer.concat([BOTH, OK]));
    expect(await first.call(3, appendBatch('e'))).toEqual(OK);
    expect(server.reports).toEqual([]);
  });

  it('refuse a connection too many when none is idle', async () => {
    const safe = gate();
    let isStoring = false;
    const store = (): Promise<void> => {
      isStoring = true;
      return safe.opened;
    };
    await using server = await pushServer({ options: { maxConnections: 1 }, store });
    const first = await RawAgent.connect(server.port);
    const reply = first.call(1, HANDSHAKE, appendBatch('a'));
    await eventually(() => isStoring);
    const second = await RawAgent.connect(server.port);
    await second.closed;
    expect(server.reports[0]).toMatchObject({ code: 'PEER_REFUSED', count: 1 });
    safe.open();
    expect(await reply).toEqual(Buffer.concat([BOTH, OK]));
  });

  it('let only those connect who may', async () => {
    await using server = await pushServer({ options: { allowFrom: ['10.0.0.0/8', '::1'] } });
    const agent = await RawAgent.connect(server.port);
    await agent.closed;
    expect(server.reports[0]?.message).toContain('its address is not in allowFrom');
    await using open = await pushServer({ options: { host: '::', allowFrom: ['127.0.0.0/8'] } });
    const allowed = await RawAgent.connect(open.port);
    expect(await allowed.call(1, HANDSHAKE, appendBatch('a'))).toEqual(Buffer.concat([BOTH, OK]));
  });

  it('make connections wait for each other when memory is used up, and all get through', async () => {
    await using server = await pushServer({ options: { maxBytesInFlight: 100_000, maxMessageBytes: 1 << 20 } });
    const body = 'x'.repeat(90_000);
    const agents = await Promise.all([...'abcdefgh'].map(() => RawAgent.connect(server.port)));
    const messages = agents.map((_, n) => packOf(n, [HANDSHAKE, appendBatch(body)]));
    agents.forEach((agent, n) => agent.write((messages[n] as Buffer).subarray(0, 80_000)));
    agents.forEach((agent, n) => agent.write((messages[n] as Buffer).subarray(80_000)));
    const replies = await Promise.all(agents.map((agent) => agent.reply()));
    expect(replies.map((reply) => reply?.serial)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(server.stored.flat()).toEqual(agents.map(() => body));
  });

  it('stop reading from a peer that takes no replies', async () => {
    const clock = manualClock();
    await using server = await pushServer({ options: { messageTimeoutMs: 100 }, scheduler: clock });
    const socket = connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(packOf(1, [HANDSHAKE, Buffer.of(0, 0)]));
    // A name that is not there is answered with an error that is longer than the call.
    const calls = Buffer.concat(Array.from({ length: 1000 }, () => packOf(1, [writeCall('nothing', () => {})])));
    const send = (): void => {
      while (!socket.destroyed && socket.write(calls));
    };
    socket.on('drain', send);
    send();
    await inTime(clock, () => server.reports.length > 0);
    expect(server.reports[0]?.message).toContain('it took no replies for 100 ms');
    socket.resume();
    await closed;
  });
});

function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, n) => bytes.writeInt32BE(number, 4 * n));
  return bytes;
}

function call(name: string, parameters: string): Buffer {
  return writeCall(name, (writer) => writer.raw(Buffer.from(parameters, 'hex')));
}
