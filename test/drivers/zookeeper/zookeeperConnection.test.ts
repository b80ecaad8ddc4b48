import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { type ZooKeeperConnection, zookeeperConnection } from '../../../src/drivers/zookeeper/zookeeperConnection.ts';
import { manualClock } from '../../../src/testing/manualClock.ts';
import { seeded } from '../../support/seeded.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const connections: ZooKeeperConnection[] = [];

afterEach(async () => {
  for (const connection of connections.splice(0)) await connection.close();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

/** A server that does with each connection what the test says. */
async function serve(each: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    each(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function connectTo(
  server: string,
  commandTimeoutMs = 10_000,
  scheduler: SchedulerLike = asyncScheduler,
): ZooKeeperConnection {
  const connection = zookeeperConnection({
    address: { servers: [server], chroot: '' },
    auth: undefined,
    sessionTimeoutMs: 30_000,
    commandTimeoutMs,
    scheduler,
  });
  connections.push(connection);
  return connection;
}

/** What a ZooKeeper answers to the first request: protocol 0, the timeout, a session and its password. */
const WELCOME = Buffer.from(
  `00000025${'00000000'}${'00007530'}${'0100000000000001'}${'00000010'}${'ab'.repeat(16)}00`,
  'hex',
);

/** An answer without a body: request number, transaction, error code. */
function answer(xid: number, error: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeInt32BE(16, 0);
  bytes.writeInt32BE(xid, 4);
  bytes.writeInt32BE(error, 16);
  return bytes;
}

/** A server that welcomes, and then answers each request as the test says. */
const welcoming = (reply: (request: Buffer, socket: Socket) => void): Promise<string> =>
  serve((socket) => {
    let welcomed = false;
    socket.on('data', (request) => {
      if (welcomed) return reply(request, socket);
      welcomed = true;
      socket.write(WELCOME);
    });
  });

const read = (connection: ZooKeeperConnection): Promise<unknown> =>
  connection.run((zookeeper) => zookeeper.read('/a')).catch((error: unknown) => error);

describe('a server that is no ZooKeeper', () => {
  it.each([
    ['speaks HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ['speaks Redis', '-ERR unknown command\r\n'],
    ['sends an alert of TLS', Buffer.from('15030300020246', 'hex')],
    ['sends zeros', Buffer.alloc(64)],
    ['sends a length below zero', Buffer.from('ffffff00ffffffff', 'hex')],
    ['sends half of a welcome', WELCOME.subarray(0, 20)],
  ])('that %s is told, and the process lives', async (_, bytes) => {
    const server = await serve((socket) => socket.end(bytes));
    expect(await read(connectTo(server))).toMatchObject({
      name: 'ZooKeeperFailure',
      kind: 'unavailable',
      message: expect.stringContaining(`ZooKeeper at ${server} cannot be reached`),
    });
  });

  it('that says nothing at all is given up in time, and so is one that is not there', async () => {
    const silent = await serve(() => undefined);
    expect(await read(connectTo(silent, 100))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('100 ms'),
    });
    expect(await read(connectTo('127.0.0.1:1'))).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
    const unknown = 'no-such-host.invalid:2181';
    expect(await read(connectTo(unknown))).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(unknown),
    });
  });
});

describe('a ZooKeeper', () => {
  it('that answers with a code the package does not know is understood', async () => {
    const quota = connectTo(await welcoming((request, socket) => socket.write(answer(request.readInt32BE(4), -125))));
    expect(await read(quota)).toMatchObject({ kind: 'refused', code: 'QUOTA_EXCEEDED' });
    const busy = connectTo(await welcoming((request, socket) => socket.write(answer(request.readInt32BE(4), -127))));
    expect(await read(busy)).toMatchObject({ kind: 'unavailable', code: 'THROTTLED_OP' });
    const newer = connectTo(await welcoming((request, socket) => socket.write(answer(request.readInt32BE(4), -999))));
    expect(await read(newer)).toMatchObject({ kind: 'refused', code: 'code -999' });
  });

  it('that cuts every answer short is asked twice, and the failure says so', async () => {
    let asked = 0;
    const connection = connectTo(
      await welcoming((request, socket) => {
        asked++;
        socket.end(answer(request.readInt32BE(4), 0).subarray(0, 12));
      }),
    );
    expect(await read(connection)).toMatchObject({
      kind: 'lost',
      message: expect.stringContaining('it closed the connection'),
    });
    expect(asked).toBe(2);
    expect(await read(connection)).toMatchObject({ kind: 'lost' });
  });

  it('that answers nonsense is told within the timeout, whatever the nonsense is', async () => {
    const random = seeded(11);
    for (let round = 0; round < 150; round++) {
      const size = random.int(0, 60);
      const connection = connectTo(
        await welcoming((request, socket) => {
          const bytes = Buffer.from(Array.from({ length: size }, () => random.int(0, 255)));
          // node-zookeeper-client allocates what the length of a node's data says: gigabytes, if it says so, which are there until they are collected.
          if (size > 0) bytes[0] = random.int(0, 2) === 0 ? 255 : 0;
          const head = answer(
            random.int(1, 10) <= 7 ? request.readInt32BE(4) : random.int(0, 10),
            random.int(1, 10) <= 7 ? 0 : -101,
          );
          const whole = Buffer.concat([head, bytes]);
          whole.writeInt32BE(random.int(1, 10) <= 8 ? whole.length - 4 : random.int(0, 100), 0);
          socket.end(whole);
        }),
        2000,
      );
      const outcome = await read(connection);
      const isFailure = outcome instanceof Error && outcome.name === 'ZooKeeperFailure';
      // A few are answers: "no such node", or bytes that happen to be one.
      expect(isFailure || outcome === undefined || typeof (outcome as { data: string }).data === 'string').toBe(true);
    }
  });

  it('is asked nothing more by a call that has timed out', async () => {
    let asked = 0;
    const clock = manualClock();
    const server = await welcoming(() => {
      asked++;
    });
    const connection = connectTo(server, 100, clock);
    let then: unknown;
    const call = connection.run(async (zookeeper) => {
      await zookeeper.read('/a').catch(() => undefined);
      then = await zookeeper.read('/b').catch((error: unknown) => error);
    });
    const failed = expect(call).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('did not answer within 100 ms'),
    });
    await expect.poll(() => asked).toBe(1);
    clock.advanceBy(100);
    await failed;
    await expect.poll(() => then).toMatchObject({ kind: 'unavailable' });
    expect(asked).toBe(1);
  });

  it('is told the last transaction that was heard of, by connections after the first, so that one that lags behind can refuse', async () => {
    const told: bigint[] = [];
    const server = await serve((socket) => {
      let welcomed = false;
      socket.on('data', (request) => {
        if (!welcomed) told.push(request.readBigInt64BE(8));
        if (!welcomed) socket.write(WELCOME);
        else {
          const reply = answer(request.readInt32BE(4), -101);
          reply.writeBigInt64BE(BigInt(told.length) << 32n, 8);
          socket.end(reply);
        }
        welcomed = true;
      });
    });
    const connection = connectTo(server);
    for (let time = 0; time < 3; time++) {
      expect(await read(connection)).toBeUndefined();
      await expect.poll(() => sockets.size).toBe(0);
    }
    expect(told).toEqual([0n, 1n << 32n, 2n << 32n]);
  });

  it('is not asked before the first call, and not after close', async () => {
    let connected = 0;
    const server = await serve(() => {
      connected++;
    });
    const connection = connectTo(server);
    await connection.close();
    expect(await read(connection)).toMatchObject({ kind: 'refused', message: expect.stringContaining('was closed') });
    expect(connected).toBe(0);
  });
});
