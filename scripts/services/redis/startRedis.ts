import { connect } from 'node:net';
import { ChildServer } from '../ChildServer.ts';
import { serverFolder } from '../cache.ts';
import { freePorts } from '../ports.ts';
import { redisServer } from './redisServer.ts';

/** A running Redis: `kill9`, `freeze`, `thaw`, `restart` (same port, same data), `stop` (for good). */
export interface RedisServer {
  readonly server: ChildServer;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  kill9(): Promise<void>;
  freeze(): void;
  thaw(): void;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** How a Redis is started. */
export interface RedisOptions {
  /**
   * When the append-only file is safe. With `everysec`, the default, a server whose disk is slow puts off even writing to it, for up to two
   * seconds, and a `kill9` then loses what it has acknowledged; with `always` never.
   */
  readonly appendfsync?: 'always' | 'everysec';
  /** Makes it a replica of that one, which it stays until it is told otherwise; a sentinel tells it. */
  readonly replicaOf?: { readonly host: string; readonly port: number };
}

/** Starts a Redis with an append-only file on a free port in a folder of its own. */
export async function startRedis({ appendfsync = 'everysec', replicaOf }: RedisOptions = {}): Promise<RedisServer> {
  const command = await redisServer();
  const [port] = (await freePorts(1)) as [number];
  const folder = serverFolder('redis');
  const server = new ChildServer({
    name: 'Redis',
    command,
    args: [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', appendfsync, '--repl-diskless-sync-delay', '0'],
      ...(replicaOf === undefined ? [] : ['--replicaof', replicaOf.host, `${replicaOf.port}`]),
    ],
    folder,
    ready: () => answersPing(port),
  });
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    server,
    url: `redis://127.0.0.1:${port}`,
    host: '127.0.0.1',
    port,
    kill9: () => server.kill9(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

/** A Redis that still loads its file answers `-LOADING`, not `+PONG`. */
export function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('data', (reply) => {
      resolve(reply.toString().startsWith('+PONG'));
      socket.destroy();
    });
  });
}
